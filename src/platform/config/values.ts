/**
 * The kinds of values in a configuration: durations, networks, texts in two languages. Owns the written form of each kind and
 * its parsed value. A `title` names the kind for people; mistakes and documentation print it.
 */
import { isIP } from 'node:net'
import { z } from 'zod'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/

/** `15m` as milliseconds; `undefined`: not a duration. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit] = durationPattern.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  return Number(amount) * unitMs[unit as keyof typeof unitMs]
}

/** A text that is not empty. */
export const text = (maxLength: number) => z.string().min(1).max(maxLength)

/** The rule for group names, in words. Directories use blanks and brackets in names, as in *Sales (Berlin)*. */
export const groupNameRule =
  "1 to 100 letters, digits, blanks and . _ - & ( ) + ' ! # @ /, the first a letter or digit"

/** Without comma and semicolon, because apps get all names in one header. */
export const groupName = z
  .string()
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._&()+'!#@/ -]{0,98}[\p{L}\p{M}\p{N}._&()+'!#@/-])?$/u)
  .meta({ title: groupNameRule })

/** A duration such as `90s`, `15m`, `8h` or `30d`; becomes milliseconds. */
export function duration(from: string, to: string) {
  const title = `a duration from ${from} to ${to} (ms, s, m, h or d)`
  const [low, high] = [durationMs(from) ?? 0, durationMs(to) ?? 0]
  return z
    .string()
    .refine(
      (text) => {
        const ms = durationMs(text)
        return ms !== undefined && ms >= low && ms <= high
      },
      { error: title, abort: true },
    )
    .meta({ title })
    .transform((text) => durationMs(text) ?? 0)
}

/** An address or a range as CIDR (a single address gets its full prefix length); `undefined`: it is neither. */
export function parseCidr(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return undefined
  const bits = version === 4 ? 32 : 128
  if (prefix === undefined) return `${address}/${bits}`
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? text : undefined
}

const networkTitle = 'an address or a range such as 10.0.0.0/8 or 2001:db8::/32'

/** An IPv4 or IPv6 range; becomes CIDR. */
export const network = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, networkTitle)
  .meta({ title: networkTitle })
  .transform((text) => parseCidr(text) ?? text)

/** One text for both languages, or one for each; becomes `{ de, en }`. */
export const localizedText = z
  .union([
    z.string().min(1).max(200),
    z.strictObject({ de: z.string().min(1).max(200), en: z.string().min(1).max(200) }),
  ])
  .meta({ title: 'a text, or { de: …, en: … }' })
  .transform((text) => (typeof text === 'string' ? { de: text, en: text } : text))

const mailDomainTitle = 'a mail domain such as example.org, without an @'

/** What follows the `@` of an e-mail address; becomes lower case. */
export const mailDomain = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}$/i, mailDomainTitle)
  .meta({ title: mailDomainTitle })
  .transform((domain) => domain.toLowerCase())

function parsedUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && ['http:', 'https:'].includes(url.protocol) ? url : undefined
}

const originTitle = 'an origin such as https://login.example.org, without a path'

/** An http or https origin; becomes its normal form without a slash at the end. */
export const origin = z
  .string()
  .refine((text) => {
    const url = parsedUrl(text)
    if (url === undefined || url.username !== '' || url.password !== '') return false
    return url.pathname === '/' && !/[?#]/.test(text)
  }, originTitle)
  .meta({ title: originTitle })
  .transform((text) => parsedUrl(text)?.origin ?? text)

const originPatternTitle =
  'an origin such as https://push.example.org, or http://127.0.0.1:* for every port'

/** An origin, or one whose port is `*`; becomes its normal form. */
export const originPattern = z
  .string()
  .refine((text) => origin.safeParse(text.replace(/:\*$/, ':1')).success, originPatternTitle)
  .meta({ title: originPatternTitle })
  .transform((text) => (text.endsWith(':*') ? text.toLowerCase() : origin.parse(text)))

const timeZoneTitle = 'a time zone such as Europe/Berlin or UTC'

/** The name of a time zone in the IANA list. */
export const timeZone = z
  .string()
  .refine((text) => {
    try {
      return /^[A-Z]/i.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
    } catch {
      return false
    }
  }, timeZoneTitle)
  .meta({ title: timeZoneTitle })

const webAddressTitle = 'an http or https address'

/** An http or https address with any path. */
export const webAddress = z
  .string()
  .refine((text) => parsedUrl(text) !== undefined, webAddressTitle)
  .meta({ title: webAddressTitle })

/** Whether a host is this machine. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)
