/**
 * How messages travel through a browser (SAML bindings sections 3.4 and 3.5): in a query, compressed and with a detached
 * signature, or as a field of a form. Owns their limits; knows nothing about the content of a message.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { decodeBase64, decodeUtf8, maxMessageBytes } from './encoding.ts'
import { type Reading, Refusal, readSafely } from './refusal.ts'
import { type SignedText, signatureRsaSha256, signText } from './signature/algorithms.ts'
import type { SigningKey } from './signature/sign.ts'
import { parseXml } from './xml/parse.ts'
import type { XmlElement } from './xml/tree.ts'

/** A received message, not verified. */
export interface ReceivedMessage {
  readonly parameter: 'SAMLRequest' | 'SAMLResponse'
  readonly binding: 'redirect' | 'post'
  readonly root: XmlElement
  readonly relayState?: string
  /** The signature of the redirect binding; the signature of a form is in the document. */
  readonly detached?: SignedText
}

/** Base64 of 64 KiB, with room for percent signs. */
const maxQueryLength = 3 * maxMessageBytes
const deflateEncoding = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE'
const ownNames = [
  'SAMLRequest',
  'SAMLResponse',
  'RelayState',
  'SigAlg',
  'Signature',
  'SAMLEncoding',
]

/** What decides how long it takes to read a document. */
export interface DocumentSize {
  readonly bytes: number
  /** Each `<`, `=` and `&`: a tag, an attribute and a reference cost far more than the text between them. */
  readonly marks: number
}

/** Called before a document is parsed, which is what costs time. What it throws is passed on. */
export type BeforeParsing = (size: DocumentSize) => void

const marks = new Set(Buffer.from('<=&'))

function measure(document: Buffer): DocumentSize {
  let count = 0
  for (const byte of document) if (marks.has(byte)) count += 1
  return { bytes: document.length, marks: count }
}

/** Reads the raw query of a GET, without its question mark. */
export function receiveRedirect(
  query: string,
  beforeParsing: BeforeParsing = () => {},
): Reading<{ readonly message: ReceivedMessage }> {
  return readSafely(() => {
    if (query.length > maxQueryLength) throw new Refusal('too_large', 'a query too long')
    const raw = splitQuery(query)
    const parameter = chooseParameter([...raw.keys()])
    const encoding = raw.get('SAMLEncoding')
    if (encoding !== undefined && decodePart(encoding) !== deflateEncoding) {
      throw new Refusal('bad_encoding', 'an encoding other than DEFLATE')
    }
    const packed = decodeBase64(decodePart(raw.get(parameter) ?? ''))
    const unpacked = inflate(packed)
    beforeParsing(measure(unpacked))
    const root = parseXml(decodeUtf8(unpacked))
    const relayState = raw.get('RelayState')
    const detached = readDetached(raw, parameter)
    return {
      message: {
        parameter,
        binding: 'redirect',
        root,
        ...(relayState !== undefined && { relayState: decodePart(relayState) }),
        ...(detached && { detached }),
      },
    }
  })
}

/** Reads the fields of a form. */
export function receivePost(
  fields: Readonly<Record<string, string>>,
  beforeParsing: BeforeParsing = () => {},
): Reading<{ readonly message: ReceivedMessage }> {
  return readSafely(() => {
    const parameter = chooseParameter(Object.keys(fields))
    const packed = fields[parameter] ?? ''
    if (packed.length > 2 * maxMessageBytes) throw new Refusal('too_large', 'a field too long')
    const unpacked = decodeBase64(packed)
    beforeParsing(measure(unpacked))
    const { RelayState: relayState } = fields
    return {
      message: {
        parameter,
        binding: 'post',
        root: parseXml(decodeUtf8(unpacked)),
        ...(relayState !== undefined && { relayState }),
      },
    }
  })
}

function chooseParameter(names: readonly string[]): ReceivedMessage['parameter'] {
  const found = (['SAMLRequest', 'SAMLResponse'] as const).filter((one) => names.includes(one))
  const [parameter] = found
  if (parameter === undefined || found.length > 1) {
    throw new Refusal('bad_encoding', 'neither one request nor one response')
  }
  return parameter
}

/** The parameters of this binding in their raw form, because the raw form is signed. */
function splitQuery(query: string): Map<string, string> {
  const raw = new Map<string, string>()
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=')
    const name = at < 0 ? pair : pair.slice(0, at)
    if (!ownNames.includes(name)) continue
    if (raw.has(name)) throw new Refusal('bad_encoding', 'a parameter twice')
    raw.set(name, at < 0 ? '' : pair.slice(at + 1))
  }
  return raw
}

function decodePart(raw: string): string {
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '))
  } catch {
    throw new Refusal('bad_encoding', 'a percent sign without a character')
  }
}

function inflate(packed: Buffer): Buffer {
  if (packed.length > maxMessageBytes) throw new Refusal('too_large', 'more than 64 KiB')
  try {
    const { buffer, engine } = inflateRawSync(packed, {
      maxOutputLength: maxMessageBytes,
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    if (engine.bytesWritten !== packed.length)
      throw new Refusal('bad_encoding', 'more than one part')
    return buffer
  } catch (error) {
    if (error instanceof Refusal) throw error
    const isLarge = error instanceof RangeError
    throw new Refusal(isLarge ? 'too_large' : 'bad_encoding', 'cannot be unpacked')
  }
}

function readDetached(raw: ReadonlyMap<string, string>, parameter: string): SignedText | undefined {
  const [algorithm, signature] = [raw.get('SigAlg'), raw.get('Signature')]
  if (algorithm === undefined && signature === undefined) return undefined
  if (algorithm === undefined || signature === undefined) {
    throw new Refusal('bad_signature', 'a half of a signature')
  }
  const text = [parameter, 'RelayState', 'SigAlg']
    .filter((name) => raw.has(name))
    .map((name) => `${name}=${raw.get(name)}`)
    .join('&')
  return {
    algorithm: decodePart(algorithm),
    value: decodeBase64(decodePart(signature), 'bad_signature'),
    text,
  }
}

export interface SentMessage {
  readonly parameter: ReceivedMessage['parameter']
  readonly xml: string
  readonly relayState?: string | undefined
  /** Absent: the message is not signed. */
  readonly key?: SigningKey
}

/** The address to which a browser takes a message by the redirect binding. */
export function buildRedirect(
  destination: string,
  { parameter, xml, relayState, key }: SentMessage,
): string {
  const packed = deflateRawSync(xml).toString('base64')
  const parts = [
    [parameter, packed],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ...(key === undefined ? [] : [['SigAlg', signatureRsaSha256]]),
  ]
  const query = parts.map(([name, value = '']) => `${name}=${encodeValue(value)}`).join('&')
  const signed =
    key === undefined ? query : `${query}&Signature=${encodeValue(signText(key.privateKey, query))}`
  return `${destination}${destination.includes('?') ? '&' : '?'}${signed}`
}

/** Encodes as a browser writes a query: a browser would change an apostrophe, and so break the signature. */
function encodeValue(value: string): string {
  return encodeURIComponent(value).replaceAll("'", '%27')
}

/** The fields of a form for the POST binding. */
export function buildPostFields({
  parameter,
  xml,
  relayState,
}: Omit<SentMessage, 'key'>): Record<string, string> {
  return {
    [parameter]: Buffer.from(xml).toString('base64'),
    ...(relayState !== undefined && { RelayState: relayState }),
  }
}
