/**
 * The directory of users whose passwords Einlass itself has. Owns how it fulfils the contract; passwords.ts owns the
 * hashes.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import { countCodePoints } from '../../../platform/kernel/text.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type {
  ChangeOutcome,
  FindOutcome,
  GroupsOutcome,
  MembersOutcome,
  NewPassword,
  OwnStore,
  PasswordOutcome,
  RightPassword,
} from '../directory.ts'
import type { Hasher } from '../hasher.ts'
import { toUser } from '../rows.ts'
import { canonicalUsername, type User } from '../user.ts'
import type { Users } from '../users.ts'
import { readAttributes } from './attributes.ts'
import { lookAtName, lookAtUsername } from './look.ts'
import { findTakenName, type LocalNames, onlyUsernames } from './names.ts'
import { createLocalPasswords, type LocalPasswords } from './passwords.ts'

export interface LocalDirectoryOptions {
  readonly users: Pick<Users, 'find'>
  readonly hasher: Hasher
  readonly clock: Clock
  /** The minimum length of a password that is the only factor, in code points; absent: no minimum. */
  readonly minLengthAlone?: number
  /** Absent: people log in with their usernames only. */
  readonly names?: LocalNames
  /** There is no other directory. A user from an earlier directory has no password here. */
  readonly isOnly?: boolean
}

export function createLocalDirectory(options: LocalDirectoryOptions): OwnStore {
  const { users, hasher, clock, minLengthAlone = 0, names = onlyUsernames } = options
  const passwords = createLocalPasswords({ clock })
  const look = (queries: Queries, name: string) =>
    names.isByMail ? lookAtName({ names, passwords }, queries, name) : lookAtUsername(queries, name)
  return {
    find: async (queries, id) => describe(await users.find(queries, id)),
    async findByName(queries, name) {
      const row = await names.find(queries, name)
      return describe(row && toUser(row))
    },
    ...(names.isByMail && {
      findTakenName,
      async resolveName(queries, typed) {
        const row = await names.find(queries, typed)
        return { type: 'name', name: canonicalUsername(row?.username ?? typed) }
      },
    }),
    listGroups,
    hasMembers,
    async listAttributes(queries, userId) {
      return { type: 'attributes', attributes: await readAttributes(queries, userId) }
    },

    async verifyPassword(
      queries,
      name,
      password,
      { isKnownBrowser = false, networks } = {},
    ): Promise<PasswordOutcome> {
      const { row, like, isOwn } = await look(queries, name)
      const hash = row?.password_hash
      const from = isKnownBrowser ? undefined : networks
      const { matches, rehashed } = await hasher.verify(hash, password, { like, from })
      if (row === undefined) return { type: 'unknown' }
      const user = toUser(row)
      if (!matches) return { type: 'wrong', user }
      // Checked after the hash, so that the time of a wrong password reveals nothing about the name.
      if (options.isOnly === true && !(await isOwn())) return { type: 'wrong', user }
      if (user.disabledAt !== null) return { type: 'disabled', user }
      const type = user.passwordChangeRequired ? 'must_change' : 'right'
      const isTooShortAlone = countCodePoints(password.normalize('NFC')) < minLengthAlone
      return {
        ...{ type, user, ...rehashing(passwords, user.id, hash, rehashed) },
        ...(isTooShortAlone && { isTooShortAlone }),
      }
    },

    async imitate(queries, name, password, { isKnownBrowser = false, networks } = {}) {
      const { row, like } = await look(queries, name)
      const from = isKnownBrowser ? undefined : networks
      await hasher.verify(undefined, password, { like: row?.password_hash ?? like, from })
    },

    setPassword: passwords.set,

    changePassword: change,
    passwordReset: { isFor: async () => true, reset: change },
  }

  async function change(
    queries: Queries,
    { user, password, at }: NewPassword,
  ): Promise<ChangeOutcome> {
    const { id, credentialVersion: from } = user
    const hash = await passwords.find(queries, id)
    if ((await hasher.verify(hash, password)).matches) return { type: 'refused', reason: 'same' }
    const newHash = await hasher.hash(password)
    return { type: 'accepted', write: (tx) => passwords.change(tx, id, { from, newHash, at }) }
  }
}

const describe = (user: User | undefined): FindOutcome =>
  user === undefined ? { type: 'unknown' } : { type: 'found', user }

/** This function and the next are not exported, so that every rule asks the directory. */
async function listGroups(queries: Queries, userId: string): Promise<GroupsOutcome> {
  const rows = await queries
    .selectFrom('user_groups')
    .select('name')
    .where('user_id', '=', userId)
    .orderBy('name')
    .execute()
  return { type: 'groups', groups: rows.map(({ name }) => name) }
}

async function hasMembers(queries: Queries, group: string): Promise<MembersOutcome> {
  const member = await queries
    .selectFrom('user_groups')
    .select('user_id')
    .where('name', '=', group)
    .limit(1)
    .executeTakeFirst()
  return { type: 'members', isEmpty: member === undefined }
}

/** When the stored hash was weaker than today's: replaces it with a new hash of the same password. */
function rehashing(
  passwords: LocalPasswords,
  id: string,
  hash: string | null | undefined,
  rehashed: string | undefined,
): Pick<RightPassword, 'write'> {
  if (rehashed === undefined || !hash) return {}
  return {
    async write(queries) {
      await passwords.replaceHash(queries, id, hash, rehashed)
    },
  }
}
