/**
 * The headers that identify the user to an app. Owns their names, and how a value is encoded so that it cannot be read as
 * anything else. The release of attributes owns where values come from.
 */
import { z } from 'zod'
import { createReleaseSchema, isListSource, type Release } from '../release.ts'

/** Headers that already have a meaning for a proxy, a browser or an app. */
const reserved =
  /^(?:connection|content-.+|cookie|date|expect|forwarded|host|keep-alive|location|origin|proxy-.+|referer|sec-.+|server|set-cookie|te|trailer|transfer-encoding|upgrade|via|www-authenticate|authorization|x-forwarded-.+|x-original-.+|x-real-ip)$/i

/** The allowed names, in words. */
export const headerNameRule = 'letters, digits and dashes, and no header that has another meaning'

const namePattern = /^(?=[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/

export const headerNameSchema = z
  .string()
  .max(60)
  .regex(namePattern, headerNameRule)
  .refine((name) => !reserved.test(name), headerNameRule)

const areUnlike = (names: readonly string[]) =>
  new Set(names.map((name) => name.toLowerCase())).size === names.length

export const identityHeadersSchema = createReleaseSchema(z.string().max(60).regex(namePattern))
  .refine((headers) => !Object.keys(headers).some((name) => reserved.test(name)), headerNameRule)
  .refine((headers) => areUnlike(Object.keys(headers)), 'each name once')

/** The headers that most apps expect which read identity from headers. */
export const usualHeaders: Release = {
  'Remote-User': 'username',
  'Remote-Name': 'displayName',
  'Remote-Email': 'email',
  'Remote-Groups': 'groups',
}

/**
 * Names and values in turn, as Node writes them. A header without a value is sent empty, so that it replaces the client's.
 * @param values by the names of the release
 */
export function writeHeaders(
  release: Release,
  values: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return Object.entries(release).flatMap(([name, source]) => {
    const own = values.get(name) ?? []
    return [name, encodeValue(isListSource(source) ? joinList(own) : (own[0] ?? ''))]
  })
}

/** A comma separates values, so a value that contains one must not become two. */
function joinList(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(',', '%2C')).join(',')
}

/** Apps read the bytes as UTF-8. Control characters end a header or confuse its readers, and no name contains any. */
function encodeValue(text: string): string {
  const printable = text.replace(/\p{Cc}+/gu, ' ').trim()
  return Buffer.from(printable, 'utf8').toString('latin1')
}

/** A name as the least careful app reads it: to CGI and its successors `remote-user`, `remote_user` and `Remote.User` are one. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

const plainName = /^[a-z0-9-]+$/

/** Names that were checked before. Requests use the same few names again and again. */
const plainNames = new Set<string>()
const mostNames = 500

function isPlainName(name: string): boolean {
  if (plainNames.has(name)) return true
  if (!plainName.test(name)) return false
  if (plainNames.size < mostNames) plainNames.add(name)
  return true
}

/** Checks whether a request has a header that an app could mistake for one of ours, in a spelling that no proxy replaces. */
export function createDisguiseCheck(names: readonly string[]) {
  const own = new Set(names.map(canonical))
  return (sent: Readonly<Record<string, unknown>>): boolean => {
    for (const name in sent) {
      if (!isPlainName(name) && own.has(canonical(name))) return true
    }
    return false
  }
}
