/**
 * Phones that were enrolled for push. Owns their rows. A phone is an authenticator only while it is `active`, and it becomes
 * active when its test challenge was approved.
 */
import type { RegisteringPhone } from '#forgerock-push'
import { type Clock, clockSlack, hours } from '../../../platform/kernel/clock.ts'
import { type Id, newId } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { PushDeviceRow } from '../../../platform/storage/factor-tables.ts'
import { compareLastUsed } from '../enrolled.ts'

export interface PushDevice {
  readonly id: Id<'device'>
  readonly userId: Id<'user'>
  readonly mechanismUid: string
  /** Where messages go: an FCM or APNs token, or an http(s) address. */
  readonly token: string
  readonly deviceType: string
  readonly communicationType: string
  /** The name that its owner gave it, else the name that its app sent; null when there is neither. */
  readonly name: string | null
  /** The name that its app sent. */
  readonly deviceName: string | null
  readonly status: 'pending' | 'active' | 'removed'
  readonly createdAt: number
  /** When it became active; null while it is pending. */
  readonly activatedAt: number | null
  readonly lastUsedAt: number | null
  /** When a provider reported the address as gone (ms since the epoch); null while messages can be sent. */
  readonly pushDisabledAt: number | null
  /** When the user read that no message reaches it any more (ms since the epoch). */
  readonly unreachableNotifiedAt: number | null
  /** The id of the one-time codes that came with its QR code; they may be gone. Null: none, or it was enrolled before these were noted. */
  readonly codesId: string | null
  /** Whether its app can show numbers. Apps of the 2.x generation cannot; they are known by a claim that they do not send. */
  readonly showsNumbers: boolean
  /** Decrypts the shared secret, 32 bytes. */
  secret(): Uint8Array
}

export interface PushDeviceStoreOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
}

