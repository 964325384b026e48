/**
 * Phones with the Einlass authenticator. Owns their rows and the keys that they have used. A phone is an authenticator only
 * while it is `active`, and becomes active when it has answered with the code of the page that enrolled it.
 */
import type { PublicJwk, Subscription } from '#authenticator'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { type Id, newId } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { AuthenticatorDeviceRow } from '../../../platform/storage/factor-tables.ts'
import { compareLastUsed } from '../enrolled.ts'
import { type PhoneCredential, readCredential, writeCredential } from './credentials.ts'
import type { KeyHolder } from './server-keys.ts'
import { createUnverified } from './unverified.ts'
import { createUsedKeys } from './used-keys.ts'

export interface AuthenticatorDevice extends KeyHolder {
  readonly id: Id<'authenticator'>
  readonly userId: Id<'user'>
  readonly name: string
  readonly platform: AuthenticatorDeviceRow['platform']
  readonly status: AuthenticatorDeviceRow['status']
  /** The key that has to sign the next answer, and its thumbprint. */
  readonly answerJwk: PublicJwk
  readonly answerKey: string
  readonly readerJwk: PublicJwk
  readonly createdAt: number
  /** When it became active; null while it is new. */
  readonly activatedAt: number | null
  readonly lastUsedAt: number | null
  readonly canBeWoken: boolean
  /** The one-time codes that the phone has too; they may be gone. */
  readonly codesId: string | null
  /** The credential with which the phone verifies its owner; `undefined`: it cannot. */
  readonly credential: PhoneCredential | undefined
  /** When a copy of the phone was used (ms since the epoch), which ended the phone; null: never. */
  readonly copiedAt: number | null
  /** Whether its owner removed the account on the phone, so that it cannot answer. */
  readonly hasLeft: boolean
  /** Opens the push subscription. */
  subscription(): Subscription | undefined
}

export interface DeviceStoreOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
}

export interface NewDevice extends KeyHolder {
  readonly userId: Id<'user'>
  readonly name: string
  readonly platform: AuthenticatorDeviceRow['platform']
  readonly answerJwk: PublicJwk
  readonly answerKey: string
  readonly readerJwk: PublicJwk
  readonly codesId: string | null
  readonly subscription: Subscription | undefined
  readonly credential: PhoneCredential | undefined
}

