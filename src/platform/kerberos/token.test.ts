import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  field,
  hex,
  kerberos,
  kerberosOfMicrosoft,
  makeTicketToken,
  ntlm,
  sequence,
  spnego,
  tlv,
} from '../../dev/test-support/ticket-token.ts'
import { readToken } from './token.ts'

const wrap = (mechanisms: readonly Uint8Array[], token?: Uint8Array) =>
  tlv(
    0x60,
    spnego,
    field(
      0,
      sequence(
        field(0, sequence(...mechanisms)),
        ...(token === undefined ? [] : [field(2, tlv(0x04, token))]),
      ),
    ),
  )

test('a ticket is read with SPNEGO, with both object identifiers of Kerberos, and without SPNEGO', () => {
  const token = makeTicketToken()
  for (const bytes of [
    token,
    wrap([kerberos], token),
    wrap([kerberosOfMicrosoft, kerberos, ntlm], token),
  ]) {
    const read = readToken(bytes)
    assert.ok(read.type === 'ticket')
    const { fingerprint, cipher, ...rest } = read.ticket
    assert.deepEqual(rest, {
      service: 'HTTP/login.example.org',
      realm: 'EXAMPLE.ORG',
      key: { encryption: 18, version: 3 },
    })
    assert.equal(fingerprint.length, 43)
    assert.equal(`${cipher}`, 'a ticket')
  }
})

test('the fingerprint depends only on the Kerberos authenticator, not on the wrapping of the token', () => {
  const find = (bytes: Buffer) => {
    const read = readToken(bytes)
    return read.type === 'ticket' && read.ticket.fingerprint
  }
  const token = makeTicketToken()
  assert.equal(find(wrap([kerberos], token)), find(token))
  assert.equal(find(makeTicketToken({ service: ['cifs', 'x'], version: undefined })), find(token))
  assert.notEqual(find(makeTicketToken({ authenticator: 'later' })), find(token))
})

test('NTLM, or a token that needs a second answer, is another mechanism', () => {
  for (const bytes of [
    Buffer.from('NTLMSSP\0and more'),
    wrap([ntlm], Buffer.from('NTLMSSP\0and more')),
    wrap([ntlm, kerberos], makeTicketToken()),
    wrap([kerberos, ntlm]),
    wrap([]),
    tlv(0x60, hex('06032a0304'), Buffer.from('x')),
  ]) {
    assert.equal(readToken(bytes).type, 'other_mechanism')
  }
})

test('control characters and quotes in a service name are replaced', () => {
  const read = readToken(makeTicketToken({ service: ['HTTP', 'a\n"\u001b[31m'] }))
  assert.equal(read.type === 'ticket' && read.ticket.service, 'HTTP/a?"?[31m')
})

test('a token that is cut short or has extra bytes is malformed', () => {
  const token = wrap([kerberos], makeTicketToken())
  for (let length = 0; length < token.length; length += 1) {
    assert.equal(readToken(token.subarray(0, length)).type, 'malformed', `${length}`)
  }
  assert.equal(readToken(Buffer.concat([token, Buffer.from([0])])).type, 'malformed')
  assert.equal(readToken(hex('6080')).type, 'malformed')
  assert.equal(readToken(hex('608101')).type, 'malformed')
  assert.equal(readToken(hex('6084ffffffff')).type, 'malformed')
})

test('A38: no bytes cause an exception', () => {
  const token = wrap([kerberos], makeTicketToken())
  const changed = fc
    .array(fc.tuple(fc.nat(token.length - 1), fc.nat(255)), { maxLength: 4 })
    .map((changes) => {
      const bytes = Buffer.from(token)
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
  const any = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(fc.oneof(changed, any), (bytes) => {
      assert.ok(['ticket', 'other_mechanism', 'malformed'].includes(readToken(bytes).type))
    }),
    { numRuns: 3000 },
  )
})
