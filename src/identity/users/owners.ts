/**
 * To which of several directories a name belongs: the one that its form names, or else the first that has it. If a
 * directory does not answer, the name may belong to it, so no later directory is used in its place; except if the name is
 * already the username here of a person of a later directory.
 */
import type { Caller } from '../../platform/kernel/fair-line.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Unavailable } from './directory.ts'
import { type EntryReference, findEntry, findUserOfEntry } from './entries.ts'
import type { NamedEntry } from './ldap/find-by-name.ts'
import type { LdapDirectory } from './ldap/member.ts'
import type { LocalNames } from './local/names.ts'
import { canonicalUsername, type User } from './user.ts'

/** One of the directories; `local` means the rows here that come from no other directory. */
export type Member = 'local' | LdapDirectory

/** Whose name it is. `unknown`: nobody's in any directory; `isShared`: several people of one directory have it. */
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
  /** @param from absent: a known browser, or a person who has proven something */
  find(queries: Queries, typed: string, from?: Caller): Promise<Owner>
  /**
   * The names that a person of a directory may have here, the best first. Their own name is among them if a login with it
   * means this person, no matter who was here first.
   */
  listUsernames(queries: Queries, person: Named): Promise<Usernames>
  /** The directory elsewhere in which one or several people have the name. */
  findElsewhere(typed: string): Promise<Elsewhere>
  /** `undefined`: the configuration no longer names the directory. */
  findMember(entry: EntryReference): LdapDirectory | undefined
}

export function createOwners(members: readonly Member[], names: Pick<LocalNames, 'find'>): Owners {
  const remote = members.filter((one) => one !== 'local')

  /** Finds by the username in each directory, in the order of the directories, even if people do not log in with it. */
  async function findByUsername(username: string): Promise<Owner> {
    const asked = remote.map((member) => askMember(member, `${member.name}\\${username}`))
    return (await takeFirst<Owner>(asked)) ?? { type: 'unknown' }
  }

  async function find(queries: Queries, typed: string, from?: Caller): Promise<Owner> {
    const claiming = remote.filter((one) => one.isClaimed(typed))
    const asked = claiming.length > 0 ? claiming : members
    // Asks all directories for every name. Otherwise the time would reveal which one has it.
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
      // If people log in with other attributes, the username means nobody at a login. Then it belongs to the first
      // directory that has it.
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

/**
 * Used when an earlier directory does not answer: a person with this username here can still log in, because they got it
 * while all directories answered.
 */
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

/** The first answer in the order of the directories, not in time. */
async function takeFirst<Answer>(
  asked: readonly Promise<Answer | undefined>[],
): Promise<Answer | undefined> {
  for (const answer of await Promise.allSettled(asked)) {
    if (answer.status === 'rejected') throw answer.reason
    if (answer.value !== undefined) return answer.value
  }
  return undefined
}

/** `undefined`: nobody in the directory has this name. */
async function askMember(
  member: LdapDirectory,
  typed: string,
  from?: Caller,
): Promise<Owner | undefined> {
  const found = await member.find(typed, from)
  switch (found.type) {
    case 'one':
      return { type: 'ldap', directory: member, person: found.entry }
    // No later directory gets the name, because it belongs to this one.
    case 'several':
      return { type: 'unknown', isShared: true }
    case 'nobody':
      return undefined
    default:
      return found
  }
}

/** The answer is the same whether one person or several have the name. */
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
  // Asked even if nobody has the name, so that the second question reveals nothing.
  const entry = await findEntry(queries, row?.id ?? '')
  return row !== undefined && entry === undefined ? { type: 'local' } : undefined
}

/** The user here for a person of a directory elsewhere, if the person has a row. */
export async function findOwned(queries: Queries, owner: Owner): Promise<User | undefined> {
  if (owner.type !== 'ldap') return undefined
  const { directory, person } = owner
  return await findUserOfEntry(queries, { directory: directory.name, entryId: person.entryId })
}
