/**
 * Which e-mail addresses and telephone numbers are verified. Apps find accounts by addresses: if a person could set
 * another person's address as verified, they could get into that person's account in the app. Owns who verifies:
 * everything that administrators type here is verified; a directory or a provisioning system verifies what an operator
 * has configured for it.
 */
import type { Config } from '../../platform/config/schema.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Manager, User } from '../users/user.ts'
import { listTokensOf } from './tokens.ts'

export interface VerifiedContacts {
  /** `all`: any address is verified. Otherwise the domains of verified addresses, in lower case. */
  readonly mailDomains: 'all' | readonly string[]
  /** Whether telephone numbers are verified. */
  readonly phoneNumbers: boolean
}

export type FindVerifiedContacts = (
  queries: Queries,
  user: Pick<User, 'managedBy'>,
) => Promise<VerifiedContacts>

const typedHere: VerifiedContacts = { mailDomains: 'all', phoneNumbers: true }
const nothing: VerifiedContacts = { mailDomains: [], phoneNumbers: false }

/** For users of Einlass itself, the returned function needs no look-up. */
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
