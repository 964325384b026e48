/**
 * Phones whose enrolment is not verified yet. Owns what becomes of one when its journey ends early: its answer to the QR code
 * was lost, so the phone scans again, or its user closed the page and comes back later.
 */
import { sql } from 'kysely'
import type { RegisteringPhone } from '#forgerock-push'
import { type Clock, hours } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { removeRows } from '../../../platform/storage/remove.ts'

/** How long a user can go on with a phone that was not verified (ms). Afterwards it is deleted. */
export const pendingLifetime = hours(24)

export interface PendingPhone {
  readonly deviceId: Id<'device'>
  readonly name: string | null
  readonly createdAt: number
  /** The message id of the registration that it answered. */
  readonly registrationId: string
}

export interface SamePhone {
  readonly messageId: string
  readonly deviceId: string
  /** The hash of the answer that is known. */
  readonly before: string | null
  readonly after: string
  readonly phone: RegisteringPhone
}

export function createPendingPhones(clock: Clock) {
  return {
    ...changes,
    mayHoldEntry,
    hasConfirmed,

    /**
     * The phone that the user registered last and did not verify. None after a wrong number, a denial or a second phone: then
     * it may be another person's, and no further number may be guessed on it.
     */
    async findResumable(queries: Queries, userId: Id<'user'>): Promise<PendingPhone | undefined> {
      const row = await queries
        .selectFrom('push_devices as device')
        .innerJoin('push_registrations as code', 'code.device_id', 'device.id')
        .select(['device.id', 'device.device_name', 'device.created_at', 'code.message_id'])
        .where('device.user_id', '=', userId)
        .where('device.status', '=', 'pending')
        .where('device.created_at', '>', clock.now() - pendingLifetime)
        .where('code.second_answer_at', 'is', null)
        .where((one) =>
          one.not(
            one.exists(
              one
                .selectFrom('push_challenges as challenge')
                .select('challenge.message_id')
                .whereRef('challenge.device_id', '=', 'device.id')
                .where('challenge.status', 'in', ['wrong_number', 'denied']),
            ),
          ),
        )
        .orderBy('device.created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        deviceId: row.id as Id<'device'>,
        name: row.device_name,
        createdAt: row.created_at,
        registrationId: row.message_id,
      }
    },

    async purge(queries: Queries): Promise<void> {
      const before = clock.now() - pendingLifetime
      await removeRows(queries, {
        table: 'push_devices',
        key: ['id'],
        isOld: (row) =>
          row.and([row('status', '=', sql.lit('pending')), row('created_at', '<', before)]),
      })
    },
  }
}

export type PendingPhones = ReturnType<typeof createPendingPhones>

/**
 * Whether an app may hold an entry of this user already, so that it refuses the code without a word: a phone was
 * registered at some time, or another code was shown, whose scan may have left one.
 */
async function mayHoldEntry(
  queries: Queries,
  userId: Id<'user'>,
  messageId: string,
): Promise<boolean> {
  const device = await queries
    .selectFrom('push_devices')
    .select('id')
    .where('user_id', '=', userId)
    .limit(1)
    .executeTakeFirst()
  if (device !== undefined) return true
  const code = await queries
    .selectFrom('push_registrations')
    .select('message_id')
    .where('user_id', '=', userId)
    .where('message_id', '!=', messageId)
    .limit(1)
    .executeTakeFirst()
  return code !== undefined
}

/** Whether the enrolment of a phone of this user was ever verified, also of one that was removed. */
async function hasConfirmed(queries: Queries, userId: Id<'user'>): Promise<boolean> {
  const device = await queries
    .selectFrom('push_devices')
    .select('id')
    .where('user_id', '=', userId)
    .where('status', '!=', 'pending')
    .limit(1)
    .executeTakeFirst()
  return device !== undefined
}

const changes = {
  /**
   * The phone that answered a code answers it again under a new mechanism id, because the reply was lost: takes over what it
   * says now. Its test message went to the entry that it does not have, so the page sends another one.
   * @returns `false`: it is another phone, or verified already. Call it under the lock of the user.
   * @throws a unique violation when the mechanism id is known already
   */
  async replaceSame(queries: Queries, same: SamePhone): Promise<boolean> {
    const { messageId, deviceId, before, after, phone } = same
    const device = await queries
      .updateTable('push_devices')
      .set({
        mechanism_uid: phone.mechanismUid,
        device_type: phone.deviceType,
        communication_type: phone.communicationType,
        device_name: phone.deviceName || null,
        shows_numbers: phone.deviceName === undefined ? 0 : 1,
      })
      .where('id', '=', deviceId)
      .where('status', '=', 'pending')
      .where('device_token', '=', phone.deviceId)
      .executeTakeFirst()
    if (device.numUpdatedRows !== 1n) return false
    await queries
      .updateTable('push_registrations')
      .set({ answer_hash: after })
      .where('message_id', '=', messageId)
      .where('answer_hash', '=', before)
      .execute()
    await queries
      .updateTable('push_challenges')
      .set({ delivery: 'gone' })
      .where('device_id', '=', deviceId)
      .where('status', '=', 'waiting')
      .execute()
    return true
  },

  /** `false`: the user has no such phone, or it is verified. */
  async remove(queries: Queries, userId: Id<'user'>, deviceId: string): Promise<boolean> {
    const result = await queries
      .deleteFrom('push_devices')
      .where('id', '=', deviceId)
      .where('user_id', '=', userId)
      .where('status', '=', 'pending')
      .executeTakeFirst()
    return result.numDeletedRows === 1n
  },

  /** All unverified phones of a user, each with the registration that it answered, as long as that one is stored. */
  async listUnverified(queries: Queries, userId: Id<'user'>) {
    const rows = await queries
      .selectFrom('push_devices as device')
      .leftJoin('push_registrations as code', 'code.device_id', 'device.id')
      .select(['device.id', 'device.device_name', 'code.message_id'])
      .where('device.user_id', '=', userId)
      .where('device.status', '=', 'pending')
      .execute()
    return rows.map((row) => ({
      deviceId: row.id as Id<'device'>,
      name: row.device_name,
      registrationId: row.message_id,
    }))
  },

  /** Deletes what earlier codes left of the same phone of a user. */
  async removeEarlier(
    queries: Queries,
    userId: Id<'user'>,
    { id, token }: { readonly id: string; readonly token: string },
  ): Promise<void> {
    await queries
      .deleteFrom('push_devices')
      .where('user_id', '=', userId)
      .where('device_token', '=', token)
      .where('status', '=', 'pending')
      .where('id', '!=', id)
      .execute()
  },
}
