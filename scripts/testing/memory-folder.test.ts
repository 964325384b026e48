import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isUsable, makeMemoryFolder } from './memory-folder.ts'

test('files of tests go to memory if programs can run from there, and are removed afterwards', () => {
  const folder = makeMemoryFolder(1, {})
  assert.equal(folder !== undefined, isUsable())
  if (folder === undefined) return
  writeFileSync(join(folder.path, 'file'), 'text')
  folder.remove()
  assert.equal(existsSync(folder.path), false)
})

test('no memory folder is made if TMPDIR is set or if memory has too little space', () => {
  assert.equal(makeMemoryFolder(1, { TMPDIR: '/somewhere' }), undefined)
  assert.equal(makeMemoryFolder(2 ** 60, {}), undefined)
})
