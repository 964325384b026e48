/**
 * The rows of users: every person who has logged in or may do so, from any directory. Owns names, what is shown of a
 * person, and whether they may log in. Does not own passwords, which a directory has. Never ends a session: the
 * operations do that in the same transaction.
 */
import { type Selectable, sql } from 'kysely'
import { type Clock, clockSlack } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { type Id, newId } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { hasRowLocks } from '../../platform/storage/row-locks.ts'
import type { UserRow } from '../../platform/storage/user-tables.ts'
import type { Language } from '../../platform/ui/language.ts'
import { type ListOptions, selectListed } from './list.ts'
import { findRow, findRowByName, nextVersion, toUser } from './rows.ts'
import { canonicalUsername, type Manager, type Role, type User } from './user.ts'
import { addWords, replaceWords } from './words.ts'

export interface NewUser {
  readonly username: string
  readonly displayName: string
  readonly email?: string | null
  /** `user` when absent. */
  readonly role?: Role
  /** Administrators of Einlass when absent. */
  readonly managedBy?: Manager
  /** From the hasher, or in another form that `parsePasswordHash` knows. Without one the user cannot log in by password. */
  readonly passwordHash?: string
  /** The password is only for the first login, which asks for another one. */
  readonly passwordChangeRequired?: boolean
  /** The user is disabled from the beginning. */
  readonly isDisabled?: boolean
}

export interface Users {
  /** Finds by any spelling of the user name, also disabled users. */
  findByName(queries: Queries, name: string): Promise<User | undefined>
  /** Finds several users at once, by the canonical form of their names; at most a few hundred. */
  findByNames(queries: Queries, names: readonly string[]): Promise<ReadonlyMap<string, User>>
  find(queries: Queries, id: string): Promise<User | undefined>
  /**
   * Locks the user until the transaction ends. Call it before taking any other row of the user. Unlike `lockUser`, it
   * costs no write on SQLite, whose transactions run one after the other.
   */
  findLocked(queries: Queries, id: string): Promise<User | undefined>
  /** Sorted by name. */
  list(
    queries: Queries,
    options?: ListOptions & {
      /** 100 when absent. */
      readonly limit?: number
    },
  ): Promise<User[]>
  /** Throws Fault `conflict` when the name is taken in any spelling, `bad_request` when it cannot be a user name. */
  create(queries: Queries, user: NewUser): Promise<User>
  /**
   * Creates several users at once, all or none, and returns them in order; at most a few hundred. Throws as `create`
   * does.
   */
  createAll(queries: Queries, users: readonly NewUser[]): Promise<User[]>
  /** From now on a login with the password leads only to choosing another one, whichever directory has it. */
  requirePasswordChange(queries: Queries, id: string): Promise<void>
  /** Until `until` (ms), no login sends a message to the person's phones. A later end that was set before stays. */
  blockPush(queries: Queries, id: string, until: number): Promise<void>
  /** Allows messages to the person's phones again. `false`: they were not blocked. */
  endPushBlock(queries: Queries, id: string): Promise<boolean>
  /**
   * Changes only named fields; `email: null` removes the address. Throws Fault `not_found` when there is no such user,
   * and for a name as `create` does.
   */
  change(
    queries: Queries,
    id: string,
    changes: {
      readonly username?: string | undefined
      readonly displayName?: string | undefined
      readonly email?: string | null | undefined
    },
  ): Promise<User>
  /** Stores the language of a login that has just finished. */
  noteLanguage(queries: Queries, id: string, language: Language): Promise<void>
  /**
   * Removes the user with all their rows: authenticators, sessions, groups, mails. Before, end their sessions in the same
   * transaction. Returns false when there is no such user.
   */
  remove(queries: Queries, id: string): Promise<boolean>
  countKnownBrowserFailure(queries: Queries, id: string): Promise<void>
  forgetKnownBrowserFailures(queries: Queries, id: string): Promise<void>
  setKnownBrowserFailures(queries: Queries, id: string, failures: number): Promise<void>
  /** Removes the password; the user has no password until another one is set. Returns false when there was no password. */
  removePassword(queries: Queries, id: string): Promise<boolean>
  /** Returns false when there is no such user or the user was already disabled. */
  disable(queries: Queries, id: string): Promise<boolean>
  /** Returns false when there is no such user or the user was not disabled. */
  enable(queries: Queries, id: string): Promise<boolean>
  /** Whether this is the only administrator who may log in. The answer stays true until the transaction ends. */
  isLastAdmin(queries: Queries, id: string): Promise<boolean>
  hasAny(queries: Queries): Promise<boolean>
  /** Reads every user. */
  count(queries: Queries): Promise<number>
}

