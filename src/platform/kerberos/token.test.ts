import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readToken } from './token.ts'

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const hex = (text: string) => Buffer.from(text, 'hex')
const integer = (value: number) => tlv(0x02, Buffer.from([value]))
const text = (value: string) => tlv(0x1b, Buffer.from(value, 'latin1'))
const field = (number: number, content: Uint8Array) => tlv(0xa0 + number, content)
const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts)

const spnego = hex('06062b0601050502')
const kerberos = hex('06092a864886f712010202')
const kerberosOfMicrosoft = hex('06092a864882f712010202')
const ntlm = hex('060a2b06010401823702020a')

const encrypted = (encryption: number, version: number | undefined, cipher: string) =>
  sequence(
    field(0, integer(encryption)),
    ...(version === undefined ? [] : [field(1, integer(version))]),
    field(2, tlv(0x04, Buffer.from(cipher))),
  )

interface Parts {
  readonly service?: readonly string[]
  readonly version?: number | undefined
  readonly authenticator?: string
}

/** A ticket as RFC 4120 has it, whose encrypted parts are texts. */
function makeTicketToken({
  service = ['HTTP', 'login.example.org'],
  version = 3,
  authenticator = 'time',
}: Parts = {}) {
  const ticket = tlv(
    0x61,
    sequence(
      field(0, integer(5)),
      field(1, text('EXAMPLE.ORG')),
      field(2, sequence(field(0, integer(2)), field(1, sequence(...service.map(text))))),
      field(3, encrypted(18, version, 'a ticket')),
    ),
  )
  const request = tlv(
    0x6e,
    sequence(
      field(0, integer(5)),
      field(1, integer(14)),
      field(2, tlv(0x03, Buffer.from([0, 0x20, 0, 0, 0]))),
      field(3, ticket),
      field(4, encrypted(18, undefined, authenticator)),
    ),
  )
  return tlv(0x60, kerberos, hex('0100'), request)
}

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
    const { fingerprint, ...rest } = read.ticket
    assert.deepEqual(rest, {
      service: 'HTTP/login.example.org',
      realm: 'EXAMPLE.ORG',
      key: { encryption: 18, version: 3 },
    })
    assert.equal(fingerprint.length, 43)
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
