/**
 * Registrations: QR codes that were shown to enrol a phone. Owns their rows. A code is a credential: it is valid for minutes and
 * for one phone. When a second phone answers it, the answer is refused and the page shows a warning.
 */
import { makeMessageId, randomChallenge, randomSecret } from '#forgerock-push'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, clockSlack, hours, minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { PushRegistrationRow } from '../../../platform/storage/factor-tables.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import type { JourneyData } from '../../engine/data.ts'
import { registrationEntry } from './data.ts'

export interface PushRegistration {
  readonly messageId: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  /** Base64 of 32 random bytes. */
  readonly challenge: string
  readonly status: 'open' | 'answered' | 'closed'
  readonly createdAt: number
  readonly expiresAt: number
  readonly deviceId: Id<'device'> | null
  readonly answerHash: string | null
  readonly secondAnswerAt: number | null
  /** The id of the TOTP that is linked to the same QR code; null: the code is for push alone. */
  readonly linkedTotpId: string | null
  secret(): Uint8Array
}

export interface PushRegistrationStoreOptions {
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  /** Milliseconds that a code can be scanned. */
  readonly lifetime: number
}

/** How many codes one budget has in `window` (ms). A user whose phone has a problem needs a few. */
const openingLimit = { codes: 10, window: minutes(10) }

