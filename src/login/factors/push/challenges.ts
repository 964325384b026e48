/**
 * Push challenges. Owns their rows and every change of them. Each change is one conditional statement: a challenge is answered
 * once, the first answer is final, an approval is spent once, and a user has one waiting challenge at a time on enrolled phones.
 */
import { type DrawnNumbers, drawNumbers, makeMessageId, randomChallenge } from '#forgerock-push'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { PushChallengeRow } from '../../../platform/storage/factor-tables.ts'
import type { About } from '../../report/about.ts'
import { createBudget } from '../approval/budget.ts'

/** `caller`: the service desk asks, to verify who is at the telephone. */
export type ChallengePurpose = 'login' | 'test' | 'caller'
export type ChallengeAnswer = 'approved' | 'denied' | 'wrong_number'

/** `sent`: a provider took it over. `gone`: the provider called the phone's address dead. */
export type DeliveryState = PushChallengeRow['delivery']

export interface PushChallenge {
  readonly messageId: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  readonly deviceId: Id<'device'>
  readonly purpose: ChallengePurpose
  /** `challenge`: the user chooses the number that the page shows. `default`: a tap is enough. */
  readonly type: PushChallengeRow['type']
  /** Base64 of 32 bytes. */
  readonly challenge: string
  /** Drawn also for the type `default`, which does not use them. */
  readonly numbers: DrawnNumbers
  readonly status: 'waiting' | ChallengeAnswer | 'superseded'
  readonly delivery: DeliveryState
  readonly createdAt: number
  readonly expiresAt: number
  readonly answeredAt: number | null
  readonly answerHash: string | null
  readonly consumedAt: number | null
  /** The login that it is for, as far as the configuration lets it be shown; absent for a test. */
  readonly about?: About
  /** Whose budget a test uses; absent for a login, which has one for the user. */
  readonly budgetKey?: string
}

export type ChallengeState = 'waiting' | ChallengeAnswer | 'superseded' | 'expired' | 'spent'

/** An answer that was under way when the time ran out is still accepted (ms). */
export const answerGrace = seconds(10)

/** An approval that no page has spent for this long is expired (ms). */
const approvalLifetime = seconds(120)

/** The state of a challenge at `now` (ms since the epoch). Example: a waiting one after `expiresAt` is `expired`. */
export function getChallengeState(challenge: PushChallenge, now: number): ChallengeState {
  if (challenge.consumedAt !== null) return 'spent'
  if (challenge.status === 'approved') {
    return now < (challenge.answeredAt ?? 0) + approvalLifetime ? 'approved' : 'expired'
  }
  if (challenge.status !== 'waiting') return challenge.status
  return now < challenge.expiresAt ? 'waiting' : 'expired'
}

export interface PushChallengeStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds that a challenge can be answered. */
  readonly lifetime: number
}

export type NewChallenge = Pick<
  PushChallenge,
  | 'messageId'
  | 'journeyHash'
  | 'userId'
  | 'deviceId'
  | 'purpose'
  | 'type'
  | 'challenge'
  | 'numbers'
  | 'createdAt'
  | 'expiresAt'
  | 'about'
  | 'budgetKey'
>

