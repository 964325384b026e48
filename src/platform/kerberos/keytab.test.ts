import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readKeytab } from './keytab.ts'

const short = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
const long = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const counted = (text: string) => Buffer.concat([short(text.length), Buffer.from(text)])

function makeEntry(parts: readonly string[], version: number, hasLongVersion = true): Buffer {
  return Buffer.concat([
    ...[short(parts.length), counted('EXAMPLE.ORG'), ...parts.map(counted)],
    ...[long(1), long(0), Buffer.from([version & 255]), short(18), short(32), Buffer.alloc(32)],
    ...(hasLongVersion ? [long(version)] : []),
  ])
}

const makeFile = (...entries: readonly Buffer[]) =>
  Buffer.concat([short(0x0502), ...entries.flatMap((entry) => [long(entry.length), entry])])

test('the principals and versions of the keys in a keytab are read', () => {
  const removed = makeEntry(['HTTP', 'old'], 1)
  const file = Buffer.concat([
    makeFile(makeEntry(['HTTP', 'login.example.org'], 300), makeEntry(['host'], 2, false)),
    ...[long(-removed.length), removed],
  ])
  assert.deepEqual(readKeytab(file), [
    { principal: 'HTTP/login.example.org@EXAMPLE.ORG', version: 300, encryption: 18 },
    { principal: 'host@EXAMPLE.ORG', version: 2, encryption: 18 },
  ])
  assert.deepEqual(readKeytab(makeFile()), [])
})

test('an invalid keytab is distinguished from an empty one, and no bytes cause an error', () => {
  for (const bytes of [Buffer.from(''), Buffer.from('-----BEGIN'), short(0x0501)]) {
    assert.equal(readKeytab(bytes), undefined)
  }
  const file = makeFile(makeEntry(['HTTP', 'x'], 1))
  assert.equal(readKeytab(file.subarray(0, 20)), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readKeytab(Buffer.concat([short(0x0502), bytes]))
    }),
    { numRuns: 2000 },
  )
})
