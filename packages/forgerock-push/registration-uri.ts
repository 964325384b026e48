/**
 * The text in the registration QR: `pushauth://` for push alone, `mfauth://` for push and one-time codes together. It contains
 * the account's secret in clear. Owns building and reading. Client generations have different limits; a URI that is built here
 * can be read by all of them.
 */
import { fromBase64, isSafeInQr, textFromBase64, toBase64, toBase64Url } from './base64.ts'
import { acceptableAccountName, acceptableIssuer } from './issuer.ts'
import { asciiJson, readObject } from './json.ts'

/** The cookie that phones send back. Clients require one; its value means nothing here. */
export const defaultCookie = 'amlbcookie=01'

/** The one-time codes of an `mfauth://` URI. */
export interface OathPart {
  readonly kind: 'totp' | 'hotp'
  /** Base32 without padding (RFC 4648 section 6). */
  readonly secret: string
  readonly digits: 6 | 8
  /** Seconds; for `totp`. */
  readonly period?: number
  /** For `hotp`. */
  readonly counter?: number
  /** Absent for SHA-1. */
  readonly algorithm?: 'SHA256' | 'SHA512'
  /** The id of the server's OATH profile. */
  readonly profileId?: string
}

/** How the account looks in the app. */
export interface RegistrationBrand {
  /** Cleaned by `acceptableIssuer`. */
  readonly issuer: string
  /** Six hex digits, with or without `#`. */
  readonly backgroundColor?: string
  readonly imageUrl?: string
}

/** Whose account it is. */
export interface RegistrationAccount {
  /** Cleaned by `acceptableAccountName`. */
  readonly name: string
  /** The server's name of the user; phones send it back with a refresh. Left out if some client would misread it. */
  readonly userId?: string
  readonly profileId?: string
}

/** Where the phone sends its requests, and the cookie that it sends with them. */
export interface RegistrationEndpoints {
  /** Ends in `?_action=register`; at most 192 characters. */
  readonly registerUrl: string
  /** The same address with `?_action=authenticate`. */
  readonly authenticateUrl: string
  /** `name=value`, ASCII. */
  readonly cookie?: string
}

export interface RegistrationInput {
  readonly brand: RegistrationBrand
  readonly account: RegistrationAccount
  readonly endpoints: RegistrationEndpoints
  readonly messageId: string
  /** 32 bytes. */
  readonly sharedSecret: Uint8Array
  /** Base64 of 32 bytes. */
  readonly challenge: string
  /** For example `{ biometricAvailable: {} }`. A phone that does not meet them locks the account. */
  readonly policies?: Readonly<Record<string, unknown>>
  /** Makes the URI an `mfauth://` one. */
  readonly oath?: OathPart
}

/**
 * Builds the URI of a registration QR, at most 4096 characters.
 * @throws RangeError naming the value that some client generation would not read
 *
 *     buildRegistrationUri({
 *       brand: { issuer: 'Example' },
 *       account: { name: 'erika' },
 *       endpoints: {
 *         registerUrl: `${base}?_action=register`,
 *         authenticateUrl: `${base}?_action=authenticate`,
 *       },
 *       messageId: makeMessageId('REGISTER', uuid, now),
 *       sharedSecret: randomSecret(random),
 *       challenge: randomChallenge(random),
 *     }) // pushauth://push/Example:erika?l=…
 */
export function buildRegistrationUri(input: RegistrationInput): string {
  const issuer = acceptableIssuer(input.brand.issuer)
  if (issuer.type === 'refused') throw new RangeError(`The issuer is ${issuer.reason}`)
  checkEndpoints(input.endpoints)
  checkKeys(input)
  const label = `${encodeURIComponent(issuer.issuer)}:${encodeURIComponent(acceptableAccountName(input.account.name))}`
  const query = [...pushParameters(input, issuer.issuer), ...lookParameters(input)]
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const uri = `${input.oath ? `mfauth://${input.oath.kind}` : 'pushauth://push'}/${label}?${query}`
  if (uri.length > 4096) throw new RangeError('The registration URI is longer than 4096 characters')
  return uri
}

type Parameter = readonly [name: string, value: string]

function pushParameters(input: RegistrationInput, issuer: string): Parameter[] {
  const { endpoints, account } = input
  return [
    ['l', safeInQr('cookie', endpoints.cookie ?? defaultCookie)],
    ['issuer', toBase64Url(issuer)],
    ['m', input.messageId],
    ['s', toBase64Url(input.sharedSecret)],
    ['c', toBase64Url(fromBase64(input.challenge) ?? '')],
    ['r', toBase64Url(endpoints.registerUrl)],
    ['a', toBase64Url(endpoints.authenticateUrl)],
    ...optional('uid', isSafeInQr(account.userId ?? '') ? toBase64Url(account.userId ?? '') : ''),
    ...optional('pid', account.profileId && safeInQr('profileId', account.profileId)),
  ]
}