export function createPushChallengeStore({ clock, random, lifetime }: PushChallengeStoreOptions) {
  return {
    ...withdrawals,
    ...createBudget(clock),

    /** Draws a new challenge without storing it; `add` stores it. */
    draw(
      bound: Pick<
        PushChallenge,
        'journeyHash' | 'userId' | 'deviceId' | 'purpose' | 'type' | 'about' | 'budgetKey'
      >,
    ): NewChallenge {
      const now = clock.now()
      return {
        ...bound,
        messageId: makeMessageId('AUTHENTICATE', random.uuid(), now),
        challenge: randomChallenge(random),
        numbers: drawNumbers(random),
        createdAt: now,
        expiresAt: now + lifetime,
      }
    },

    /**
     * Stores a challenge. Other waiting challenges of the user become superseded; a phone whose enrolment is not verified is a
     * case of its own, which neither supersedes another phone's nor is superseded by it. Call it in a transaction.
     * @returns the hashes of the journeys whose challenge was superseded
     */
    async add(queries: Queries, challenge: NewChallenge): Promise<string[]> {
      const { userId, deviceId } = challenge
      await lockUser(queries, userId)
      const pending = await listPending(queries, userId)
      const others = pending.filter((id) => id !== deviceId)
      const superseded = await queries
        .updateTable('push_challenges')
        .set({ status: 'superseded' })
        .where('user_id', '=', userId)
        .where('status', '=', 'waiting')
        .$if(pending.includes(deviceId), (update) => update.where('device_id', '=', deviceId))
        .$if(others.length > 0, (update) => update.where('device_id', 'not in', others))
        .returning('journey_hash')
        .execute()
      await queries.insertInto('push_challenges').values(createRow(challenge)).execute()
      return superseded.map((row) => row.journey_hash)
    },

    async find(queries: Queries, messageId: string): Promise<PushChallenge | undefined> {
      const row = await queries
        .selectFrom('push_challenges')
        .selectAll()
        .where('message_id', '=', messageId)
        .executeTakeFirst()
      return row === undefined ? undefined : readRow(row)
    },

    /** Records the first answer. `false`: the challenge has an answer already, was superseded, or is expired. */
    async answer(
      queries: Queries,
      messageId: string,
      answer: { answer: ChallengeAnswer; answerHash: string },
    ): Promise<boolean> {
      const now = clock.now()
      const result = await queries
        .updateTable('push_challenges')
        .set({ status: answer.answer, answered_at: now, answer_hash: answer.answerHash })
        .where('message_id', '=', messageId)
        .where('status', '=', 'waiting')
        .where('expires_at', '>', now - answerGrace)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Spends an approval. `false`: it was spent before, or the challenge is not approved. */
    async consume(queries: Queries, messageId: string, journeyHash: string): Promise<boolean> {
      const result = await queries
        .updateTable('push_challenges')
        .set({ consumed_at: clock.now() })
        .where('message_id', '=', messageId)
        .where('journey_hash', '=', journeyHash)
        .where('status', '=', 'approved')
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** @param provider the name of the sender that tried; null when no sender takes the phone's address */
    async noteDelivery(
      queries: Queries,
      messageId: string,
      delivery: Exclude<DeliveryState, 'queued'>,
      provider: string | null,
    ): Promise<void> {
      await queries
        .updateTable('push_challenges')
        .set({ delivery, provider, ...(delivery === 'sent' && { handed_over_at: clock.now() }) })
        .where('message_id', '=', messageId)
        .where('delivery', '!=', 'gone')
        .execute()
    },

    findNewerJourney,

    wasSentBefore,

    failForgotten,

    purge,
  }
}

/** The ids of the user's phones whose enrolment is not verified. */
async function listPending(queries: Queries, userId: Id<'user'>): Promise<string[]> {
  const rows = await queries
    .selectFrom('push_devices')
    .select('id')
    .where('user_id', '=', userId)
    .where('status', '=', 'pending')
    .execute()
  return rows.map(({ id }) => id)
}

/** The journey of the user's newest other challenge for a login; `undefined`: no other one is newer. */
async function findNewerJourney(
  queries: Queries,
  { userId, messageId, createdAt }: PushChallenge,
): Promise<string | undefined> {
  const row = await queries
    .selectFrom('push_challenges')
    .select('journey_hash')
    .where('user_id', '=', userId)
    .where('purpose', '=', 'login')
    .where('message_id', '!=', messageId)
    .where('created_at', '>=', createdAt)
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  return row?.journey_hash
}

/** Whether the journey has sent an earlier message to the same phone. */
async function wasSentBefore(
  queries: Queries,
  { userId, journeyHash, deviceId, messageId, createdAt }: PushChallenge,
): Promise<boolean> {
  const row = await queries
    .selectFrom('push_challenges')
    .select('message_id')
    .where('user_id', '=', userId)
    .where('journey_hash', '=', journeyHash)
    .where('device_id', '=', deviceId)
    .where('message_id', '!=', messageId)
    .where('created_at', '<=', createdAt)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes challenges and registrations that expired before `before` (ms since the epoch). */
async function purge(queries: Queries, before: number): Promise<void> {
  await queries.deleteFrom('push_challenges').where('expires_at', '<', before).execute()
  await queries.deleteFrom('push_registrations').where('expires_at', '<', before).execute()
}

/** How a challenge ends without a valid answer. */
const withdrawals = {
  /** Takes a waiting challenge back, because the user left the page. */
  async withdraw(queries: Queries, messageId: string): Promise<void> {
    await queries
      .updateTable('push_challenges')
      .set({ status: 'superseded' })
      .where('message_id', '=', messageId)
      .where('status', '=', 'waiting')
      .execute()
  },

  /**
   * Invalidates all waiting challenges of a phone and all its approvals that are not spent.
   * @returns the hashes of the journeys that they were for
   */
  async withdrawAll(queries: Queries, deviceId: string): Promise<string[]> {
    const withdrawn = await queries
      .updateTable('push_challenges')
      .set({ status: 'superseded' })
      .where('device_id', '=', deviceId)
      .where('status', 'in', ['waiting', 'approved'])
      .where('consumed_at', 'is', null)
      .returning('journey_hash')
      .execute()
    return withdrawn.map((row) => row.journey_hash)
  },
}

export type PushChallengeStore = ReturnType<typeof createPushChallengeStore>

/**
 * Marks messages as failed that were queued before `before` (ms since the epoch): the process that was to send them has ended.
 * @returns the hashes of the journeys that wait for them
 */
async function failForgotten(queries: Queries, before: number): Promise<string[]> {
  const failed = await queries
    .updateTable('push_challenges')
    .set({ delivery: 'failed' })
    .where('delivery', '=', 'queued')
    .where('created_at', '<', before)
    .returning(['journey_hash', 'status'])
    .execute()
  return failed.filter((row) => row.status === 'waiting').map((row) => row.journey_hash)
}

function createRow(challenge: NewChallenge): PushChallengeRow {
  return {
    message_id: challenge.messageId,
    journey_hash: challenge.journeyHash,
    user_id: challenge.userId,
    device_id: challenge.deviceId,
    purpose: challenge.purpose,
    challenge: challenge.challenge,
    type: challenge.type,
    numbers: challenge.numbers.numbers.join(','),
    right_number: challenge.numbers.right,
    status: 'waiting',
    delivery: 'queued',
    provider: null,
    handed_over_at: null,
    created_at: challenge.createdAt,
    expires_at: challenge.expiresAt,
    answered_at: null,
    answer_hash: null,
    consumed_at: null,
    about: challenge.about === undefined ? null : JSON.stringify(challenge.about),
    budget_key: challenge.budgetKey ?? null,
  }
}

function readRow(row: PushChallengeRow): PushChallenge {
  const [a = 0, b = 0, c = 0] = (row.numbers ?? '').split(',').map(Number)
  return {
    messageId: row.message_id,
    journeyHash: row.journey_hash,
    userId: row.user_id as Id<'user'>,
    deviceId: row.device_id as Id<'device'>,
    purpose: row.purpose,
    type: row.type,
    challenge: row.challenge,
    numbers: { numbers: [a, b, c], right: row.right_number ?? 0 },
    status: row.status,
    delivery: row.delivery,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    answeredAt: row.answered_at,
    answerHash: row.answer_hash,
    consumedAt: row.consumed_at,
    ...(row.about !== null && { about: JSON.parse(row.about) as About }),
    ...(row.budget_key !== null && { budgetKey: row.budget_key }),
  }
}
