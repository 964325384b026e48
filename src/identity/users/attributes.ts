/**
 * Further facts about a person, beside name, address and groups: attributes for apps, as a directory has them. Owns their
 * names and what a value may be. The settings of an app say which attributes it gets. No rule depends on attributes.
 */
import { countCodePoints } from '../../platform/kernel/text.ts'

/** The values of each attribute by its name. Each name in it has at least one value. */
export type Attributes = ReadonlyMap<string, readonly string[]>

/** The new values of each attribute; an empty list removes it. */
export type AttributeChanges = ReadonlyMap<string, readonly string[]>

interface WellKnown {
  /** More than one value is allowed. */
  readonly isList?: true
  /** The number of values that are allowed; absent: as of any attribute. */
  readonly most?: number
  /** The form of a value; absent: any text. */
  readonly pattern?: RegExp
  /** The allowed values, in words. */
  readonly allowed?: string
}

/** Windows logs nobody on who is in more groups than 1,015. */
const mostGroups = 1024

const anyText: WellKnown = {}
const sid = {
  pattern: /^S-1(-(0|[1-9]\d{0,14})){2,16}$/,
  allowed: 'a security identifier such as S-1-5-21-1004336348-1177238915-682003330-512',
}
const address = {
  pattern: /^https?:\/\/[\x21-\x7e]+$/,
  allowed: 'an address in ASCII that begins with https://',
}

/** Names that mean the same in every directory, so that the settings of an app work with any directory. */
const wellKnown: Readonly<Record<string, WellKnown>> = {
  givenName: anyText,
  middleName: anyText,
  familyName: anyText,
  nickname: anyText,
  title: anyText,
  gender: anyText,
  birthdate: { pattern: /^\d{4}(-\d{2}-\d{2})?$/, allowed: 'YYYY-MM-DD or YYYY' },
  locale: {
    pattern: /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/,
    allowed: 'a language such as de-DE',
  },
  zoneinfo: {
    pattern: /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/,
    allowed: 'a zone such as Europe/Berlin',
  },
  picture: address,
  profile: address,
  website: address,
  phone: {
    pattern: /^[+]?[0-9 ()./-]{3,40}(;ext=\d{1,10})?$/,
    allowed: 'a number such as +49 30 1234567',
  },
  mobile: { pattern: /^[+]?[0-9 ()./-]{3,40}$/, allowed: 'a number such as +49 170 1234567' },
  street: anyText,
  locality: anyText,
  region: anyText,
  postalCode: anyText,
  country: anyText,
  organization: anyText,
  department: anyText,
  employeeNumber: anyText,
  upn: { pattern: /^[^\s@]+@[^\s@]+$/, allowed: 'a name such as erika@corp.example.org' },
  samAccountName: anyText,
  sid,
  groupSids: { ...sid, isList: true, most: mostGroups },
}

export const wellKnownAttributes: readonly string[] = Object.keys(wellKnown)

const namePattern = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/

/** What a name may be, in words. */
export const attributeNameRule = `up to 64 letters, digits, dots, dashes and underscores, the first a letter. Well known: ${wellKnownAttributes.join(', ')}`

const longestValue = 1000
const mostValues = 200

/** Why this is not a valid attribute name; undefined: it is valid. */
export function explainAttributeName(name: string): string | undefined {
  if (!namePattern.test(name)) return attributeNameRule
  const same = wellKnownAttributes.find((one) => one.toLowerCase() === name.toLowerCase())
  // Two spellings of one name would be two attributes, and an app could get the wrong one.
  return same === undefined || same === name ? undefined : `the name ${same}, in this spelling`
}

/** Why an attribute may not have these values; undefined: it may. */
export function explainAttributeValues(
  name: string,
  values: readonly string[],
): string | undefined {
  const {
    isList,
    pattern,
    allowed,
    most = mostValues,
  } = findWellKnown(name) ?? {
    isList: true as const,
  }
  if (values.length > 1 && isList !== true) return 'one value'
  if (values.length > most) return `at most ${most} values`
  if (new Set(values).size < values.length) return 'each value once'
  if (!values.every(isValue)) return `a text of 1 to ${longestValue} visible characters`
  return pattern === undefined || values.every((value) => pattern.test(value)) ? undefined : allowed
}

/** Whether a well-known attribute has a list of values. Other attributes have as many values as were typed. */
export function isListAttribute(name: string): boolean {
  return findWellKnown(name)?.isList === true
}

function findWellKnown(name: string): WellKnown | undefined {
  return Object.hasOwn(wellKnown, name) ? wellKnown[name] : undefined
}

function isValue(value: string): boolean {
  if (value.trim() === '' || !value.isWellFormed()) return false
  if (value.length > longestValue * 2 || countCodePoints(value) > longestValue) return false
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)
}