export function createPushRegistrationStore(options: PushRegistrationStoreOptions) {
  const { clock, random, keyring } = options
  return {
    ...createLimits(clock),

    /** Creates the message id of a new registration without storing it; `open` stores it. */
    newId: (): string => makeMessageId('REGISTER', random.uuid(), clock.now()),

    /** Opens a new code and closes the previous one of the journey. */
    async open(
      queries: Queries,
      registration: {
        messageId: string
        journeyHash: string
        userId: Id<'user'>
        budgetKey: string
        linkedTotpId?: string | undefined
      },
    ): Promise<void> {
      const { messageId, journeyHash, userId, budgetKey, linkedTotpId = null } = registration
      const now = clock.now()
      await queries
        .updateTable('push_registrations')
        .set({ status: 'closed' })
        .where('journey_hash', '=', journeyHash)
        .where('status', '=', 'open')
        .execute()
      await queries
        .insertInto('push_registrations')
        .values({
          message_id: messageId,
          journey_hash: journeyHash,
          user_id: userId,
          secret_sealed: keyring.seal(getSealingContext(messageId), randomSecret(random)),
          challenge: randomChallenge(random),
          status: 'open',
          created_at: now,
          expires_at: now + options.lifetime,
          device_id: null,
          answer_hash: null,
          second_answer_at: null,
          second_phone_told_at: null,
          companion_id: linkedTotpId,
          budget_key: budgetKey,
        })
        .execute()
    },

    async find(queries: Queries, messageId: string): Promise<PushRegistration | undefined> {
      const row = await queries
        .selectFrom('push_registrations')
        .selectAll()
        .where('message_id', '=', messageId)
        .executeTakeFirst()
      return row === undefined ? undefined : readRow(row, keyring)
    },

    /** Assigns the code to the first phone that answers. `false`: it is assigned, closed or expired. */
    async take(
      queries: Queries,
      messageId: string,
      answer: { answerHash: string; deviceId: Id<'device'> },
    ): Promise<boolean> {
      const result = await queries
        .updateTable('push_registrations')
        .set({ status: 'answered', answer_hash: answer.answerHash, device_id: answer.deviceId })
        .where('message_id', '=', messageId)
        .where('status', '=', 'open')
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Closes a code, because the user left its page: no phone can use it any more. */
    async close(queries: Queries, messageId: string): Promise<void> {
      await queries
        .updateTable('push_registrations')
        .set({ status: 'closed' })
        .where('message_id', '=', messageId)
        .where('status', '=', 'open')
        .execute()
    },

    /** Closes all codes of a user that no phone has answered, and gives them. */
    async closeAll(queries: Queries, userId: Id<'user'>): Promise<PushRegistration[]> {
      const rows = await queries
        .updateTable('push_registrations')
        .set({ status: 'closed' })
        .where('user_id', '=', userId)
        .where('status', '=', 'open')
        .returningAll()
        .execute()
      return rows.map((row) => readRow(row, keyring))
    },

    /** Limits look back 24 hours, so older rows are deleted. */
    purge: (queries: Queries): Promise<number> => purge(queries, clock.now() - hours(24)),
  }
}

function purge(queries: Queries, before: number): Promise<number> {
  return removeRows(queries, {
    table: 'push_registrations',
    key: ['message_id'],
    isOld: (row) => row('expires_at', '<', before),
  })
}

/** Limits for actions that anybody with the password or with a code could repeat without end. */
function createLimits(clock: Clock) {
  return {
    /**
     * When the next code can be shown (ms since the epoch), because the budget had 10 of this user within ten minutes;
     * `undefined`: now. In a transaction the user is locked, so the answer stays true until its end.
     */
    async findNextOpening(
      queries: Queries,
      userId: Id<'user'>,
      budgetKey: string,
    ): Promise<number | undefined> {
      if (queries.isTransaction) await lockUser(queries, userId)
      const now = clock.now()
      const rows = await queries
        .selectFrom('push_registrations')
        .select('created_at')
        .where('user_id', '=', userId)
        .where('budget_key', '=', budgetKey)
        .where('created_at', '>', now - openingLimit.window)
        .where('created_at', '<=', now + clockSlack)
        .orderBy('created_at', 'desc')
        .limit(openingLimit.codes)
        .execute()
      const oldest = rows[openingLimit.codes - 1]
      return oldest === undefined ? undefined : oldest.created_at + openingLimit.window
    },

    /** Records, for the page, that another phone answered the same code. `false`: that was recorded before. */
    async noteSecondAnswer(queries: Queries, messageId: string): Promise<boolean> {
      const result = await queries
        .updateTable('push_registrations')
        .set({ second_answer_at: clock.now() })
        .where('message_id', '=', messageId)
        .where('second_answer_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Whether the user may get a mail about a second phone now: at most once an hour. Call it under the lock of the user. */
    async mayNotifySecondPhone(
      queries: Queries,
      { messageId, userId }: Pick<PushRegistration, 'messageId' | 'userId'>,
    ): Promise<boolean> {
      const now = clock.now()
      const notified = await queries
        .selectFrom('push_registrations')
        .select('message_id')
        .where('user_id', '=', userId)
        .where('second_phone_told_at', '>', now - hours(1))
        .where('second_phone_told_at', '<=', now + clockSlack)
        .executeTakeFirst()
      if (notified !== undefined) return false
      await queries
        .updateTable('push_registrations')
        .set({ second_phone_told_at: now })
        .where('message_id', '=', messageId)
        .execute()
      return true
    },
  }
}

export type PushRegistrationStore = ReturnType<typeof createPushRegistrationStore>

/** The registration that is named in the journey data. */
export async function findRegistration(
  { registrations }: { readonly registrations: PushRegistrationStore },
  queries: Queries,
  data: JourneyData,
): Promise<PushRegistration | undefined> {
  const id = registrationEntry.read(data)
  return id !== undefined ? await registrations.find(queries, id) : undefined
}

const getSealingContext = (messageId: string): string =>
  `push_registrations/${messageId}/secret_sealed`

function readRow(row: PushRegistrationRow, keyring: Keyring): PushRegistration {
  return {
    messageId: row.message_id,
    journeyHash: row.journey_hash,
    userId: row.user_id as Id<'user'>,
    challenge: row.challenge,
    status: row.status,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    deviceId: row.device_id as Id<'device'> | null,
    answerHash: row.answer_hash,
    secondAnswerAt: row.second_answer_at,
    linkedTotpId: row.companion_id,
    secret: () => keyring.open(getSealingContext(row.message_id), row.secret_sealed),
  }
}
