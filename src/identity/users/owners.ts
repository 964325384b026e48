/**
 * To which of several directories a name belongs: the one that its form names, else the first that has it. A name may belong to one
 * that does not answer: no directory after it answers in its place.
 */
import type { Queries } from '../../platform/storage/database.ts'
import type { Unavailable } from './directory.ts'
import { type EntryReference, findEntry } from './entries.ts'
import type { NamedEntry } from './ldap/find-by-name.ts'
import type { LdapDirectory } from './ldap/member.ts'
import type { LocalNames } from './local/names.ts'

/** One of them; `local` stands for the rows here that come from no other one. */
export type Member = 'local' | LdapDirectory

/** Whose name it is. `unknown`: nobody's, in any of them. */
export type Owner =
  | { readonly type: 'local' }
  | { readonly type: 'ldap'; readonly directory: LdapDirectory; readonly person: NamedEntry }
  | { readonly type: 'unknown' }
  | Unavailable

export interface Owners {
  readonly hasLocal: boolean
  readonly remote: readonly LdapDirectory[]
  find(queries: Queries, typed: string): Promise<Owner>
  /** `undefined`: the configuration names it no more. */
  findMember(entry: EntryReference): LdapDirectory | undefined
}

export function createOwners(members: readonly Member[], names: Pick<LocalNames, 'find'>): Owners {
  const remote = members.filter((one) => one !== 'local')
  return {
    hasLocal: members.includes('local'),
    remote,
    findMember: (entry) => remote.find(({ name }) => name === entry.directory),
    async find(queries, typed) {
      const claiming = remote.filter((one) => one.isClaimed(typed))
      const asked = claiming.length > 0 ? claiming : members
      // All of them for every name: else the time would tell in which one it is.
      const answers = await Promise.allSettled(
        asked.map((member) =>
          member === 'local' ? askLocal(names, queries, typed) : askMember(member, typed),
        ),
      )
      for (const answer of answers) {
        if (answer.status === 'rejected') throw answer.reason
        if (answer.value !== undefined) return answer.value
      }
      return { type: 'unknown' }
    },
  }
}

/** `undefined`: it has nobody of this name. */
async function askMember(member: LdapDirectory, typed: string): Promise<Owner | undefined> {
  const found = await member.find(typed)
  if (found.type === 'unavailable') return found
  const { person } = found
  return person && { type: 'ldap', directory: member, person }
}

async function askLocal(
  names: Pick<LocalNames, 'find'>,
  queries: Queries,
  typed: string,
): Promise<Owner | undefined> {
  const row = await names.find(queries, typed)
  const isOwn = row !== undefined && (await findEntry(queries, row.id)) === undefined
  return isOwn ? { type: 'local' } : undefined
}
