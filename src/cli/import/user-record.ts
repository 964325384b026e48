/**
 * Reads a record as a user. Owns the meaning of column names and LDAP attributes, and why a record is refused. The reasons
 * contain only names of the record and no other value, which may be a password.
 */

import type { ImportedUser } from '../../identity/operations/import-users.ts'
import {
  type Attributes,
  explainAttributeName,
  explainAttributeValues,
  isListAttribute,
  wellKnownAttributes,
} from '../../identity/users/attributes.ts'
import { groupNameSchema } from '../../identity/users/groups.ts'
import type { HashRefusal } from '../../identity/users/password-hashes/form.ts'
import { parsePasswordHash } from '../../identity/users/password-hashes/password-hash.ts'
import { usernameRule } from '../../identity/users/user.ts'
import { quoteWord } from '../../platform/kernel/text.ts'
import { newUserSchema } from '../user.ts'
import { type Field, type Fields, notUtf8 } from './record.ts'
import type { ItemReading } from './run.ts'
import { shorten } from './tally.ts'
import { findUsername, usernameColumns } from './username.ts'

/** Imported only on request, because it is more than the identity of a person. */
export const extras = ['attributes', 'groups', 'roles', 'role-holders'] as const
export type Extra = (typeof extras)[number]

export interface UserReadingOptions {
  readonly extras: ReadonlySet<Extra>
  /** The column of the user name, in lower case; absent: the first of `usernameColumns`. */
  readonly usernameFrom?: string | undefined
  /** New users with a password choose another one at their first login. */
  readonly mustChange: boolean
}

/** `passed`: the record is no person, for example a group in an LDIF. */
export type UserReading = ItemReading<ImportedUser>

/** Column names in lower case; the first one that a record has is used. */
const names = {
  displayName: ['displayname', 'name', 'cn'],
  email: ['email', 'e-mail', 'mail'],
  hash: ['passwordhash', 'userpassword'],
  groups: ['groups', 'memberof', 'ismemberof'],
  role: ['role'],
  mustChange: ['mustchange'],
} as const

/** The LDAP names of values that have another name here. */
const ldapNames: Readonly<Record<string, string>> = {
  sn: 'familyName',
  telephonenumber: 'phone',
  streetaddress: 'street',
  l: 'locality',
  st: 'region',
  co: 'country',
  o: 'organization',
  company: 'organization',
  userprincipalname: 'upn',
  preferredlanguage: 'locale',
}

/** Attributes that are ignored without a word in the report. */
const noise = new Set(['dn', 'objectclass', 'changetype', 'objectcategory', 'keycloak', 'authelia'])

/** Columns that can say that a user is disabled, each with the test of its value. */
const disabling: Readonly<Record<string, (value: string) => boolean | undefined>> = {
  disabled: readYesNo,
  nsaccountlock: readYesNo,
  'ds-pwp-account-disabled': readYesNo,
  // AM
  inetuserstatus: (value) => value.toLowerCase() !== 'active',
  // Active Directory: the bit ACCOUNTDISABLE
  useraccountcontrol: (value) => (/^\d{1,10}$/.test(value) ? (Number(value) & 2) !== 0 : undefined),
  // OpenLDAP: locked without an end
  pwdaccountlockedtime: (value) => value.startsWith('000001010000'),
}

function readYesNo(value: string): boolean | undefined {
  if (/^(true|yes|1|wahr|ja)$/i.test(value)) return true
  return /^(false|no|0|falsch|nein)$/i.test(value) ? false : undefined
}

class Refusal extends Error {}

export function readUser(fields: Fields, options: UserReadingOptions): UserReading {
  const username = findUsername(fields, options.usernameFrom)
  if (isNobody(fields, username)) return { type: 'passed' }
  try {
    return readPerson(fields, username ?? '', options)
  } catch (error) {
    if (error instanceof Refusal) return { type: 'refused', reason: error.message, name: username }
    throw error
  }
}

/** Whether the record is a group, folder or computer of a directory, or the service account of an app. */
function isNobody(fields: Fields, username: string | undefined): boolean {
  if (fields.get('keycloak')?.values[0] === 'service account') return true
  const classes = fields.get('objectclass')?.values.map((value) => value.toLowerCase())
  if (classes === undefined) return false
  return username === undefined || classes.includes('computer')
}

function readPerson(fields: Fields, username: string, options: UserReadingOptions): UserReading {
  const taken = new Set<string>(options.usernameFrom === undefined ? [] : [options.usernameFrom])
  const leftOut: string[] = []
  const take = (columns: readonly string[]): Field | undefined => {
    for (const column of columns) taken.add(column)
    return pick(fields, columns)
  }
  const takeExtra = (extra: Extra, columns: readonly string[]): Field | undefined => {
    const field = take(columns)
    if (field === undefined || options.extras.has(extra)) return field
    leftOut.push(field.name)
    return undefined
  }
  if (fields.has('password'))
    throw new Refusal('it has a password in the clear; only hashes are imported (passwordHash)')
  for (const column of usernameColumns) taken.add(column)
  const passwordHash = readHash(take(names.hash))
  const identity = readIdentity(username, take(names.displayName), take(names.email))
  const groups = readGroups(takeExtra('groups', names.groups), leftOut)
  const role = readRole(takeExtra('roles', names.role))
  const mustChange = readMustChange(take(names.mustChange))
  const isDisabled = readDisabled(fields, taken)
  const attributes = readAttributes(fields, taken, options.extras.has('attributes'), leftOut)
  const item: ImportedUser = {
    ...identity,
    ...(passwordHash !== undefined && {
      passwordHash,
      passwordChangeRequired: options.mustChange || mustChange,
    }),
    ...(role !== undefined && { role }),
    isDisabled,
    attributes,
    groups,
  }
  return { type: 'item', item, leftOut }
}