/** A weak lock: rows that refer to the user can still be written. */
const findLocked = prepared((queries, at: Slots<{ id: string }>) =>
  queries
    .selectFrom('users')
    .selectAll()
    .where('id', '=', at.id)
    .$if(hasRowLocks(queries), (query) => query.forNoKeyUpdate()),
)

/** Writes nothing if the language is that of the login before, as for most logins. */
const noteLanguage = prepared((queries, at: Slots<{ id: string; language: string }>) =>
  queries
    .updateTable('users')
    .set({ language: at.language })
    .where('id', '=', at.id)
    .where((where) =>
      where.or([where('language', 'is', null), where('language', '<>', at.language)]),
    ),
)

export function createUsers({ clock, random }: { clock: Clock; random: Random }): Users {
  return {
    async findByName(queries, name) {
      const row = await findRowByName(queries, name)
      return row && toUser(row)
    },
    async findByNames(queries, names) {
      const keys = names.map(canonicalUsername).filter((key) => key !== undefined)
      if (keys.length === 0) return new Map()
      const rows = await queries
        .selectFrom('users')
        .selectAll()
        .where('username_key', 'in', keys)
        .execute()
      return new Map(rows.map((row) => [row.username_key, toUser(row)]))
    },
    async find(queries, id) {
      const row = await findRow.first(queries, { id })
      return row && toUser(row)
    },
    async findLocked(queries, id) {
      const row = await findLocked.first(queries, { id })
      return row && toUser(row)
    },
    async list(queries, { limit = 100, ...options } = {}) {
      const query = selectListed(queries, options)
      return query === undefined ? [] : (await query.selectAll().limit(limit).execute()).map(toUser)
    },
    async create(queries, user) {
      const row = newRow(user, newId(random, 'user'), clock.now())
      await insert(queries, [row])
      return toUser(row)
    },
    async createAll(queries, all) {
      const now = clock.now()
      const rows = all.map((user) => newRow(user, newId(random, 'user'), now))
      if (rows.length > 0) await insert(queries, rows)
      return rows.map(toUser)
    },
    ...restrictions(clock),
    ...userChanges(clock),
    ...knownBrowserFailures,
    async disable(queries, id) {
      const now = clock.now()
      const result = await queries
        .updateTable('users')
        .set({ disabled_at: now, credential_version: nextVersion, updated_at: now })
        .where('id', '=', id)
        .where('disabled_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async enable(queries, id) {
      const result = await queries
        .updateTable('users')
        .set({ disabled_at: null, credential_version: nextVersion, updated_at: clock.now() })
        .where('id', '=', id)
        .where('disabled_at', 'is not', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async isLastAdmin(queries, id) {
      // Rewrites the rows unchanged, to lock them. Otherwise two administrators who disable each other would both still
      // see the other one.
      const admins = await queries
        .updateTable('users')
        .set((row) => ({ updated_at: row.ref('updated_at') }))
        .where('role', '=', 'admin')
        // So that the database uses the index of users with a role.
        .where('role', '<>', sql.lit('user'))
        .where('disabled_at', 'is', null)
        .returning('id')
        .execute()
      return admins.length === 1 && admins[0]?.id === id
    },
    async hasAny(queries) {
      const first = await queries.selectFrom('users').select('id').limit(1).executeTakeFirst()
      return first !== undefined
    },
    async count(queries) {
      const row = await queries
        .selectFrom('users')
        .select((select) => select.fn.countAll().as('users'))
        .executeTakeFirstOrThrow()
      return Number(row.users)
    },
  }
}

const knownBrowserFailures: Pick<
  Users,
  'countKnownBrowserFailure' | 'forgetKnownBrowserFailures' | 'setKnownBrowserFailures'
> = {
  async countKnownBrowserFailure(queries, id) {
    await queries
      .updateTable('users')
      .set({ known_browser_failures: sql<number>`known_browser_failures + 1` })
      .where('id', '=', id)
      .execute()
  },
  forgetKnownBrowserFailures: (queries, id) => setKnownBrowserFailures(queries, id, 0),
  setKnownBrowserFailures,
}

async function setKnownBrowserFailures(
  queries: Queries,
  id: string,
  failures: number,
): Promise<void> {
  await queries
    .updateTable('users')
    .set({ known_browser_failures: failures })
    .where('id', '=', id)
    .execute()
}

function userChanges(
  clock: Clock,
): Pick<Users, 'change' | 'noteLanguage' | 'remove' | 'removePassword'> {
  return {
    async noteLanguage(queries, id, language) {
      await noteLanguage.run(queries, { id, language })
    },
    async change(queries, id, { username, displayName, email }) {
      const update = queries
        .updateTable('users')
        .set({
          ...(username !== undefined && writeName(username)),
          ...(displayName !== undefined && { display_name: displayName }),
          ...(email !== undefined && { email }),
          updated_at: clock.now(),
        })
        .where('id', '=', id)
        .returningAll()
      const row = await refuseTaken(update.executeTakeFirst())
      if (row === undefined) throw new Fault('not_found', 'There is no such user.')
      await replaceWords(queries, row)
      return toUser(row)
    },
    async removePassword(queries, id) {
      const now = clock.now()
      const result = await queries
        .updateTable('users')
        .set({ password_hash: null, credential_version: nextVersion, updated_at: now })
        .where('id', '=', id)
        .where('password_hash', 'is not', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async remove(queries, id) {
      // Only this table has no foreign key. Records of apps stay until a server has notified the apps.
      await queries.deleteFrom('mail_queue').where('user_id', '=', id).execute()
      const result = await queries.deleteFrom('users').where('id', '=', id).executeTakeFirst()
      return result.numDeletedRows === 1n
    },
  }
}

/** Restrictions of a person, permanent or for a time. */
function restrictions(
  clock: Clock,
): Pick<Users, 'requirePasswordChange' | 'blockPush' | 'endPushBlock'> {
  return {
    async requirePasswordChange(queries, id) {
      const now = clock.now()
      await queries
        .updateTable('users')
        .set({
          password_change_required: 1,
          password_questioned_at: now,
          credential_version: nextVersion,
          updated_at: now,
        })
        .where('id', '=', id)
        .execute()
    },
    async endPushBlock(queries, id) {
      const now = clock.now()
      const result = await queries
        .updateTable('users')
        .set({ push_blocked_until: null, push_blocked_at: null, updated_at: now })
        .where('id', '=', id)
        .where('push_blocked_until', '>', now)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async blockPush(queries, id, until) {
      const now = clock.now()
      await queries
        .updateTable('users')
        .set({ push_blocked_until: until, push_blocked_at: now, updated_at: now })
        .where('id', '=', id)
        .where((where) =>
          where.or([
            where('push_blocked_until', 'is', null),
            where('push_blocked_until', '<', until),
            where('push_blocked_at', '>', now + clockSlack),
          ]),
        )
        .execute()
    },
  }
}

async function insert(queries: Queries, rows: readonly Selectable<UserRow>[]): Promise<void> {
  await refuseTaken(queries.insertInto('users').values(rows).execute())
  await addWords(queries, rows)
}

async function refuseTaken<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Fault('conflict', 'There is a user with this name already.', { cause: error })
  }
}

function writeName(username: string): Pick<Selectable<UserRow>, 'username' | 'username_key'> {
  const key = canonicalUsername(username)
  if (key === undefined) throw new Fault('bad_request', 'This cannot be a user name.')
  return { username: username.trim(), username_key: key }
}

function newRow(user: NewUser, id: Id<'user'>, now: number): Selectable<UserRow> {
  return {
    id,
    ...writeName(user.username),
    display_name: user.displayName,
    email: user.email ?? null,
    password_hash: user.passwordHash ?? null,
    password_changed_at: user.passwordHash === undefined ? null : now,
    password_change_required: user.passwordChangeRequired === true ? 1 : 0,
    password_questioned_at: null,
    credential_version: 1,
    known_browser_failures: 0,
    push_blocked_until: null,
    push_blocked_at: null,
    language: null,
    role: user.role ?? 'user',
    managed_by: user.managedBy ?? null,
    disabled_at: user.isDisabled === true ? now : null,
    created_at: now,
    updated_at: now,
  }
}
