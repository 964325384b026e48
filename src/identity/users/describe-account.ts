/**
 * What the directory of a person says about their account, when an operator asks, without a password. Owns whose account
 * a name means, also for people who have not logged in yet.
 */
import type { Directory, DirectoryAccount, DirectoryAccountOutcome } from './directory.ts'
import { findEntry } from './entries.ts'
import type { LdapDirectory } from './ldap/member.ts'
import { findOwned, type Owners } from './owners.ts'
import { findRowByName, toUser } from './rows.ts'

export function createDescribeAccount(owners: Owners): NonNullable<Directory['describeAccount']> {
  return async (queries, name) => {
    const row = await findRowByName(queries, name)
    const entry = row && (await findEntry(queries, row.id))
    if (entry !== undefined) {
      const user = row && toUser(row)
      return await describe(owners.findMember(entry), { ...entry, username: name, user })
    }
    if (row !== undefined) return { type: 'local' }
    const owner = await owners.find(queries, name, 'background')
    if (owner.type !== 'ldap') return owner
    const { directory, person } = owner
    const user = await findOwned(queries, owner)
    return await describe(directory, { directory: directory.name, ...person, user })
  }
}

type Known = Pick<DirectoryAccount, 'directory' | 'username' | 'user'> & {
  readonly entryId: string
}

/** @param member undefined: the configuration no longer names the directory */
async function describe(
  member: LdapDirectory | undefined,
  { entryId, ...known }: Known,
): Promise<DirectoryAccountOutcome> {
  const described = await member?.describeAccount(entryId)
  if (described === undefined)
    return { type: 'account', ...known, isWritable: false, refusal: 'removed' }
  return described.type === 'unavailable' ? described : { ...known, ...described }
}