export function createDeviceStore(options: DeviceStoreOptions) {
  const { clock, random, keyring } = options
  return {
    ...createUsedKeys(clock),
    ...createUnverified(clock),
    ...createOwnerWrites(options),

    /** Also finds a phone that was removed. */
    async find(queries: Queries, id: string): Promise<AuthenticatorDevice | undefined> {
      const row = await queries
        .selectFrom('authenticator_devices')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && readRow(row, keyring)
    },

    /** The active phones of a user, the last used one first. */
    async listActive(queries: Queries, userId: Id<'user'>): Promise<AuthenticatorDevice[]> {
      const rows = await queries
        .selectFrom('authenticator_devices')
        .selectAll()
        .where('user_id', '=', userId)
        .where('status', '=', 'active')
        .execute()
      rows.sort(compareLastUsed)
      return rows.map((row) => readRow(row, keyring))
    },

    /** Adds a phone, `new`. The key of its registration goes on with it. */
    async add(queries: Queries, device: NewDevice): Promise<Id<'authenticator'>> {
      const id = newId(random, 'authenticator')
      const { subscription } = device
      await queries
        .insertInto('authenticator_devices')
        .values({
          id,
          user_id: device.userId,
          name: device.name,
          platform: device.platform,
          status: 'new',
          answer_jwk: JSON.stringify(device.answerJwk),
          answer_key: device.answerKey,
          reader_jwk: JSON.stringify(device.readerJwk),
          server_key_sealed: keyring.seal(placeOf(id, 'server_key_sealed'), device.serverKey()),
          server_jwk: JSON.stringify(device.serverJwk),
          subscription_sealed:
            subscription === undefined ? null : sealSubscription(keyring, id, subscription),
          codes_id: device.codesId,
          credential: device.credential === undefined ? null : writeCredential(device.credential),
          copied_at: null,
          left_at: null,
          created_at: clock.now(),
          activated_at: null,
          last_used_at: null,
        })
        .execute()
      return id
    },

    /** `false`: it is not new any more. */
    async activate(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_devices')
        .set({ status: 'active', activated_at: clock.now() })
        .where('id', '=', id)
        .where('status', '=', 'new')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Records that the phone was used now. `false`: it is not active any more. */
    async noteUse(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_devices')
        .set({ last_used_at: clock.now() })
        .where('id', '=', id)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** The credential of the phone was used. Call it in the transaction that moves the key on. */
    async noteVerified(queries: Queries, id: string, credential: PhoneCredential): Promise<void> {
      await queries
        .updateTable('authenticator_devices')
        .set({ credential: writeCredential(credential) })
        .where('id', '=', id)
        .execute()
    },

    /** Notes that a copy of the phone was used, before the phone is removed: the phone and the copy learn of it. */
    async noteCopied(queries: Queries, id: string): Promise<void> {
      await queries
        .updateTable('authenticator_devices')
        .set({ copied_at: clock.now() })
        .where('id', '=', id)
        .execute()
    },
  }
}

function createOwnerWrites({ keyring }: DeviceStoreOptions) {
  return {
    /** `false`: the user has no active phone with this id. */
    async rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_devices')
        .set({ name })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Stores what the phone itself reports: a new name, or where it can be woken. `false`: it was removed. */
    async change(
      queries: Queries,
      id: string,
      to: { readonly name?: string; readonly subscription?: Subscription | 'none' },
    ): Promise<boolean> {
      const { name, subscription } = to
      const sealed =
        subscription === undefined || subscription === 'none'
          ? null
          : sealSubscription(keyring, id, subscription)
      const result = await queries
        .updateTable('authenticator_devices')
        .set((row) => ({
          name: name ?? row.ref('name'),
          ...(subscription !== undefined && { subscription_sealed: sealed }),
        }))
        .where('id', '=', id)
        .where('status', '!=', 'removed')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** The account was removed on the phone, or it shows that it still has it. `false`: nothing has changed. */
    async noteLeft(queries: Queries, id: string, leftAt: number | null): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_devices')
        .set({ left_at: leftAt })
        .where('id', '=', id)
        .where('status', '=', 'active')
        .where('left_at', leftAt === null ? 'is not' : 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Deletes a subscription that has ended according to its push service. A newer one that came meanwhile stays. */
    async dropSubscription(
      queries: Queries,
      id: string,
      { endpoint }: Subscription,
    ): Promise<void> {
      const found = await queries
        .selectFrom('authenticator_devices')
        .select('subscription_sealed')
        .where('id', '=', id)
        .executeTakeFirst()
      const sealed = found?.subscription_sealed ?? null
      if (sealed === null || openSubscription(keyring, id, sealed).endpoint !== endpoint) return
      await queries
        .updateTable('authenticator_devices')
        .set({ subscription_sealed: null })
        .where('id', '=', id)
        .where('subscription_sealed', '=', sealed)
        .execute()
    },

    /**
     * Removes the phone and erases what is secret. Its public keys stay, so that it can hear that it was removed.
     * @param status what it has to be. `false`: the user has no such phone.
     */
    async remove(
      queries: Queries,
      userId: Id<'user'>,
      { id, status }: Pick<AuthenticatorDevice, 'id' | 'status'>,
    ): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_devices')
        .set({ status: 'removed', name: '', server_key_sealed: '', subscription_sealed: null })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('status', '=', status)
        .where('status', '!=', 'removed')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}

export type DeviceStore = ReturnType<typeof createDeviceStore>

const placeOf = (id: string, column: string): string => `authenticator_devices/${id}/${column}`

function sealSubscription(keyring: Keyring, id: string, subscription: Subscription): string {
  const bytes = Buffer.from(JSON.stringify(subscription))
  return keyring.seal(placeOf(id, 'subscription_sealed'), bytes)
}

function openSubscription(keyring: Keyring, id: string, sealed: string): Subscription {
  const bytes = keyring.open(placeOf(id, 'subscription_sealed'), sealed)
  return JSON.parse(Buffer.from(bytes).toString()) as Subscription
}

function readRow(row: AuthenticatorDeviceRow, keyring: Keyring): AuthenticatorDevice {
  const { subscription_sealed: sealed } = row
  return {
    id: row.id as Id<'authenticator'>,
    userId: row.user_id as Id<'user'>,
    name: row.name,
    platform: row.platform,
    status: row.status,
    answerJwk: JSON.parse(row.answer_jwk) as PublicJwk,
    answerKey: row.answer_key,
    readerJwk: JSON.parse(row.reader_jwk) as PublicJwk,
    serverJwk: JSON.parse(row.server_jwk) as PublicJwk,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    lastUsedAt: row.last_used_at,
    canBeWoken: sealed !== null,
    codesId: row.codes_id,
    credential: row.credential === null ? undefined : readCredential(row.credential),
    copiedAt: row.copied_at,
    hasLeft: row.left_at !== null,
    serverKey: () => keyring.open(placeOf(row.id, 'server_key_sealed'), row.server_key_sealed),
    subscription: () => (sealed === null ? undefined : openSubscription(keyring, row.id, sealed)),
  }
}
