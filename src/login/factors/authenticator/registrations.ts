/**
 * Registrations: links that were shown to enrol a phone. Owns their rows. A link is a credential: it is valid for minutes and
 * for one phone. When a second one uses it, both are refused, as nobody can tell which of them is the owner's.
 */
import { encodeBase64Url, type PublicJwk } from '#authenticator'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, clockSlack, hours, minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { AuthenticatorRegistrationRow } from '../../../platform/storage/factor-tables.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import type { JourneyData } from '../../engine/data.ts'
import { registrationEntry } from './data.ts'
import type { KeyHolder, NewServerKey } from './server-keys.ts'

export interface Registration extends KeyHolder {
  readonly id: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  readonly status: AuthenticatorRegistrationRow['status']
  readonly createdAt: number
  readonly expiresAt: number
  readonly deviceId: string | null
  /** The thumbprint of the key that has enrolled. */
  readonly answerKey: string | null
  /** The phone that the new one replaces. */
  readonly movesFrom: Id<'authenticator'> | null
  /** `required`: only a phone that can verify its owner may enrol. */
  readonly verification: AuthenticatorRegistrationRow['verification']
  /** Opens the secret of the link, 16 bytes in base64url. */
  secret(): string
}

export interface RegistrationStoreOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
}

/** How long a link can be used, in milliseconds. */
const lifetime = minutes(5)

/** How many links one budget has in `window` (ms). A user whose phone has a problem needs a few. */
const openingLimit = { links: 10, window: minutes(10) }

export interface NewRegistration {
  readonly id: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  readonly budgetKey: string
  readonly key: NewServerKey
  readonly movesFrom?: Id<'authenticator'>
  /** Absent: `preferred`. */
  readonly verification?: Registration['verification']
}

export function createRegistrationStore(options: RegistrationStoreOptions) {
  const { clock, random, keyring } = options
  const now = () => clock.now()
  return {
    ...createLimits(clock),
    ...createEnds(clock),
    ...createMoves(keyring),

    newId: (): string => Buffer.from(random.bytes(20)).toString('base64url'),

    /** Opens a new link and closes the previous one of the journey. */
    async open(queries: Queries, registration: NewRegistration): Promise<void> {
      const { id, journeyHash, userId, budgetKey, key, movesFrom = null } = registration
      const { verification = 'preferred' } = registration
      await queries
        .updateTable('authenticator_registrations')
        .set({ status: 'closed' })
        .where('journey_hash', '=', journeyHash)
        .where('status', '=', 'open')
        .execute()
      await queries
        .insertInto('authenticator_registrations')
        .values({
          id,
          journey_hash: journeyHash,
          user_id: userId,
          secret_sealed: keyring.seal(placeOf(id, 'secret_sealed'), random.bytes(16)),
          server_key_sealed: keyring.seal(placeOf(id, 'server_key_sealed'), key.bytes),
          server_jwk: JSON.stringify(key.jwk),
          status: 'open',
          created_at: now(),
          expires_at: now() + lifetime,
          device_id: null,
          answer_key: null,
          second_told_at: null,
          budget_key: budgetKey,
          moves_from: movesFrom,
          verification,
        })
        .execute()
    },

    async find(queries: Queries, id: string): Promise<Registration | undefined> {
      const row = await queries
        .selectFrom('authenticator_registrations')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && readRow(row, keyring)
    },

    /** Gives the link to the first phone that uses it. `false`: it is used, closed or expired. */
    async take(
      queries: Queries,
      id: string,
      by: { readonly answerKey: string; readonly deviceId: string },
    ): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_registrations')
        .set({ status: 'answered', answer_key: by.answerKey, device_id: by.deviceId })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .where('expires_at', '>', now())
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Deletes old rows. Those of the last 24 hours stay for the limits. */
    async purge(queries: Queries): Promise<void> {
      const before = now() - hours(24)
      await removeRows(queries, {
        table: 'authenticator_registrations',
        key: ['id'],
        isOld: (row) => row('expires_at', '<', before),
      })
    },
  }
}

