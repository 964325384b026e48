import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { openBlocklist } from './blocklist.ts'

const packed = await readFile(new URL('passwords.txt.br', import.meta.url))
const lines = brotliDecompressSync(packed).toString('utf8').trimEnd().split('\n')
const entries = lines.map((line) => line.replace(/\t[2-5]$/, ''))

test('the list has more than 100,000 passwords that are long enough to be chosen, and the words in them', async () => {
  const { size } = await openBlocklist()
  assert.equal(size, entries.length)
  const length = (text: string) => Array.from(text).length
  assert.ok(entries.filter((entry) => length(entry) >= 8).length > 100_000)
  for (const entry of entries) {
    assert.equal(entry, entry.normalize('NFC').toLowerCase())
    assert.ok(length(entry) >= 8 || /^\p{L}{3,}$/u.test(entry), entry)
  }
})

test('the blocklist finds its passwords and nothing else', async () => {
  const { findRank, hasStart } = await openBlocklist()
  for (const line of lines.filter((_, index) => index % 7 === 0)) {
    const [entry = '', rank] = line.split('\t')
    assert.equal(findRank(entry), Number(rank), entry)
  }
  const known = new Set(entries)
  const isStart = (text: string) => entries.some((entry) => entry.startsWith(text))
  for (const entry of entries.filter((_, index) => index % 20_000 === 0)) {
    for (const other of [entry.slice(0, -1), `${entry}x`, `x${entry}`, entry.slice(1)]) {
      assert.equal(findRank(other) !== undefined, known.has(other), other)
      assert.equal(hasStart(other), isStart(other), other)
    }
  }
  const two = lines.slice(0, 2).join('\n')
  for (const text of ['', '\n', '\t', 'a', '~~~~', '🔑', '\uffff', two, 'passwort\t2'])
    assert.equal(findRank(text), undefined, text)
})

test('more common passwords have a lower rank', async () => {
  const { findRank } = await openBlocklist()
  const ranks = ['password', 'kuchen', 'haltepunkt'].map((word) => findRank(word) ?? 0)
  assert.deepEqual(ranks, [...ranks].sort())
  assert.equal(ranks[0], 2)
})