export function createPushDeviceStore({ clock, random, keyring }: PushDeviceStoreOptions) {
  const find = async (queries: Queries, column: 'id' | 'mechanism_uid', value: string) => {
    const row = await queries
      .selectFrom('push_devices')
      .selectAll()
      .where(column, '=', value)
      .where('status', '!=', 'removed')
      .executeTakeFirst()
    return row === undefined ? undefined : readRow(row, keyring)
  }

  return {
    findOwner,
    ...ownerWrites,
    ...createReachability(clock),

    find(queries: Queries, id: string): Promise<PushDevice | undefined> {
      return find(queries, 'id', id)
    },

    findByMechanism(queries: Queries, mechanismUid: string): Promise<PushDevice | undefined> {
      return find(queries, 'mechanism_uid', mechanismUid)
    },

    /** The active phones of a user, the last used one first. */
    async listActive(queries: Queries, userId: Id<'user'>): Promise<PushDevice[]> {
      const rows = await queries
        .selectFrom('push_devices')
        .selectAll()
        .where('user_id', '=', userId)
        .where('status', '=', 'active')
        .execute()
      rows.sort(compareLastUsed)
      return rows.map((row) => readRow(row, keyring))
    },

    /**
     * Adds a phone, `pending`.
     * @param secret 32 bytes, shared with the phone
     * @throws a unique violation (`isUniqueViolation`) when its mechanism id is known already
     */
    async add(
      queries: Queries,
      userId: Id<'user'>,
      phone: RegisteringPhone,
      secret: Uint8Array,
    ): Promise<Id<'device'>> {
      const id = newId(random, 'device')
      await queries
        .insertInto('push_devices')
        .values({
          id,
          user_id: userId,
          mechanism_uid: phone.mechanismUid,
          secret_sealed: keyring.seal(getSealingContext(id), secret),
          device_token: phone.deviceId,
          device_type: phone.deviceType,
          communication_type: phone.communicationType,
          device_name: phone.deviceName || null,
          shows_numbers: phone.deviceName === undefined ? 0 : 1,
          own_name: null,
          codes_id: null,
          status: 'pending',
          created_at: clock.now(),
          activated_at: null,
          last_used_at: null,
          push_disabled_at: null,
          unreachable_told_at: null,
          kind_told_at: null,
        })
        .execute()
      return id
    },

    /** Makes a pending phone active; it is used only when it verifies a login. `false`: it is not pending. */
    async activate(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('push_devices')
        .set({ status: 'active', activated_at: clock.now() })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Notes the one-time codes that are on the phone, which are removed with it. */
    async linkCodes(queries: Queries, id: string, codesId: string): Promise<void> {
      await queries
        .updateTable('push_devices')
        .set({ codes_id: codesId })
        .where('id', '=', id)
        .execute()
    },

    /** Records that the phone was used now. `false`: it is not active any more. */
    async noteUse(queries: Queries, id: string): Promise<boolean> {
      const result = await queries
        .updateTable('push_devices')
        .set({ last_used_at: clock.now() })
        .where('id', '=', id)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}

/** Who has or had the phone with this mechanism id, also a phone that was removed. */
async function findOwner(queries: Queries, mechanismUid: string): Promise<string | undefined> {
  const row = await queries
    .selectFrom('push_devices')
    .select('user_id')
    .where('mechanism_uid', '=', mechanismUid)
    .executeTakeFirst()
  return row?.user_id
}

/** Reads and writes whether messages reach a phone. */
function createReachability(clock: Clock) {
  return {
    /** Stops messages to `token`. `false`: they are stopped already, or the phone has another address by now. */
    async disablePush(queries: Queries, id: string, token: string): Promise<boolean> {
      const result = await queries
        .updateTable('push_devices')
        .set({ push_disabled_at: clock.now() })
        .where('id', '=', id)
        .where('device_token', '=', token)
        .where('push_disabled_at', 'is', null)
        .where('status', '!=', 'removed')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Stores the new address that the phone's operating system gave it; messages are sent again. `false`: it is not active. */
    async changeToken(
      queries: Queries,
      id: string,
      to: Omit<RegisteringPhone, 'mechanismUid'>,
    ): Promise<boolean> {
      const result = await queries
        .updateTable('push_devices')
        .set({
          device_token: to.deviceId,
          device_type: to.deviceType,
          communication_type: to.communicationType,
          push_disabled_at: null,
          unreachable_told_at: null,
          ...(to.deviceName !== undefined && { shows_numbers: 1 }),
          ...(to.deviceName !== undefined &&
            to.deviceName !== '' && { device_name: to.deviceName }),
        })
        .where('id', '=', id)
        .where('status', '=', 'active')
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Whether its owner may get a mail now that the phone changed its type: at most once an hour, counted from the last `true`. */
    async mayNotifyTypeChange(queries: Queries, id: string): Promise<boolean> {
      const now = clock.now()
      const result = await queries
        .updateTable('push_devices')
        .set({ kind_told_at: now })
        .where('id', '=', id)
        .where((row) =>
          row.or([
            row('kind_told_at', 'is', null),
            row('kind_told_at', '<=', now - hours(1)),
            row('kind_told_at', '>', now + clockSlack),
          ]),
        )
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Records that the user has read that these phones cannot be reached any more. */
    async noteUnreachableNotified(queries: Queries, ids: readonly string[]): Promise<void> {
      await queries
        .updateTable('push_devices')
        .set({ unreachable_told_at: clock.now() })
        .where('id', 'in', ids)
        .where('push_disabled_at', 'is not', null)
        .execute()
    },
  }
}

/** Changes that owners make to their phones. */
const ownerWrites = {
  /** `false`: the user has no active phone with this id. */
  async rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean> {
    const result = await queries
      .updateTable('push_devices')
      .set({ own_name: name })
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .where('status', '=', 'active')
      .executeTakeFirst()
    return result.numUpdatedRows === 1n
  },

  /** Removes the phone and erases its names, its secret and its address. `false`: the user has no active phone with this id. */
  async remove(queries: Queries, userId: Id<'user'>, id: string): Promise<boolean> {
    const result = await queries
      .updateTable('push_devices')
      .set({
        ...{ status: 'removed', secret_sealed: '', device_token: '' },
        ...{ own_name: null, device_name: null },
      })
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .where('status', '=', 'active')
      .executeTakeFirst()
    return result.numUpdatedRows === 1n
  },
}

export type PushDeviceStore = ReturnType<typeof createPushDeviceStore>

const getSealingContext = (id: string): string => `push_devices/${id}/secret_sealed`

function readRow(row: PushDeviceRow, keyring: Keyring): PushDevice {
  return {
    id: row.id as Id<'device'>,
    userId: row.user_id as Id<'user'>,
    mechanismUid: row.mechanism_uid,
    token: row.device_token,
    deviceType: row.device_type,
    communicationType: row.communication_type,
    name: row.own_name ?? row.device_name,
    deviceName: row.device_name,
    status: row.status,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    lastUsedAt: row.last_used_at,
    pushDisabledAt: row.push_disabled_at,
    unreachableNotifiedAt: row.unreachable_told_at,
    codesId: row.codes_id,
    showsNumbers: row.shows_numbers === 1,
    secret: () => keyring.open(getSealingContext(row.id), row.secret_sealed),
  }
}