const pick = (fields: Fields, columns: readonly string[]): Field | undefined =>
  columns.map((column) => fields.get(column)).find((field) => field !== undefined)

function readIdentity(username: string, name: Field | undefined, address: Field | undefined) {
  const displayName = name?.values[0]?.trim() || undefined
  const email = address?.values[0]?.trim() || undefined
  const wanted = { username, displayName: displayName ?? username, email: email ?? null }
  const checked = newUserSchema.safeParse(wanted)
  if (!checked.success)
    throw new Refusal(explainIdentity(username, checked.error.issues[0]?.path[0]))
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(wanted.displayName))
    throw new Refusal('its name has characters that cannot be seen')
  return { username, displayName, email }
}

function explainIdentity(username: string, part: PropertyKey | undefined): string {
  if (username === '') return 'it has no user name'
  if (part === 'email') return 'its e-mail address cannot be one'
  if (part === 'username') return `its user name is not ${usernameRule}`
  return 'its name is longer than 200 characters'
}

function readHash(field: Field | undefined): string | undefined {
  if (field === undefined) return undefined
  const [hash = '', ...more] = field.values.map((value) => value.trim())
  if (more.length > 0) throw new Refusal('it has several passwords')
  if (hash === '') throw new Refusal(`its password hash is no text, or ${notUtf8}`)
  const reading = parsePasswordHash(hash)
  if (reading.type === 'refused') throw new Refusal(hashRefusals[reading.reason](reading.name))
  return hash
}

const hashRefusals: Readonly<Record<HashRefusal, (form?: string) => string>> = {
  unknown_form: () =>
    'its password is in the clear, or its hash is of no form that a login can verify',
  malformed: () => 'its password hash is damaged',
  too_costly: () => 'a login with its password hash would cost too much memory or time',
  unsupported: (form) =>
    `its password hash is ${form}, which no login can verify; leave the hash out, then user reset-password sends a link for a new password`,
}

/** Group names, also from DNs. Names of a directory that are not valid here are left out. */
function readGroups(field: Field | undefined, leftOut: string[]): string[] {
  const named = (field?.values ?? []).flatMap((value) => {
    const inDn = /^cn=((?:\\.|[^,\\])+)/i.exec(value)?.[1]?.replaceAll(/\\(.)/g, '$1')
    const names = inDn === undefined ? value.split(/\s*[,;|\n]\s*/) : [inDn]
    return names.map((name) => ({ name: name.trim(), isInDn: inDn !== undefined }))
  })
  const groups = new Set<string>()
  for (const { name, isInDn } of named.filter(({ name }) => name !== '')) {
    if (groupNameSchema.safeParse(name).success) groups.add(name)
    else if (isInDn) leftOut.push(`group ${name}`)
    else throw new Refusal(`its group ${quoteWord(shorten(name))} cannot be the name of one`)
  }
  return [...groups].sort()
}

function readRole(field: Field | undefined) {
  const role = field?.values[0]?.trim().toLowerCase()
  if (role === undefined || role === 'user' || role === 'admin') return role
  throw new Refusal(`its role is ${quoteWord(shorten(role))}, neither user nor admin`)
}

function readMustChange(field: Field | undefined): boolean {
  const value = field?.values[0]?.trim() ?? 'false'
  const is = readYesNo(value)
  if (is !== undefined) return is
  throw new Refusal(`its mustChange is ${quoteWord(shorten(value))}, neither true nor false`)
}

function readDisabled(fields: Fields, taken: Set<string>): boolean {
  for (const column of Object.keys(disabling)) taken.add(column)
  return Object.entries(disabling).some(([column, read]) => {
    const field = fields.get(column)
    if (field === undefined) return false
    const value = field.values[0]?.trim() ?? ''
    const is = read(value)
    if (is === undefined)
      throw new Refusal(`its ${field.name} is ${quoteWord(shorten(value))}, neither true nor false`)
    return is
  })
}

const wellKnown = new Map(wellKnownAttributes.map((name) => [name.toLowerCase(), name]))

function readAttributes(
  fields: Fields,
  taken: ReadonlySet<string>,
  isWanted: boolean,
  leftOut: string[],
): Attributes {
  const attributes = new Map<string, readonly string[]>()
  for (const [column, field] of fields) {
    const name = nameAttribute(column, field)
    const isTaken = taken.has(column) && name !== 'samAccountName'
    if (isTaken || noise.has(column)) continue
    if (name === undefined || !isWanted) {
      // For Active Directory this column is already used as the user name.
      if (!taken.has(column)) leftOut.push(field.name)
      continue
    }
    const values = readValues(name, field)
    const wrong = explainAttributeName(name) ?? explainAttributeValues(name, values)
    if (wrong !== undefined) throw new Refusal(`its ${field.name} is not ${wrong}`)
    attributes.set(name, values)
  }
  return attributes
}

function nameAttribute(column: string, { name }: Field): string | undefined {
  const own = /^attributes?\.(.*)$/i.exec(name)?.[1]
  if (own !== undefined) return wellKnown.get(own.toLowerCase()) ?? own
  return wellKnown.get(column) ?? ldapNames[column]
}

function readValues(name: string, { values }: Field): readonly string[] {
  const trimmed = values.map((value) => value.trim()).filter((value) => value !== '')
  if (!isListAttribute(name)) return trimmed
  return trimmed.flatMap((value) => value.split(/[\s,;|]+/))
}
