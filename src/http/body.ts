/**
 * Request bodies, read strictly. What is too large, doubled or not UTF-8 is a `Fault` before anybody acts on it.
 */
import { Fault } from '../kernel/fault.ts'

/** Bytes. No form of Einlass comes near it. */
export const maxBodyBytes = 64 * 1024
const maxFields = 50

/** The body as text. Throws Fault `too_large` as soon as the limit is known to be passed, and `bad_request`. */
export async function readText(request: Request, limit: number = maxBodyBytes): Promise<string> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limit) throw tooLarge(limit)
  if (request.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new Fault('bad_request', 'The body is not UTF-8', { cause })
  }
}

/** The fields of a form, each once. Throws Fault `unsupported_media_type`, `bad_request` or `too_large`. */
export async function readForm(request: Request): Promise<Record<string, string>> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    throw new Fault('unsupported_media_type', 'Only application/x-www-form-urlencoded is read here')
  }
  return parseForm(await readText(request))
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
export function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new Fault('bad_request', 'A field is not percent-encoded UTF-8', { cause })
  }
}

function tooLarge(limit: number): Fault {
  return new Fault('too_large', `A body has at most ${limit} bytes here`)
}
