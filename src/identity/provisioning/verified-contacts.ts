/**
 * Which e-mail addresses and telephone numbers are verified. Apps find accounts by addresses, so a person who can write a
 * verified address of another one can become that one there. Owns who verifies: here administrators verify all that they
 * type; a directory and a system that provisions verify what an operator has configured for them.
 */
import type { Config } from '../../platform/config/schema.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Manager, User } from '../users/user.ts'
import { listTokensOf } from './tokens.ts'

export interface VerifiedContacts {
  /** `all`: whatever the address is. Else the domains of those that are verified, in lower case. */
  readonly mailDomains: 'all' | readonly string[]
  /** Whether telephone numbers are. */
  readonly phoneNumbers: boolean
}

export type FindVerifiedContacts = (
  queries: Queries,
  user: Pick<User, 'managedBy'>,
) => Promise<VerifiedContacts>

const typedHere: VerifiedContacts = { mailDomains: 'all', phoneNumbers: true }
const nothing: VerifiedContacts = { mailDomains: [], phoneNumbers: false }

/** Users of Einlass itself cost no look-up. */
export function createFindVerifiedContacts({
  directories,
}: Pick<Config, 'directories'>): FindVerifiedContacts {
  const ofDirectories = new Map<Manager, VerifiedContacts>(
    directories.map((one) => [
      `directory:${one.name}`,
      { mailDomains: one.verified_mail_domains, phoneNumbers: one.verified_phone_numbers },
    ]),
  )
  return async (queries, { managedBy }) => {
    if (managedBy === null) return typedHere
    const system = /^scim:(.*)$/.exec(managedBy)?.[1]
    if (system === undefined) return ofDirectories.get(managedBy) ?? nothing
    const all = await listTokensOf(queries, system)
    return {
      mailDomains: all.flatMap(({ verifiedMailDomains }) => verifiedMailDomains),
      phoneNumbers: all.some(({ verifiesPhoneNumbers }) => verifiesPhoneNumbers),
    }
  }
}

export function isVerifiedAddress({ mailDomains }: VerifiedContacts, address: string): boolean {
  if (mailDomains === 'all') return true
  return mailDomains.includes(address.slice(address.lastIndexOf('@') + 1).toLowerCase())
}
