/**
 * Request bodies, read strictly. What is too large, doubled or not UTF-8 is a `Fault` before anybody acts on it.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage as Incoming } from 'node:http'
import { Fault } from '../kernel/fault.ts'
import { IncomingMessage } from './node.ts'
import type { PageRequest } from './request.ts'

/** Bytes. No form of Einlass comes near it. */
export const maxBodyBytes = 64 * 1024
const maxFields = 50

/** The body as text. Throws Fault `too_large` as soon as the limit is known to be passed, and `bad_request`. */
export async function readText(
  request: PageRequest,
  limit: number = maxBodyBytes,
): Promise<string> {
  const { body, headers } = request
  const announced = Number(headers.get('content-length') ?? 0)
  if (announced > limit) throw tooLarge(limit)
  if (body === null) return ''
  const bytes =
    body instanceof IncomingMessage ? await listenTo(body, limit) : await collect(body, limit)
  if (!isUtf8(bytes)) throw new Fault('bad_request', 'The body is not UTF-8')
  return utf8.decode(bytes)
}

const utf8 = new TextDecoder()

async function collect(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** As `collect`, without an iterator: most forms have arrived in one piece when they are read. */
function listenTo(body: Incoming, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = () => {
      body.off('data', take).off('end', end).off('error', breakOff).off('close', breakOff)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else fail(tooLarge(limit))
    }
    const end = () => {
      stop()
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    }
    const fail = (fault: Fault) => {
      stop()
      reject(fault)
    }
    const breakOff = (cause?: Error) =>
      fail(new Fault('bad_request', 'The body broke off', { cause }))
    body.on('data', take).on('end', end).on('error', breakOff).on('close', breakOff)
  })
}

/** The fields of a form, each once. Throws Fault `unsupported_media_type`, `bad_request` or `too_large`. */
export async function readForm(
  request: PageRequest,
  limit?: number,
): Promise<Record<string, string>> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    throw new Fault('unsupported_media_type', 'Only application/x-www-form-urlencoded is read here')
  }
  return parseForm(await readText(request, limit))
}

/** `application/x-www-form-urlencoded` (WHATWG URL, 5.1), but strict. Throws Fault `bad_request`. */
export function parseForm(text: string): Record<string, string> {
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > maxFields) throw new Fault('bad_request', 'Too many fields')
  const fields: Record<string, string> = Object.create(null)
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = decode(at === -1 ? pair : pair.slice(0, at))
    if (name in fields)
      throw new Fault('bad_request', 'A field is there twice', { details: { name } })
    fields[name] = at === -1 ? '' : decode(pair.slice(at + 1))
  }
  return fields
}

/** The media type of the body without parameters, in lower case. */
export function mediaType(request: Pick<PageRequest, 'headers'>): string {
  return (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function decode(text: string): string {
  const plain = decodeUtf8(text)
  // Nobody types one, PostgreSQL takes no text with one, and SQLite reads no further.
  if (plain.includes('\0')) throw new Fault('bad_request', 'A field has a NUL')
  return plain
}

function decodeUtf8(text: string): string {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new Fault('bad_request', 'A field is not percent-encoded UTF-8', { cause })
  }
}

function tooLarge(limit: number): Fault {
  return new Fault('too_large', `A body has at most ${limit} bytes here`)
}
