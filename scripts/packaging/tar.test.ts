import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { type Entry, writeTar } from './tar.ts'

const list = (entries: readonly Entry[], time = 0): string[] =>
  execFileSync('tar', ['tv', '--utc', '--full-time', '--numeric-owner'], {
    input: Buffer.concat([...writeTar(entries, time)]),
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '))

test('files, folders and links get their mode and owner, and all get the same time', () => {
  const entries: Entry[] = [
    { path: 'a', type: 'folder', mode: 0o755 },
    { path: 'a/b', type: 'file', mode: 0o640, owner: 7, content: 'text' },
    { path: 'a/c', type: 'link', mode: 0o777, to: 'b' },
  ]
  assert.deepEqual(list(entries, 86_400), [
    'drwxr-xr-x 0/0 0 1970-01-02 00:00:00 a/',
    '-rw-r----- 7/7 4 1970-01-02 00:00:00 a/b',
    'lrwxrwxrwx 0/0 0 1970-01-02 00:00:00 a/c -> b',
  ])
})

test('tar lists paths and link targets of any length unchanged', () => {
  for (const length of [99, 100, 101, 511, 512, 513]) {
    const path = 'ü'.repeat(length / 2).padEnd(length / 2 + (length % 2), 'x')
    const [file = '', link = ''] = list([
      { path, type: 'file', mode: 0o644, content: '' },
      { path: 'link', type: 'link', mode: 0o777, to: path },
    ])
    assert.ok(file.endsWith(` ${path}`), `${length}`)
    assert.ok(link.endsWith(` link -> ${path}`), `${length}`)
  }
})

test('tar extracts content of every length unchanged', () => {
  for (const length of [0, 1, 511, 512, 513, 70_000]) {
    const content = Buffer.alloc(length, 'x')
    const tar = Buffer.concat([...writeTar([{ path: 'a', type: 'file', mode: 0o644, content }], 0)])
    assert.equal(tar.length % 512, 0)
    const back = execFileSync('tar', ['xO'], { input: tar })
    assert.ok(back.equals(content), `${length}`)
  }
})
