/**
 * To which of several directories a name belongs: the one that its form names, else the first that has it. A name may belong to one
 * that does not answer: no directory after it answers in its place, unless it is the name here of a person of a later one.
 */
import type { Caller } from '../../platform/kernel/fair-queue.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Unavailable } from './directory.ts'
import { type EntryReference, findEntry, findUserOfEntry } from './entries.ts'
import type { NamedEntry } from './ldap/find-by-name.ts'
import type { LdapDirectory } from './ldap/member.ts'
import type { LocalNames } from './local/names.ts'
import { canonicalUsername, type User } from './user.ts'

/** One of them; `local` stands for the rows here that come from no other one. */
export type Member = 'local' | LdapDirectory

/** Whose name it is. `unknown`: nobody's, in any of them; `isShared`: several people of one have it. */
export type Owner =
  | { readonly type: 'local' }
  | { readonly type: 'ldap'; readonly directory: LdapDirectory; readonly person: NamedEntry }
  | { readonly type: 'unknown'; readonly isShared?: boolean }
  | Unavailable

/** What a directory calls one of its entries. */
export interface Named extends Omit<EntryReference, 'userId'> {
  readonly username: string
}

export type Elsewhere =
  | { readonly type: 'directory'; readonly directory: string | undefined }
  | Unavailable

export type Usernames = { readonly type: 'names'; readonly names: readonly string[] } | Unavailable

export interface Owners {
  readonly hasLocal: boolean
  readonly remote: readonly LdapDirectory[]
  /** @param from absent: a browser that is known, or a person who has proven something */
  find(queries: Queries, typed: string, from?: Caller): Promise<Owner>
  /**
   * The names under which a person of a directory may be known here, the best first. Their own name is among them where a login with
   * it means them: who was here first does not matter.
   */
  listUsernames(queries: Queries, person: Named): Promise<Usernames>
  /** The directory elsewhere in which one person or several have the name. */
  findElsewhere(typed: string): Promise<Elsewhere>
  /** `undefined`: the configuration names it no more. */
  findMember(entry: EntryReference): LdapDirectory | undefined
}

export function createOwners(members: readonly Member[], names: Pick<LocalNames, 'find'>): Owners {
  const remote = members.filter((one) => one !== 'local')

  /** In the order of the directories, by what each calls its people, also where nobody logs in with that. */
  async function findByUsername(username: string): Promise<Owner> {
    const asked = remote.map((member) => askMember(member, `${member.name}\\${username}`))
    return (await takeFirst<Owner>(asked)) ?? { type: 'unknown' }
  }

  async function find(queries: Queries, typed: string, from?: Caller): Promise<Owner> {
    const claiming = remote.filter((one) => one.isClaimed(typed))
    const asked = claiming.length > 0 ? claiming : members
    // All of them for every name: else the time would tell in which one it is.
    const answers = asked.map((member) =>
      member === 'local' ? askLocal(names, queries, typed) : askMember(member, typed, from),
    )
    const owner = (await takeFirst<Owner>(answers)) ?? { type: 'unknown' as const }
    return owner.type === 'unavailable'
      ? ((await findKnown(queries, typed, answers)) ?? owner)
      : owner
  }

  return {
    hasLocal: members.includes('local'),
    remote,
    find,
    findMember: (entry) => remote.find(({ name }) => name === entry.directory),
    async listUsernames(queries, person) {
      const { directory, entryId, username } = person
      const plain = canonicalUsername(username) === undefined ? entryId : username.trim()
      const qualified = `${directory}\\${plain}`
      const [owner, claimed] = await Promise.all([find(queries, plain), find(queries, qualified)])
      if (owner.type === 'unavailable') return owner
      if (claimed.type === 'unavailable') return claimed
      // Where people log in by other attributes, the name means nobody, and is that of the first directory that has it.
      const isNobodys = owner.type === 'unknown' && owner.isShared !== true
      const first = isNobodys ? await findByUsername(plain) : owner
      if (first.type === 'unavailable') return first
      const isPlain = isEntry(first, person)
      return {
        type: 'names',
        names: [
          ...(isPlain ? [plain] : []),
          ...(isEntry(claimed, person) ? [qualified] : []),
          `${qualified}\\${entryId}`,
        ],
      }
    },
    async findElsewhere(typed) {
      const asked = remote.map((member) => findHolder(member, typed))
      return (await takeFirst(asked)) ?? { type: 'directory', directory: undefined }
    },
  }
}

/** A directory before it is away: that keeps out nobody whose name here it is, as they have come to it while all answered. */
async function findKnown(
  queries: Queries,
  typed: string,
  answers: readonly Promise<Owner | undefined>[],
): Promise<Owner | undefined> {
  const key = canonicalUsername(typed)
  for (const answer of answers) {
    const owner = await answer
    if (owner?.type !== 'ldap') continue
    const user = await findOwned(queries, owner)
    if (user !== undefined && canonicalUsername(user.username) === key) return owner
  }
  return undefined
}

const isEntry = (owner: Owner, { directory, entryId }: Named): boolean =>
  owner.type === 'ldap' && owner.directory.name === directory && owner.person.entryId === entryId

/** By their order, and not by who answers first. */
async function takeFirst<Answer>(
  asked: readonly Promise<Answer | undefined>[],
): Promise<Answer | undefined> {
  for (const answer of await Promise.allSettled(asked)) {
    if (answer.status === 'rejected') throw answer.reason
    if (answer.value !== undefined) return answer.value
  }
  return undefined
}

/** `undefined`: it has nobody of this name. */
async function askMember(
  member: LdapDirectory,
  typed: string,
  from?: Caller,
): Promise<Owner | undefined> {
  const found = await member.find(typed, from)
  switch (found.type) {
    case 'one':
      return { type: 'ldap', directory: member, person: found.entry }
    // No later directory gets it: the name is one of its own.
    case 'several':
      return { type: 'unknown', isShared: true }
    case 'nobody':
      return undefined
    default:
      return found
  }
}

/** The same, whether one person has the name or several. */
async function findHolder(member: LdapDirectory, typed: string): Promise<Elsewhere | undefined> {
  const found = await member.find(typed, 'background')
  if (found.type === 'unavailable') return found
  return found.type === 'nobody' ? undefined : { type: 'directory', directory: member.name }
}

async function askLocal(
  names: Pick<LocalNames, 'find'>,
  queries: Queries,
  typed: string,
): Promise<Owner | undefined> {
  const row = await names.find(queries, typed)
  // Asked also where nobody has the name, so that the second question shows nothing.
  const entry = await findEntry(queries, row?.id ?? '')
  return row !== undefined && entry === undefined ? { type: 'local' } : undefined
}

/** Who it is here, of a directory elsewhere, as far as the person has a row. */
export async function findOwned(queries: Queries, owner: Owner): Promise<User | undefined> {
  if (owner.type !== 'ldap') return undefined
  const { directory, person } = owner
  return await findUserOfEntry(queries, { directory: directory.name, entryId: person.entryId })
}
