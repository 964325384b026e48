/**
 * To which directory a typed name belongs, by its form alone: `CORP\erika` and `erika@corp.example` name theirs, all other names
 * belong to the first that has them. Owns what is then looked for; asks nobody.
 */
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { canonicalUsername } from '../user.ts'

/** What to look for, one after the other: the first with a result decides. */
export type Spelling =
  | { readonly in: 'login_attributes'; readonly value: string }
  | { readonly in: 'username_attribute'; readonly value: string }

export type NameRule = Pick<DirectoryConfig, 'name' | 'domain' | 'upn_suffixes'>

/** Whether the name says by itself that it belongs to this directory. */
export function isClaimed({ name, domain, upn_suffixes: suffixes }: NameRule, typed: string) {
  const text = canonicalUsername(typed)
  if (text === undefined) return false
  const { prefix, suffix } = splitName(text)
  if (prefix !== undefined) return [name, domain?.toLowerCase()].includes(prefix)
  return suffix !== undefined && suffixes.some((one) => one.toLowerCase() === suffix)
}

/** None: nobody can have this name. */
export function listSpellings(rule: NameRule, typed: string): Spelling[] {
  const text = canonicalUsername(typed)
  if (text === undefined) return []
  if (!isClaimed(rule, typed)) return [{ in: 'login_attributes', value: text }]
  const { prefix, local } = splitName(text)
  if (local === '') return []
  if (prefix !== undefined) return [{ in: 'username_attribute', value: local }]
  return [
    { in: 'login_attributes', value: text },
    // As Active Directory does: everybody has the name of their account with the suffix of the domain as well.
    { in: 'username_attribute', value: local },
  ]
}

function splitName(text: string): { prefix?: string; local: string; suffix?: string } {
  const slash = text.indexOf('\\')
  if (slash > 0) return { prefix: text.slice(0, slash), local: text.slice(slash + 1) }
  const at = text.lastIndexOf('@')
  return at > 0 ? { local: text.slice(0, at), suffix: text.slice(at + 1) } : { local: text }
}
