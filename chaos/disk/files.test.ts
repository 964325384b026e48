import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFiles, FileError, type Files, type Inode, pageSize } from './files.ts'

const owner = { uid: 0, gid: 0 }
const fileMode = 0o100600
const sector = 512

function makeFile(files: Files, name = 'file'): Inode {
  return files.make(files.root, name, { mode: fileMode, ...owner })
}

const readAll = (files: Files, inode: Inode): Buffer =>
  Buffer.from(files.read(inode, 0, inode.content.size))

test('flushed data survives a power cut, and data that was not flushed is lost', () => {
  const files = createFiles({ capacity: 1e9 })
  const file = makeFile(files)
  files.write(file, 0, Buffer.from('flushed'))
  files.flush(file)
  files.write(file, 0, Buffer.from('changed and longer'))
  makeFile(files, 'new')
  files.cut(() => false)
  assert.equal(readAll(files, files.lookUp(files.root, 'file')).toString(), 'flushed')
  assert.throws(() => files.lookUp(files.root, 'new'), FileError)
})

test('a file name becomes durable when its file or its folder is flushed', () => {
  const files = createFiles({ capacity: 1e9 })
  const file = makeFile(files)
  files.flush(file)
  files.rename(files.root, 'file', files.root, 'renamed')
  files.cut(() => false)
  assert.deepEqual([...files.listEntries(files.root).keys()], ['file'])
  files.rename(files.root, 'file', files.root, 'renamed')
  files.flush(files.root)
  files.cut(() => false)
  assert.deepEqual([...files.listEntries(files.root).keys()], ['renamed'])
  files.remove(files.root, 'renamed')
  files.cut(() => false)
  assert.deepEqual([...files.listEntries(files.root).keys()], ['renamed'])
})

test('a full disk refuses a write, and accepts writes again after space was freed', () => {
  const files = createFiles({ capacity: 1_000 })
  const file = makeFile(files)
  files.write(file, 0, Buffer.alloc(900))
  assert.throws(() => files.write(file, 900, Buffer.alloc(200)), FileError)
  assert.equal(file.content.size, 900)
  files.resize(file, 0)
  files.write(file, 0, Buffer.alloc(1_000, 1))
  assert.equal(files.countUsed(), 1_000)
})

const change = fc.oneof(
  fc.record({
    type: fc.constant('write' as const),
    at: fc.integer({ min: 0, max: 3 * pageSize }),
    length: fc.integer({ min: 1, max: 2 * pageSize }),
    value: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({
    type: fc.constant('resize' as const),
    size: fc.integer({ min: 0, max: 4 * pageSize }),
  }),
  fc.constant({ type: 'flush' as const }),
)

test('after a power cut each sector has its flushed content or its last written content, nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 12 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom('none', 'all', 'some'),
      (changes, coins, survival) => {
        const files = createFiles({ capacity: 1e9 })
        const file = makeFile(files)
        files.flush(file)
        let flushed: Buffer = Buffer.alloc(0)
        for (const one of changes) {
          if (one.type === 'write') files.write(file, one.at, Buffer.alloc(one.length, one.value))
          if (one.type === 'resize') files.resize(file, one.size)
          if (one.type === 'flush') {
            files.flush(file)
            flushed = readAll(files, file)
          }
        }
        const written = readAll(files, file)
        files.cut(() => survival === 'all' || (survival === 'some' && coins.next().value === true))
        const left = readAll(files, file)
        if (survival === 'none') assert.deepEqual(left, flushed)
        if (survival === 'all') assert.deepEqual(left, written)
        assert.ok([flushed.length, written.length].includes(left.length))
        for (let at = 0; at < left.length; at += sector) {
          const end = Math.min(at + sector, left.length)
          const old = pad(flushed, at, end)
          const newer = pad(written, at, end)
          const found = left.subarray(at, end)
          assert.ok(found.equals(old) || found.equals(newer), `sector at ${at}`)
        }
        assert.equal(files.countUsed(), left.length)
      },
    ),
    { numRuns: 1_000 },
  )
})

/** Fills the bytes after the end with zeros. */
function pad(bytes: Buffer, from: number, to: number): Buffer {
  const padded = Buffer.alloc(to - from)
  padded.set(bytes.subarray(from, to))
  return padded
}
