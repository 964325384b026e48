import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isUsable, makeMemoryFolder } from './memory-folder.ts'

test('files of tests go to memory where programs can be there, and are removed', () => {
  const folder = makeMemoryFolder(1, {})
  assert.equal(folder !== undefined, isUsable())
  if (folder === undefined) return
  writeFileSync(join(folder.path, 'file'), 'text')
  folder.remove()
  assert.equal(existsSync(folder.path), false)
})

test('a place that was chosen is left as it is, and memory without room is left alone', () => {
  assert.equal(makeMemoryFolder(1, { TMPDIR: '/somewhere' }), undefined)
  assert.equal(makeMemoryFolder(2 ** 60, {}), undefined)
})
