/**
 * The rows of code apps. A code app is an authenticator only while it is `active`, and each of its codes is valid once: to accept
 * a code, its time step is stored in `last_counter`, which only one of several attempts can do.
 */
import { sql } from 'kysely'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { type Id, newId } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { TotpAuthenticatorRow } from '../../../platform/storage/factor-tables.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import { compareLastUsed } from '../enrolled.ts'
import { defaultParameters, secretLength, type TotpParameters } from './verify.ts'

export interface TotpAuthenticator extends TotpParameters {
  readonly id: Id<'totp'>
  readonly userId: Id<'user'>
  readonly name: string
  readonly status: 'pending' | 'active'
  /** The time step of the last code that was accepted. */
  readonly lastCounter: number
  readonly createdAt: number
  /** Since when it is valid; null while it is pending, and when nobody knows it. */
  readonly activatedAt: number | null
  readonly lastUsedAt: number | null
  /** Opens the shared secret. */
  secret(): Uint8Array
}

export interface ActiveTotp extends TotpParameters {
  readonly id: Id<'totp'>
  readonly userId: Id<'user'>
  readonly name: string
  readonly secret: Uint8Array
  readonly lastCounter: number
}

export interface TotpStoreOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
}

export function createTotpStore({ clock, random, keyring }: TotpStoreOptions) {
  return {
    newId: (): Id<'totp'> => newId(random, 'totp'),
    ...createImports({ clock, keyring }),

    /** Adds a new app, `pending`, with a secret of its own. */
    async add(
      queries: Queries,
      { id, userId, name }: { id: Id<'totp'>; userId: Id<'user'>; name: string },
    ): Promise<void> {
      await queries
        .insertInto('totp_authenticators')
        .values({
          id,
          user_id: userId,
          name,
          secret_sealed: keyring.seal(createSealingContext(id), random.bytes(secretLength)),
          ...defaultParameters,
          last_counter: 0,
          status: 'pending',
          created_at: clock.now(),
          activated_at: null,
          last_used_at: null,
        })
        .execute()
    },

    async find(queries: Queries, id: string): Promise<TotpAuthenticator | undefined> {
      const row = await queries
        .selectFrom('totp_authenticators')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : parseAuthenticator(row, keyring)
    },

    /** The active apps, the last used first. */
    async listActive(queries: Queries, userId: Id<'user'>): Promise<TotpAuthenticator[]> {
      const rows = await queries
        .selectFrom('totp_authenticators')
        .selectAll()
        .where('user_id', '=', userId)
        .where('status', '=', 'active')
        .execute()
      rows.sort(compareLastUsed)
      return rows.map((row) => parseAuthenticator(row, keyring))
    },

    /** Spends a time step of an active app. `false`: it was spent before, or the app is not active. */
    spend: (queries: Queries, id: string, step: number): Promise<boolean> =>
      moveCounter(queries, { id, step, from: 'active', now: clock.now() }),

    /** Spends the first code of a pending app, which is active from now on. `false`: it was not waiting for that. */
    activate: (queries: Queries, id: string, step: number): Promise<boolean> =>
      moveCounter(queries, { id, step, from: 'pending', now: clock.now() }),

    /** Activates a pending app without a code, for codes after `step`. `false`: it was not waiting for that. */
    activateUnused: (queries: Queries, id: string, step: number): Promise<boolean> =>
      moveCounter(queries, { id, step, from: 'pending', now: clock.now() }),

    /** `false` when the user has no such active app. */
    async rename(
      queries: Queries,
      { id, userId, name }: { id: string; userId: Id<'user'>; name: string },
    ): Promise<boolean> {
      const result = await queries
        .updateTable('totp_authenticators')
        .set({ name })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Deletes one with its secret. `false` when the user has no such active app. */
    async remove(
      queries: Queries,
      { id, userId }: { id: string; userId: Id<'user'> },
    ): Promise<boolean> {
      const result = await queries
        .deleteFrom('totp_authenticators')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return result.numDeletedRows === 1n
    },

    /** Deletes a pending one. `false` when there is no such pending app. */
    async removePending(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .deleteFrom('totp_authenticators')
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .executeTakeFirst()
      return result.numDeletedRows === 1n
    },

    /** Deletes apps that were begun before that time and never became active. */
    async purge(queries: Queries, before: number): Promise<void> {
      await removeRows(queries, {
        table: 'totp_authenticators',
        key: ['id'],
        isOld: (row) =>
          row.and([row('status', '=', sql.lit('pending')), row('created_at', '<', before)]),
      })
    },
  }
}

/** Apps that were set up elsewhere. */
function createImports({ clock, keyring }: Pick<TotpStoreOptions, 'clock' | 'keyring'>) {
  return {
    /** Adds an app that its owner has used elsewhere: it is active at once, for codes after `lastCounter`. */
    async addActive(queries: Queries, app: ActiveTotp): Promise<void> {
      const { id, userId, name, secret, algorithm, digits, period, lastCounter } = app
      const now = clock.now()
      await queries
        .insertInto('totp_authenticators')
        .values({
          id,
          user_id: userId,
          name,
          secret_sealed: keyring.seal(createSealingContext(id), secret),
          algorithm,
          digits,
          period,
          last_counter: lastCounter,
          status: 'active',
          created_at: now,
          activated_at: now,
          last_used_at: null,
        })
        .execute()
    },
  }
}

export type TotpStore = ReturnType<typeof createTotpStore>

async function moveCounter(
  queries: Queries,
  { id, step, from, now }: { id: string; step: number; from: 'pending' | 'active'; now: number },
): Promise<boolean> {
  const result = await queries
    .updateTable('totp_authenticators')
    .set({
      last_counter: step,
      status: 'active',
      ...(from === 'pending' ? { activated_at: now } : { last_used_at: now }),
    })
    .where('id', '=', id)
    .where('status', '=', from)
    .where('last_counter', '<', step)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

const createSealingContext = (id: string): string => `totp_authenticators/${id}/secret_sealed`

function parseAuthenticator(row: TotpAuthenticatorRow, keyring: Keyring): TotpAuthenticator {
  return {
    id: row.id as Id<'totp'>,
    userId: row.user_id as Id<'user'>,
    name: row.name,
    algorithm: row.algorithm,
    digits: row.digits,
    period: row.period,
    status: row.status,
    lastCounter: row.last_counter,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    lastUsedAt: row.last_used_at,
    secret: () => keyring.open(createSealingContext(row.id), row.secret_sealed),
  }
}

/**
 * Spends every time step until the next one, for every app, because it is not known which of them were used. A code that is typed
 * right afterwards is refused once; the one that follows it is accepted.
 */
export async function spendSteps(queries: Queries, now: number): Promise<void> {
  const last = sql<number>`cast(${now} as bigint) / (period * 1000) + 1`
  await queries
    .updateTable('totp_authenticators')
    .set({ last_counter: last })
    .where('last_counter', '<', last)
    .execute()
}
