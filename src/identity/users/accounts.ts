/**
 * An account of one of several directories for which a login is attempted. Owns that checking a password costs the same
 * work for every account, and that an attempt looks up its name only once.
 */
import type { Queries } from '../../platform/storage/database.ts'
import type {
  Directory,
  FindOutcome,
  OwnStore,
  PasswordOrigin,
  PasswordOutcome,
  ResolvedAccount,
  ResolvedName,
  Unavailable,
} from './directory.ts'
import { findEntry, findUserOfEntry, nameEntry } from './entries.ts'
import { findOwned, type Owner, type Owners } from './owners.ts'
import { findRowByName } from './rows.ts'
import { canonicalUsername, type User } from './user.ts'

interface Members {
  readonly local: OwnStore
  readonly owners: Owners
}

interface Judges extends Members {
  readonly owner: Exclude<Owner, Unavailable>
}

/** Resolves a name that was typed. */
export async function resolveTyped(
  members: Members,
  queries: Queries,
  typed: string,
  { isKnownBrowser = false, networks }: PasswordOrigin = {},
): Promise<ResolvedName | Unavailable> {
  const from = isKnownBrowser ? undefined : networks
  const owner = await members.owners.find(queries, typed, from)
  if (owner.type === 'unavailable') return owner
  const account = createAccount({ ...members, owner }, typed)
  return { type: 'name', name: await nameOwner(members.local, queries, owner, typed), account }
}

/** Resolves a user who has a row, by their directory entry: the username may lead to a namesake first. */
export async function resolveKnown(
  members: Members,
  queries: Queries,
  user: User,
): Promise<ResolvedName> {
  const { username } = user
  const entry = await findEntry(queries, user.id)
  const member = entry && members.owners.findMember(entry)
  const owner: Judges['owner'] =
    entry === undefined
      ? { type: 'local' }
      : member === undefined
        ? { type: 'unknown' }
        : { type: 'ldap', directory: member, person: { entryId: entry.entryId, username } }
  const name = entry === undefined ? canonicalUsername(username) : nameEntry(entry)
  const account = createAccount({ ...members, owner }, username)
  return {
    ...{ type: 'name', name },
    account: { ...account, find: (asked) => members.local.find(asked, user.id) },
  }
}

async function nameOwner(
  local: Directory,
  queries: Queries,
  owner: Judges['owner'],
  typed: string,
): Promise<string | undefined> {
  if (owner.type === 'local') {
    const resolved = await local.resolveName?.(queries, typed)
    return resolved?.type === 'name' ? resolved.name : canonicalUsername(typed)
  }
  if (owner.type !== 'ldap') return canonicalUsername(typed)
  const { directory, person } = owner
  // A namesake elsewhere may have the name itself, and must neither fill nor empty this person's counter.
  return nameEntry({ directory: directory.name, entryId: person.entryId })
}

function createAccount(judges: Judges, typed: string): ResolvedAccount {
  return {
    find: (queries) => findAccount(judges, queries, typed),
    async verifyPassword(queries, password, origin = {}) {
      // Directories take a bind with an empty password for an anonymous one, and accept it.
      if (password === '') return { type: 'unknown' }
      return await verify(queries, judges, { name: typed, password, origin })
    },
    async imitate(queries, password, origin = {}) {
      const nobody = { ...judges, owner: { type: 'unknown' } } as const
      await verify(queries, nobody, { name: typed, password, origin })
    },
  }
}

/** Always asks the database the same two questions. Otherwise the time would reveal that a person has the name. */
export async function findAccount(
  { local, owner }: Pick<Judges, 'local' | 'owner'>,
  queries: Queries,
  typed: string,
): Promise<FindOutcome> {
  if (owner.type === 'ldap') {
    const [user, namesake] = await Promise.all([
      findOwned(queries, owner),
      findRowByName(queries, owner.person.username),
    ])
    return user === undefined
      ? { type: 'unknown', ...nameNewcomer(owner, namesake !== undefined) }
      : { type: 'found', user }
  }
  const [found] = await Promise.all([
    local.findByName(queries, typed),
    findUserOfEntry(queries, nobodysEntry),
  ])
  return owner.type === 'local' ? found : { type: 'unknown' }
}

const nobodysEntry = { directory: '', entryId: '' }

/** The name that the row of a person without one could have, see `takeName` in entries.ts. */
function nameNewcomer(
  { directory, person }: Extract<Owner, { readonly type: 'ldap' }>,
  isTaken: boolean,
): { username?: string } {
  const typed = isTaken ? `${directory.name}\\${person.username}` : person.username
  const username = canonicalUsername(typed)
  return username === undefined ? {} : { username }
}

interface Attempt {
  readonly name: string
  readonly password: string
  readonly origin: PasswordOrigin
}

/**
 * Does the same work for every name: one hash, if there are local users, one bind in each other directory, and the same
 * questions to the database. Otherwise the time would reveal which directory has a name, or that nobody has it. Only the
 * directory of the name receives the password.
 */
async function verify(
  queries: Queries,
  { local, owners, owner }: Judges,
  { name, password, origin }: Attempt,
): Promise<PasswordOutcome> {
  const judging = owner.type === 'ldap' ? owner : undefined
  const others = owners.remote.filter((one) => one !== judging?.directory)
  const isKnownBrowser = origin.isKnownBrowser === true
  const from = isKnownBrowser ? undefined : origin.networks
  const hashing = owners.hasLocal ? hash() : Promise.resolve({ type: 'unknown' as const })
  const [own, hashed] = await Promise.allSettled([
    judging?.directory.verifyPassword(queries, judging.person, {
      password,
      isKnownBrowser,
      from,
    }),
    hashing,
    ...others.map((one) => one.imitate(from)),
    ...(judging === undefined ? [findUserOfEntry(queries, nobodysEntry)] : []),
  ])
  if (own.status === 'rejected') throw own.reason
  if (own.value !== undefined) return own.value
  if (hashed.status === 'rejected') throw hashed.reason
  return hashed.value

  async function hash(): Promise<PasswordOutcome> {
    if (owner.type === 'local') return await local.verifyPassword(queries, name, password, origin)
    // Uses the name as it was typed. Imported hashes are slower, and if all other names took the same time, it would
    // reveal which names the own store has.
    await local.imitate(queries, name, password, origin)
    return { type: 'unknown' }
  }
}