function createEnds(clock: Clock) {
  return {
    /** Closes a link, because the user left its page: no phone can use it any more. */
    async close(queries: Queries, id: string): Promise<void> {
      await queries
        .updateTable('authenticator_registrations')
        .set({ status: 'closed' })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .execute()
    },

    /** Closes all links of a user that no phone has used, except links of moves. */
    async closeAll(queries: Queries, userId: Id<'user'>): Promise<void> {
      await queries
        .updateTable('authenticator_registrations')
        .set({ status: 'closed' })
        .where('user_id', '=', userId)
        .where('status', '=', 'open')
        .where('moves_from', 'is', null)
        .execute()
    },

    /** A second phone has used the link. `false`: that was recorded before, or nobody had used it. */
    async refuse(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_registrations')
        .set({ status: 'refused' })
        .where('id', '=', id)
        .where('status', '=', 'answered')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Whether the user may get a mail about a second phone now: at most once an hour. Call it under the lock of the user. */
    async mayNotifySecond(
      queries: Queries,
      { id, userId }: Pick<Registration, 'id' | 'userId'>,
    ): Promise<boolean> {
      const now = clock.now()
      const notified = await queries
        .selectFrom('authenticator_registrations')
        .select('id')
        .where('user_id', '=', userId)
        .where('second_told_at', '>', now - hours(1))
        .where('second_told_at', '<=', now + clockSlack)
        .executeTakeFirst()
      if (notified !== undefined) return false
      await queries
        .updateTable('authenticator_registrations')
        .set({ second_told_at: now })
        .where('id', '=', id)
        .execute()
      return true
    },
  }
}

function createMoves(keyring: Keyring) {
  const answered = (queries: Queries) =>
    queries
      .selectFrom('authenticator_registrations')
      .selectAll()
      .where('status', '=', 'answered')
      .where('moves_from', 'is not', null)
  return {
    /** The move by which this new phone was registered. */
    async findMoveTo(queries: Queries, deviceId: string): Promise<Registration | undefined> {
      const row = await answered(queries).where('device_id', '=', deviceId).executeTakeFirst()
      return row && readRow(row, keyring)
    },

    /** The move from this phone, to which a new one has registered. */
    async findMoveFrom(queries: Queries, deviceId: string): Promise<Registration | undefined> {
      const row = await answered(queries)
        .where('moves_from', '=', deviceId)
        .orderBy('created_at', 'desc')
        .executeTakeFirst()
      return row && readRow(row, keyring)
    },

    /** Ends all moves from this phone. */
    async endMoves(queries: Queries, deviceId: string): Promise<void> {
      await queries
        .updateTable('authenticator_registrations')
        .set({ status: 'closed' })
        .where('moves_from', '=', deviceId)
        .where('status', 'in', ['open', 'answered'])
        .execute()
    },
  }
}

function createLimits(clock: Clock) {
  return {
    /**
     * When the next link can be shown (ms since the epoch), after the budget had 10 of this user within ten minutes; `undefined`:
     * now. In a transaction the user is locked, so the answer stays true until its end.
     */
    async findNextOpening(
      queries: Queries,
      userId: Id<'user'>,
      budgetKey: string,
    ): Promise<number | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const rows = await queries
        .selectFrom('authenticator_registrations')
        .select('created_at')
        .where('user_id', '=', userId)
        .where('budget_key', '=', budgetKey)
        .where('created_at', '>', now - openingLimit.window)
        .where('created_at', '<=', now + clockSlack)
        .orderBy('created_at', 'desc')
        .limit(openingLimit.links)
        .execute()
      const oldest = rows[openingLimit.links - 1]
      return oldest === undefined ? undefined : oldest.created_at + openingLimit.window
    },
  }
}

export type RegistrationStore = ReturnType<typeof createRegistrationStore>

/** The registration that is named in the journey data. */
export async function findRegistration(
  { registrations }: { readonly registrations: RegistrationStore },
  queries: Queries,
  data: JourneyData,
): Promise<Registration | undefined> {
  const id = registrationEntry.read(data)
  return id !== undefined ? await registrations.find(queries, id) : undefined
}

const placeOf = (id: string, column: string): string =>
  `authenticator_registrations/${id}/${column}`

function readRow(row: AuthenticatorRegistrationRow, keyring: Keyring): Registration {
  return {
    id: row.id,
    journeyHash: row.journey_hash,
    userId: row.user_id as Id<'user'>,
    status: row.status,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    deviceId: row.device_id,
    answerKey: row.answer_key,
    verification: row.verification,
    movesFrom: row.moves_from as Id<'authenticator'> | null,
    serverJwk: JSON.parse(row.server_jwk) as PublicJwk,
    serverKey: () => keyring.open(placeOf(row.id, 'server_key_sealed'), row.server_key_sealed),
    secret: () =>
      encodeBase64Url(keyring.open(placeOf(row.id, 'secret_sealed'), row.secret_sealed)),
  }
}