function lookParameters(input: RegistrationInput): Parameter[] {
  const { oath, policies } = input
  const { imageUrl, backgroundColor } = input.brand
  const image =
    imageUrl && encodeURIComponent(oath ? imageUrl : toBase64(imageUrl).replace(/=+$/, ''))
  return [
    ...(oath ? oathParameters(oath) : []),
    ...optional('b', backgroundColor && formatColor(backgroundColor)),
    ...optional('image', image),
    ...optional('oid', oath?.profileId && safeInQr('oath.profileId', oath.profileId)),
    ...optional('policies', policies && safeInQr('policies', asciiJson(policies))),
  ]
}

function oathParameters(oath: OathPart): Parameter[] {
  if (!/^[A-Z2-7]+$/.test(oath.secret)) throw new RangeError('oath.secret is not bare base32')
  return [
    ['secret', oath.secret],
    oath.kind === 'totp' ? ['period', `${oath.period ?? 30}`] : ['counter', `${oath.counter ?? 0}`],
    ['digits', `${oath.digits}`],
    ...optional('algorithm', oath.algorithm),
  ]
}

function optional(name: string, value: string | undefined): Parameter[] {
  return value ? [[name, value]] : []
}

function safeInQr(name: string, value: string): string {
  const encoded = toBase64Url(value)
  if (!isSafeInQr(value)) throw new RangeError(`${name} holds a character that phones misread`)
  if (encoded.length > 256) throw new RangeError(`${name} is longer than phones read`)
  return encoded
}

