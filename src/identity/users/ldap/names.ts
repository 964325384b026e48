/**
 * To which directory a typed name belongs, by its form alone: `CORP\erika` and `erika@corp.example` name their directory;
 * any other name belongs to the first directory that has it. Owns which values are then searched; asks no directory.
 */
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { canonicalUsername } from '../user.ts'

/** An attribute, and the value that it has in the entry of the person who is meant. */
export interface NameValue {
  readonly attribute: string
  readonly value: string
}

export interface NameAttributes {
  /** The attribute that becomes the username. */
  readonly username: string
  readonly login: readonly string[]
  /**
   * The attributes that only administrators write. People may write any text into the other attributes of their own
   * entry.
   */
  readonly assigned: readonly string[]
}

export type NameRule = Pick<DirectoryConfig, 'name' | 'domain' | 'upn_suffixes'>

/** Whether the name says by itself that it belongs to this directory. */
export function isClaimed({ name, domain, upn_suffixes: suffixes }: NameRule, typed: string) {
  const text = canonicalUsername(typed)
  if (text === undefined) return false
  const { prefix, suffix } = splitName(text)
  if (prefix !== undefined) return [name, domain?.toLowerCase()].includes(prefix)
  return suffix !== undefined && suffixes.some((one) => one.toLowerCase() === suffix)
}

/**
 * The values to search for, in order of priority. The name means the person with the first value that anybody has. So
 * nobody can take another person's name by writing it into an attribute of their own. Empty: nobody can have this name.
 */
export function listNameValues(
  rule: NameRule,
  { username, login, assigned }: NameAttributes,
  typed: string,
): NameValue[] {
  const text = canonicalUsername(typed)
  if (text === undefined) return []
  const isOurs = isClaimed(rule, typed)
  const { prefix, local } = splitName(text)
  if (isOurs && local === '') return []
  const account = { attribute: username, value: local }
  if (isOurs && prefix !== undefined) return [account]
  const isAssigned = (name: string) => hasName(assigned, name) || hasName([username], name)
  const find = (attribute: string): NameValue => ({ attribute, value: text })
  return [
    ...login.filter((name) => hasName([username], name)).map(find),
    ...login.filter((name) => isAssigned(name) && !hasName([username], name)).map(find),
    // As in Active Directory, everybody also has their account name with the suffix of the domain.
    ...(isOurs ? [account] : []),
    ...login
      .filter((name) => !isAssigned(name) && (!hasName(['mail'], name) || text.includes('@')))
      .map(find),
  ]
}

const hasName = (names: readonly string[], name: string): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase())

function splitName(text: string): { prefix?: string; local: string; suffix?: string } {
  const slash = text.indexOf('\\')
  if (slash > 0) return { prefix: text.slice(0, slash), local: text.slice(slash + 1) }
  const at = text.lastIndexOf('@')
  return at > 0 ? { local: text.slice(0, at), suffix: text.slice(at + 1) } : { local: text }
}
