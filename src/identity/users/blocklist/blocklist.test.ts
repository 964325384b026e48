import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { openBlocklist } from './blocklist.ts'

const packed = await readFile(new URL('passwords.txt.br', import.meta.url))
const entries = brotliDecompressSync(packed).toString('utf8').trimEnd().split('\n')

test('the list has more than 100,000 passwords that are long enough to be chosen', async () => {
  const { size } = await openBlocklist()
  assert.equal(size, entries.length)
  assert.ok(size > 100_000)
  assert.deepEqual(
    entries.filter((entry) => Array.from(entry).length < 8),
    [],
  )
  assert.deepEqual(
    entries.filter((entry) => entry !== entry.normalize('NFC').toLowerCase()),
    [],
  )
})

test('each of its passwords is found, and nothing else', async () => {
  const { has } = await openBlocklist()
  for (const entry of entries) assert.ok(has(entry), entry)
  const known = new Set(entries)
  for (const entry of entries.filter((_, index) => index % 50 === 0)) {
    for (const other of [entry.slice(0, -1), `${entry}x`, `x${entry}`, entry.slice(1)])
      assert.equal(has(other), known.has(other), other)
  }
  for (const text of ['', '\n', 'a', '~~~~', '🔑', '\uffff', entries.slice(0, 2).join('\n')])
    assert.equal(has(text), false, text)
})
