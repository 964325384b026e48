import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutObjects } from './json-objects.ts'
import { maxRecordBytes } from './record.ts'

async function* cut(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const read = async (text: string | Buffer, length = 7) =>
  (await Array.fromAsync(cutObjects(cut(Buffer.from(text), length)))).map((one) =>
    one.type === 'object' ? JSON.parse(`${one.bytes}`) : [one.line, one.reason],
  )

test('objects are found in any layout and at any border of the chunks that are read', async () => {
  const value = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), {
    maxLength: 4,
  })
  const layout = fc.constantFrom(undefined, 1, '\t')
  await fc.assert(
    fc.asyncProperty(
      value,
      layout,
      fc.integer({ min: 1, max: 40 }),
      async (objects, space, length) => {
        const known = JSON.parse(JSON.stringify(objects))
        assert.deepEqual(await read(JSON.stringify(objects, null, space), length), known)
        const realm = { 'users"': 1, a: { users: [{}] }, users: objects, b: [{}], c: 'users' }
        assert.deepEqual(await read(JSON.stringify(realm, null, space), length), known)
      },
    ),
  )
})

test('no text makes the reader throw or go on for ever', async () => {
  const part = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '1', ' ', '\n', '"users":')
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
      const found = await Array.fromAsync(cutObjects(cut(Buffer.from(parts.join('')), 3)))
      assert.ok(found.length <= parts.length + 1)
    }),
  )
})

test('an object that is longer than a record may be is refused, and the next one is read', async () => {
  const long = JSON.stringify({ photo: 'x'.repeat(maxRecordBytes) })
  assert.deepEqual(await read(`[${long},\n{"a":1}]`, 64 * 1024), [
    [1, `it is longer than ${maxRecordBytes} bytes`],
    { a: 1 },
  ])
})

test('a realm larger than one record may be is read, because its users are its records', async () => {
  const text = JSON.stringify({ realm: 'x'.repeat(maxRecordBytes), users: [{ a: 1 }] })
  assert.deepEqual(await read(text, 64 * 1024), [{ a: 1 }])
})
