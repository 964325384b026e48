import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVersion } from './replication-metadata.ts'

const unicodePwd = 0x9005a

function write(versions: readonly (readonly [attributeId: number, version: number])[]): Buffer {
  const bytes = Buffer.alloc(16 + 48 * versions.length)
  bytes.writeUInt32LE(1, 0)
  bytes.writeUInt32LE(versions.length, 8)
  for (const [index, [attributeId, version]] of versions.entries()) {
    bytes.writeUInt32LE(attributeId, 16 + 48 * index)
    bytes.writeUInt32LE(version, 16 + 48 * index + 4)
  }
  return bytes
}

test('the version of an attribute is found by its id', () => {
  const bytes = write([
    [0x90060, 5],
    [unicodePwd, 3],
  ])
  assert.equal(readVersion(bytes, unicodePwd), 3)
  assert.equal(readVersion(bytes, 0x90060), 5)
  assert.equal(readVersion(bytes, 0x90001), undefined)
})

test('bytes of another form have no version', () => {
  const bytes = write([[unicodePwd, 3]])
  const anotherForm = Buffer.from(bytes)
  anotherForm.writeUInt32LE(2, 0)
  const tooMany = Buffer.from(bytes)
  tooMany.writeUInt32LE(0xffff_ffff, 8)
  for (const other of [undefined, Buffer.alloc(0), bytes.subarray(0, 63), anotherForm, tooMany]) {
    assert.equal(readVersion(other, unicodePwd), undefined)
  }
})