function formatColor(color: string): string {
  const digits = color.replace(/^#/, '').toLowerCase()
  if (!/^[\da-f]{6}$/.test(digits)) throw new RangeError('backgroundColor is not six hex digits')
  return digits
}

function checkKeys(input: RegistrationInput): void {
  if (input.sharedSecret.length < 32) throw new RangeError('sharedSecret is shorter than 32 bytes')
  if (fromBase64(input.challenge)?.length !== 32)
    throw new RangeError('challenge is not 32 bytes in base64')
  if (!/^[\w:.-]+$/.test(input.messageId)) throw new RangeError('messageId is not plain text')
}

/**
 * Newer clients drop the query and build all three addresses from the first one, so the addresses must be the same without it.
 */
function checkEndpoints({ registerUrl, authenticateUrl }: RegistrationEndpoints): void {
  const base = registerUrl.replace(/\?_action=register$/, '')
  const valid = URL.canParse(registerUrl) && /^https?:\/\/[^?#]+$/.test(base)
  if (base === registerUrl || !valid)
    throw new RangeError('registerUrl does not end in ?_action=register')
  if (authenticateUrl !== `${base}?_action=authenticate`)
    throw new RangeError('authenticateUrl differs from registerUrl in more than _action')
  if (Math.max(registerUrl.length, authenticateUrl.length) > 192)
    throw new RangeError('authenticateUrl is longer than 192 characters')
}

/** What a phone stores from a registration URI. */
export interface Registration {
  readonly issuer: string
  readonly accountName: string
  readonly registerUrl: string
  readonly authenticateUrl: string
  readonly sharedSecret: Uint8Array
  /** Standard base64. */
  readonly challenge: string
  readonly messageId: string
  readonly cookie: string
  readonly userId?: string
  readonly profileId?: string
  /** Six hex digits. */
  readonly backgroundColor?: string
  readonly imageUrl?: string
  readonly policies?: Readonly<Record<string, unknown>>
  readonly oath?: OathPart
}

export type RegistrationUriReading =
  | { readonly type: 'ok'; readonly registration: Registration }
  | { readonly type: 'refused'; readonly reason: 'not_a_registration' }
  | { readonly type: 'refused'; readonly reason: 'unreadable'; readonly parameter: string }

/** Reads a URI as the strictest of the clients would. Never throws. */
export function parseRegistrationUri(uri: string): RegistrationUriReading {
  const match = /^(?:pushauth:\/\/push|mfauth:\/\/(totp|hotp))\/([^?#]*)\?([^#]*)$/.exec(uri)
  if (match === null) return { type: 'refused', reason: 'not_a_registration' }
  try {
    const kind = match[1] as 'totp' | 'hotp' | undefined
    const parameters = readQuery(match[3] ?? '')
    const push = readPush(parameters, match[2] ?? '')
    const oath = kind && readOath(parameters, kind)
    const look = readLook(parameters, oath !== undefined)
    return { type: 'ok', registration: { ...push, ...look, ...(oath && { oath }) } }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { type: 'refused', reason: 'unreadable', parameter: error.message }
  }
}

/** Its message is the name of the parameter. Does not leave this file. */
class Unreadable extends Error {}

function readQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=')
    if (at < 1) continue
    const name = pair.slice(0, at)
    if (parameters.has(name)) throw new Unreadable(name)
    parameters.set(name, unescaped(name, pair.slice(at + 1)))
  }
  return parameters
}

function unescaped(name: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Unreadable(name)
  }
}

function readPush(parameters: Map<string, string>, label: string) {
  const at = label.indexOf(':')
  const labelIssuer = unescaped('label', label.slice(0, Math.max(at, 0)))
  const accountName = unescaped('label', label.slice(at + 1))
  const issuer = requireValue('issuer', decodedText(parameters, 'issuer'))
  if (accountName === '') throw new Unreadable('label')
  if (labelIssuer !== '' && labelIssuer.toLowerCase() !== issuer.toLowerCase())
    throw new Unreadable('issuer')
  const userId = decodedText(parameters, 'uid')
  const profileId = decodedText(parameters, 'pid')
  return {
    issuer,
    accountName,
    registerUrl: readUrl(parameters, 'r'),
    authenticateUrl: readUrl(parameters, 'a'),
    sharedSecret: readKey(parameters, 's'),
    challenge: toBase64(readKey(parameters, 'c')),
    messageId: requireValue('m', parameters.get('m')),
    cookie: requireValue('l', decodedText(parameters, 'l')),
    ...(userId !== undefined && { userId }),
    ...(profileId !== undefined && { profileId }),
  }
}

function readLook(parameters: Map<string, string>, imageIsPlain: boolean) {
  const color = parameters.get('b')
  const image = imageIsPlain ? parameters.get('image') : decodedText(parameters, 'image')
  const policiesText = decodedText(parameters, 'policies')
  const policies = policiesText === undefined ? undefined : readObject(policiesText)
  if (policiesText !== undefined && policies === undefined) throw new Unreadable('policies')
  return {
    ...(color !== undefined && { backgroundColor: color }),
    ...(image !== undefined && { imageUrl: image }),
    ...(policies !== undefined && { policies }),
  }
}

function readOath(parameters: Map<string, string>, kind: 'totp' | 'hotp'): OathPart {
  const secret = requireValue('secret', parameters.get('secret')?.replace(/=+$/, ''))
  if (!/^[A-Z2-7]+$/i.test(secret)) throw new Unreadable('secret')
  const digits = readWhole(parameters, 'digits', 6)
  if (digits !== 6 && digits !== 8) throw new Unreadable('digits')
  const algorithm = parameters.get('algorithm') ?? 'SHA1'
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256' && algorithm !== 'SHA512')
    throw new Unreadable('algorithm')
  const period = readWhole(parameters, 'period', 30)
  if (kind === 'totp' && (period < 1 || period > 300)) throw new Unreadable('period')
  const profileId = decodedText(parameters, 'oid')
  return {
    kind,
    secret: secret.toUpperCase(),
    digits,
    ...(kind === 'totp' ? { period } : { counter: readWhole(parameters, 'counter', 0) }),
    ...(algorithm !== 'SHA1' && { algorithm }),
    ...(profileId !== undefined && { profileId }),
  }
}

function readWhole(parameters: Map<string, string>, name: string, byDefault: number): number {
  const text = parameters.get(name) ?? `${byDefault}`
  if (!/^\d{1,9}$/.test(text)) throw new Unreadable(name)
  return Number(text)
}

function readUrl(parameters: Map<string, string>, name: string): string {
  const url = requireValue(name, decodedText(parameters, name))
  if (!URL.canParse(url) || !/^https?:\/\//.test(url)) throw new Unreadable(name)
  return url
}

function readKey(parameters: Map<string, string>, name: string): Uint8Array {
  const bytes = fromBase64(parameters.get(name) ?? '')
  if (bytes === undefined || bytes.length < 32) throw new Unreadable(name)
  return bytes
}

function decodedText(parameters: Map<string, string>, name: string): string | undefined {
  const value = parameters.get(name)
  return value === undefined ? undefined : requireValue(name, textFromBase64(value))
}

function requireValue(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new Unreadable(name)
  return value
}
