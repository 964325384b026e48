/**
 * Short references of logins under way, for a person who calls the service desk. Owns what the desk sees. A reference
 * grants nothing: everybody who knows the password gets one too, so it identifies the login and not the caller.
 */
import type { Administrator } from '../../identity/operations/actor.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { formatReference, newReference, readReference } from '../../platform/kernel/reference.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'

/** What the browser and the request said when the reference was made. Texts of a browser come from a short list. */
export interface ReferencedLogin {
  readonly app: string | undefined
  readonly browser: { readonly name: string; readonly system?: string | undefined } | undefined
  readonly place: string | undefined
  readonly address: string
  /** Not a login, but a new password by a link from a mail. */
  readonly isReset?: true
  /** The kind of factor that is not at hand; absent in rows of earlier versions. */
  readonly factor?: string
}

export interface LoginReference {
  readonly reference: string
  readonly userId: Id<'user'>
  readonly journeyHash: string
  readonly about: ReferencedLogin
  /** What the person has said about the phone or key; `null`: nothing yet. */
  readonly reason: string | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly expiresAt: number
}

/** Milliseconds for which the desk finds a login: longer than a call. */
const lifetime = hours(1)

export function createLoginReferences({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}) {
  return {
    /** A new reference, which `add` stores. */
    draw: () => newReference(random),

    async add(
      queries: Queries,
      one: Pick<LoginReference, 'reference' | 'userId' | 'journeyHash' | 'about'>,
    ): Promise<void> {
      const now = clock.now()
      await queries
        .insertInto('login_references')
        .values({
          reference: one.reference,
          user_id: one.userId,
          journey_hash: one.journeyHash,
          about: JSON.stringify(one.about),
          reason: null,
          created_at: now,
          expires_at: now + lifetime,
        })
        .execute()
    },

    async noteReason(queries: Queries, reference: string, reason: string): Promise<void> {
      await queries
        .updateTable('login_references')
        .set({ reason })
        .where('reference', '=', reference)
        .execute()
    },

    /** @param typed as the person has read it out; `undefined`: unknown, or too old */
    async find(queries: Queries, typed: string): Promise<LoginReference | undefined> {
      const reference = readReference(typed)
      if (reference === undefined) return undefined
      const row = await queries
        .selectFrom('login_references')
        .selectAll()
        .where('reference', '=', reference)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        reference: row.reference,
        userId: row.user_id as Id<'user'>,
        journeyHash: row.journey_hash,
        about: JSON.parse(row.about) as ReferencedLogin,
        reason: row.reason,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
      }
    },

    async purge(queries: Queries): Promise<void> {
      const now = clock.now()
      await removeRows(queries, {
        table: 'login_references',
        key: ['reference'],
        isOld: (row) => row('expires_at', '<=', now),
      })
    },
  }
}

export type LoginReferences = ReturnType<typeof createLoginReferences>

export interface ShowLoginOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly references: Pick<LoginReferences, 'find'>
  readonly clock: Clock
}

export interface ShownLogin extends Omit<LoginReference, 'userId' | 'journeyHash'> {
  readonly username: string
  readonly displayName: string
  /** `over`: it ended in a session, was cancelled or ran out. */
  readonly state: 'under_way' | 'over'
}

/** What the service desk sees of a login that a caller speaks of. Throws Fault `not_found`. */
export async function showLogin(
  { db, users, references, clock }: ShowLoginOptions,
  _by: Administrator,
  typed: string,
): Promise<ShownLogin> {
  const found = await references.find(db, typed)
  const user = found && (await users.find(db, found.userId))
  if (found === undefined || user === undefined) throw unknownLogin(typed)
  return await show(db, found, user, clock.now())
}

/**
 * The login under way of this user that a caller speaks of. Throws Fault `not_found`, and `not_allowed` for a login of
 * another user and for one that is over.
 */
export async function requireOpenLogin(
  { users, references, clock }: Omit<ShowLoginOptions, 'db'>,
  queries: Queries,
  user: Pick<User, 'id' | 'username' | 'displayName'>,
  typed: string,
): Promise<ShownLogin> {
  const found = await references.find(queries, typed)
  if (found === undefined) throw unknownLogin(typed)
  const name = formatReference(found.reference)
  if (found.userId !== user.id) {
    const owner = (await users.find(queries, found.userId))?.username ?? 'another user'
    const text = `The login ${name} is one of ${owner}, not of ${user.username}. Ask the caller for user name and reference once more.`
    throw new Fault('not_allowed', text)
  }
  const shown = await show(queries, found, user, clock.now())
  if (shown.state === 'under_way') return shown
  const text = `The login ${name} is over: it was finished, cancelled, or ran out. Ask the caller to begin again and to read out the new reference.`
  throw new Fault('not_allowed', text)
}

const unknownLogin = (typed: string) =>
  new Fault(
    'not_found',
    `There is no login ${JSON.stringify(typed)}, or it was more than an hour ago.`,
  )

async function show(
  queries: Queries,
  { userId: _, journeyHash, ...shown }: LoginReference,
  { username, displayName }: Pick<User, 'username' | 'displayName'>,
  now: number,
): Promise<ShownLogin> {
  const state = await findState(queries, journeyHash, now)
  return { ...shown, username, displayName, state }
}

async function findState(
  queries: Queries,
  hash: string,
  now: number,
): Promise<ShownLogin['state']> {
  const row = await queries
    .selectFrom('journeys')
    .select('expires_at')
    .where('id_hash', '=', hash)
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined && row.expires_at > now ? 'under_way' : 'over'
}
