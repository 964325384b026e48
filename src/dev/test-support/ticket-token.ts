/** For tests: tokens with Kerberos tickets, as browsers show them (RFC 4120, RFC 4121). Nothing in them is encrypted. */

export const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
export const hex = (text: string) => Buffer.from(text, 'hex')
const integer = (value: number) => tlv(0x02, Buffer.from([value]))
const text = (value: string) => tlv(0x1b, Buffer.from(value, 'latin1'))
export const field = (number: number, content: Uint8Array) => tlv(0xa0 + number, content)
export const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts)

export const spnego = hex('06062b0601050502')
export const kerberos = hex('06092a864886f712010202')
export const kerberosOfMicrosoft = hex('06092a864882f712010202')
export const ntlm = hex('060a2b06010401823702020a')

const encrypted = (encryption: number, version: number | undefined, cipher: string) =>
  sequence(
    field(0, integer(encryption)),
    ...(version === undefined ? [] : [field(1, integer(version))]),
    field(2, tlv(0x04, Buffer.from(cipher))),
  )

export interface TicketParts {
  readonly service?: readonly string[]
  readonly version?: number | undefined
  readonly authenticator?: string
}

/** A ticket as RFC 4120 has it, whose encrypted parts are texts. */
export function makeTicketToken({
  service = ['HTTP', 'login.example.org'],
  version = 3,
  authenticator = 'time',
}: TicketParts = {}) {
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
