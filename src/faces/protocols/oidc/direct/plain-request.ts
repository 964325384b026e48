/**
 * Reads requests in the form that almost all apps send. Other forms are not wrong: they are left to the library, with their
 * body, which is only peeked at here.
 */
import type { IncomingMessage } from 'node:http'

/** The library's form of tokens: 43 characters of base64url. */
const tokenPattern = /^[\w-]{43}$/

/** With one of these headers, an answer depends on more than is read here: proofs of possession, other sites, other protocols. */
const unusualHeaders = [
  'dpop',
  'origin',
  'oauth-client-attestation',
  'oauth-client-attestation-pop',
  'content-encoding',
  'transfer-encoding',
]

function isUnusual({ headers }: IncomingMessage): boolean {
  return unusualHeaders.some((name) => headers[name] !== undefined)
}

/** Names and values; each name appears once. */
export type Fields = ReadonlyMap<string, string>

/** @param names the allowed parameters: each at most once, and no others */
export function readQuery(req: IncomingMessage, names: ReadonlySet<string>): Fields | undefined {
  const { url = '' } = req
  if (isUnusual(req) || url.length > longestQuery) return undefined
  return parseForm(url.slice(url.indexOf('?') + 1), names)
}

const longestQuery = 4096

/** The token of a request that contains nothing else (RFC 6750 section 2.1). */
export function readBearerToken(req: IncomingMessage): string | undefined {
  const { authorization, 'content-length': length } = req.headers
  if (length !== undefined || isUnusual(req) || !authorization?.startsWith('Bearer ')) return
  const token = authorization.slice('Bearer '.length)
  return tokenPattern.test(token) ? token : undefined
}

export function isToken(text: string | undefined): text is string {
  return text !== undefined && tokenPattern.test(text)
}

const formType = /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i
const longestForm = 8192

/** @param names the allowed fields: each at most once, and no others */
export async function readForm(
  req: IncomingMessage,
  names: ReadonlySet<string>,
): Promise<Fields | undefined> {
  const length = Number(req.headers['content-length'])
  if (!(length > 0 && length <= longestForm)) return undefined
  if (isUnusual(req) || !formType.test(req.headers['content-type'] ?? '')) return undefined
  const body = await peekBody(req, length)
  return body && parseForm(body.toString('latin1'), names)
}

/** The body, if it has arrived in one piece. It stays in the stream for the next reader. */
async function peekBody(req: IncomingMessage, length: number): Promise<Buffer | undefined> {
  if (req.readableLength === 0) await waitForBody(req)
  const body: Buffer | null = req.read()
  if (body === null) return undefined
  req.unshift(body)
  return body.length === length ? body : undefined
}

/** Also ends when the client disconnects. `events.once` would cost more than reading the form. */
function waitForBody(req: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  req.once('readable', resolve)
  req.once('close', resolve)
  return promise.then(() => {
    req.off('readable', resolve)
    req.off('close', resolve)
  })
}

/** ASCII characters, either literal or escaped as one byte. */
const plainValue = /^([\w.~:/+*-]|%[2-7][0-9a-f])+$/i

function parseForm(text: string, names: ReadonlySet<string>): Fields | undefined {
  const fields = new Map<string, string>()
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    const value = pair.slice(at + 1)
    if (at < 1 || !names.has(name) || fields.has(name) || !plainValue.test(value)) return undefined
    const isEscaped = /[%+]/.test(value)
    fields.set(name, isEscaped ? decodeURIComponent(value.replaceAll('+', ' ')) : value)
  }
  return fields
}
