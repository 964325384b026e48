/**
 * The token that a browser sends after `Negotiate` (RFC 4559): SPNEGO (RFC 4178) around a Kerberos ticket (RFC 4121, RFC 4120).
 * Owns what is read before the ticket is decrypted: the mechanism, the service and the key. None of this is proven. It only
 * decides which tokens are ignored, and explains a ticket that cannot be decrypted; and where the encrypted part is.
 */
import { sha256 } from '../kernel/crypto.ts'
import { MalformedDer, readAll, readElement, readFields, readOnly } from './der.ts'

export interface ReadTicket {
  /** For example `HTTP/login.example.org`. */
  readonly service: string
  /** The realm of the service. */
  readonly realm: string
  readonly key: { readonly encryption: number; readonly version: number | undefined }
  /** What is encrypted with that key. */
  readonly cipher: Buffer
  /** The same for every copy of a token, however it is wrapped, and different for every token that a client makes. */
  readonly fingerprint: string
}

export type ReadToken =
  | { readonly type: 'ticket'; readonly ticket: ReadTicket }
  /** NTLM, or another mechanism that needs more than one answer. */
  | { readonly type: 'other_mechanism' }
  | { readonly type: 'malformed' }

const spnego = '2b0601050502'
const kerberos = '2a864886f712010202'
/** The object identifier that Microsoft uses for Kerberos in SPNEGO since an early mistake ([MS-SPNG] 1.9). */
const kerberosOfMicrosoft = '2a864882f712010202'

const tags = {
  context: 0x60,
  sequence: 0x30,
  objectId: 0x06,
  integer: 0x02,
  octets: 0x04,
  text: 0x1b,
  apRequest: 0x6e,
  ticket: 0x61,
} as const

/** A field of a sequence, by its number. */
const field = (number: number) => 0xa0 + number

/** The type of the token of a ticket (RFC 4121, 4.1). */
const ticketToken = '0100'

export function readToken(bytes: Buffer): ReadToken {
  if (bytes.subarray(0, 7).toString('latin1') === 'NTLMSSP') return { type: 'other_mechanism' }
  try {
    return readContext(bytes)
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error
    return { type: 'malformed' }
  }
}

/** RFC 2743, 3.1. */
function readContext(bytes: Buffer): ReadToken {
  const { mechanism, inner } = splitContext(bytes)
  if (mechanism === kerberos) return { type: 'ticket', ticket: readTicketToken(inner) }
  if (mechanism !== spnego) return { type: 'other_mechanism' }
  const fields = readFields(readOnly(readOnly(inner, field(0)), tags.sequence))
  const [first] = readAll(readOnly(fields.get(field(0)) ?? nothing, tags.sequence))
  const preferred = first?.tag === tags.objectId ? first.content.toString('hex') : ''
  const token = fields.get(field(2))
  // The token belongs to the mechanism that the client prefers.
  if (![kerberos, kerberosOfMicrosoft].includes(preferred) || token === undefined) {
    return { type: 'other_mechanism' }
  }
  const context = splitContext(readOnly(token, tags.octets))
  if (context.mechanism !== kerberos) return { type: 'other_mechanism' }
  return { type: 'ticket', ticket: readTicketToken(context.inner) }
}

const nothing = Buffer.alloc(0)

function splitContext(bytes: Buffer): { mechanism: string; inner: Buffer } {
  const { tag, content, rest } = readElement(readOnly(bytes, tags.context))
  if (tag !== tags.objectId) throw new MalformedDer('a context without a mechanism')
  return { mechanism: content.toString('hex'), inner: rest }
}

/** RFC 4120, 5.5.1 and 5.3. */
function readTicketToken(bytes: Buffer): ReadTicket {
  if (bytes.subarray(0, 2).toString('hex') !== ticketToken) {
    throw new MalformedDer('another token than that of a ticket')
  }
  const request = readFields(readOnly(readOnly(bytes.subarray(2), tags.apRequest), tags.sequence))
  const ticket = readFields(readOnly(readOnly(take(request, 3), tags.ticket), tags.sequence))
  const name = readFields(readOnly(take(ticket, 2), tags.sequence))
  const parts = readAll(readOnly(take(name, 1), tags.sequence)).map(({ content }) =>
    readName(content),
  )
  const encrypted = readFields(readOnly(take(ticket, 3), tags.sequence))
  const version = encrypted.get(field(1))
  const authenticator = readFields(readOnly(take(request, 4), tags.sequence))
  return {
    service: parts.join('/'),
    realm: readName(readOnly(take(ticket, 1), tags.text)),
    key: {
      encryption: readNumber(take(encrypted, 0)),
      version: version && readNumber(version),
    },
    cipher: readOnly(take(encrypted, 2), tags.octets),
    fingerprint: sha256(readOnly(take(authenticator, 2), tags.octets).toString('base64')),
  }
}

function take(fields: ReadonlyMap<number, Buffer>, number: number): Buffer {
  const found = fields.get(field(number))
  if (found === undefined) throw new MalformedDer(`no field ${number}`)
  return found
}

/** For logs and comparisons: a character that no name can have becomes a question mark. */
function readName(bytes: Buffer): string {
  return bytes
    .subarray(0, 255)
    .toString('latin1')
    .replace(/[^\x21-\x7e]/g, '?')
}

function readNumber(bytes: Buffer): number {
  const content = readOnly(bytes, tags.integer)
  if (content.length === 0 || content.length > 5) throw new MalformedDer('no number')
  return content.readIntBE(0, content.length)
}
