/**
 * Which entries of a directory are people, who may log in. Owns that the account with which Einlass reads and writes there
 * is no person: it may read everything there, and perhaps set passwords.
 */
import type { Entry, Filter } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Dialect } from './dialect.ts'
import { canonicalDn } from './dn.ts'
import { readTexts } from './entry.ts'
import type { Ldap } from './open-connection.ts'

type Rule = Pick<DirectoryConfig, 'people_filter' | 'bind_name'>

/** The kind of directory says what a person is, and `people_filter` which of them log in. */
export function createPersonFilter(
  { people_filter: text }: Rule,
  dialect: Pick<Dialect, 'isPerson'>,
  ldap: Ldap,
): Filter {
  const isPerson = dialect.isPerson(ldap)
  if (text === undefined) return isPerson
  return new ldap.AndFilter({ filters: [isPerson, ldap.FilterParser.parseString(text)] })
}

/** The attributes that tell the account of `bind_name`, where it is not a DN. */
export const bindNameAttributes = ['sAMAccountName', 'userPrincipalName']

/** Whether this entry is the account of `bind_name`: a DN, a user principal name, or `DOMAIN\name`. */
export function isBindAccount({ bind_name: name = '' }: Rule, entry: Entry): boolean {
  const dn = canonicalDn(name)
  if (dn !== undefined) return canonicalDn(entry.dn) === dn
  const [account = [], principal = []] = bindNameAttributes.map((attribute) =>
    readTexts(entry, attribute).map((text) => text.toLowerCase()),
  )
  const wanted = name.toLowerCase()
  if (principal.includes(wanted)) return true
  const [, byDomain] = /^[^\\]+\\(.+)$/.exec(wanted) ?? []
  if (byDomain !== undefined) return account.includes(byDomain)
  // Without an own principal name, an account has its name at the name of the domain.
  const domain = findDomainName(entry.dn)
  return account.some((one) => `${one}@${domain}` === wanted || one === wanted)
}

/** `corp.example` of `CN=…,DC=corp,DC=example`. */
const findDomainName = (dn: string): string =>
  [...dn.toLowerCase().matchAll(/(?:^|,)\s*dc=([^,]+)/g)].map(([, part]) => part).join('.')
