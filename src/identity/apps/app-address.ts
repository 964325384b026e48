/** Addresses that apps name: where a login or a logout may end, and where Einlass sends messages to an app. */
import { z } from 'zod'

/**
 * Names, and addresses as the URL parser writes them: also IPv4 in IPv6, and the unspecified address, which means this
 * machine.
 */
const loopback =
  /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]|\[::ffff:0:0\])$/

/** Whether data sent to this host cannot leave the machine. */
export const isLoopbackHost = ({ hostname }: Pick<URL, 'hostname'>): boolean =>
  loopback.test(hostname)

/** Apps send their addresses in this form, and addresses are compared exactly. Registration answers with it too. */
export const asciiRule =
  'an address in ASCII without spaces: its host in Punycode (xn--), other characters percent-encoded'

const asciiPattern = /^[\x21-\x7e]+$/

/** Whether the address is in the form of `asciiRule`. */
export const isAsciiAddress = (text: string): boolean => asciiPattern.test(text)

/** A mistake that `refine` finds is shown with its own words; for one of `regex`, commands show the rule of the option. */
function createAddressSchema(isAllowed: (url: URL) => boolean, allowed: string) {
  return z
    .string()
    .max(2000)
    .refine(isAsciiAddress, { error: asciiRule, abort: true })
    .meta({ pattern: asciiPattern.source })
    .refine((text) => URL.canParse(text), {
      error: 'an absolute address such as https://app.example.org/callback',
      abort: true,
    })
    .refine((text) => isAllowed(new URL(text)), allowed)
    .refine((text) => !text.includes('#'), 'an address without a fragment')
    .refine((text) => !text.includes('*'), 'an address without a wildcard')
    .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
      error: 'an address without a user name and password',
    })
}

/** An address that an app names: https, or http on a loopback host. Addresses are compared exactly; there are no patterns. */
export const appAddressSchema = createAddressSchema(isSafe, 'https, or http on a loopback host')

/** The same, or an address with a private-use scheme that opens an app on a phone or a computer (RFC 8252 section 7.1). */
export const nativeAddressSchema = createAddressSchema(
  (url) => isSafe(url) || isPrivateUse(url),
  'https, or http on a loopback host; for a native app also a scheme such as com.example.app',
)

function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url))
}

/**
 * The scheme must be a reversed domain name, which belongs to the app's maker. A scheme without a dot may be anything,
 * for example `javascript`.
 */
export function isPrivateUse({ protocol }: URL): boolean {
  return /^[a-z][a-z\d-]*(\.[a-z\d-]+)+:$/.test(protocol)
}
