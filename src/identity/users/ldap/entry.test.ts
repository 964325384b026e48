import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parseGeneralizedTime,
  readNumber,
  readText,
  readTexts,
  readWindowsTime,
  writeSid,
} from './entry.ts'

const dn = 'cn=erika'

test('attributes are read in any spelling, with several values, without a value and as bytes', () => {
  const entry = { dn, Mail: ['a@example.org', 'b@example.org'], cn: [], uid: Buffer.from('erika') }
  assert.deepEqual(readTexts(entry, 'mail'), ['a@example.org', 'b@example.org'])
  assert.equal(readText(entry, 'cn'), undefined)
  assert.equal(readText(entry, 'UID'), 'erika')
  assert.equal(readNumber({ dn, badPwdCount: 'many' }, 'badPwdCount'), 0n)
})

test('Windows and LDAP times become milliseconds, and the value for "never" becomes undefined', () => {
  assert.equal(readWindowsTime({ dn, at: '116444736000000000' }, 'at'), 0)
  for (const never of ['0', '9223372036854775807', '-1', '']) {
    assert.equal(readWindowsTime({ dn, at: never }, 'at'), undefined, never)
  }
  assert.equal(parseGeneralizedTime('20261127232848.458165Z'), 1_795_822_128_458)
  assert.equal(parseGeneralizedTime('20261127232848Z'), 1_795_822_128_000)
  for (const text of ['000001010000Z', '20261327000000Z', 'yesterday', '']) {
    assert.equal(parseGeneralizedTime(text), undefined, text)
  }
})

test('a security identifier is written as in Windows, and other bytes are not accepted', () => {
  const bytes = Buffer.from('01050000000000051500000010f855a5bb9aca6e930f9b7053040000', 'hex')
  assert.match(`${writeSid(bytes)}`, /^S-1-5-21-\d+-\d+-\d+-1107$/)
  for (const other of [
    Buffer.alloc(0),
    Buffer.alloc(8),
    bytes.subarray(1),
    bytes.subarray(0, 20),
  ]) {
    assert.equal(writeSid(other), undefined)
  }
})
