/**
 * Push challenges. Owns their rows and every change of them, each one conditional statement: a challenge is answered
 * once, the first answer is final, an approval is spent once, and a user has one waiting challenge at a time.
 */
import { type DrawnNumbers, drawNumbers, makeMessageId, randomChallenge } from '#forgerock-push'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { PushChallengeRow } from '../../../platform/storage/tables.ts'
import type { About } from '../../report/about.ts'
import { createBudget } from './budget.ts'

export type ChallengePurpose = 'login' | 'test'
export type ChallengeAnswer = 'approved' | 'denied' | 'wrong_number'

/** `sent`: a provider took it over. `gone`: the provider called the phone's address dead. */
export type DeliveryState = PushChallengeRow['delivery']

export interface PushChallenge {
  readonly messageId: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  readonly deviceId: Id<'device'>
  readonly purpose: ChallengePurpose
  /** `challenge`: the number of the page has to be chosen. `default`: a tap is enough. */
  readonly type: PushChallengeRow['type']
  /** Base64 of 32 bytes. */
  readonly challenge: string
  /** Drawn also where none is asked for. */
  readonly numbers: DrawnNumbers
  readonly status: 'waiting' | ChallengeAnswer | 'superseded'
  readonly delivery: DeliveryState
  readonly createdAt: number
  readonly expiresAt: number
  readonly answeredAt: number | null
  readonly answerHash: string | null
  readonly consumedAt: number | null
  /** The login that it is for, as far as it may be told; absent for a test. */
  readonly about?: About
}

export type ChallengeState = 'waiting' | ChallengeAnswer | 'superseded' | 'expired' | 'spent'

/** An answer that was on its way when the time ran out still counts. */
export const answerGrace = seconds(10)

/** An approval that nobody fetched for this long is worth nothing any more. */
const approvalLifetime = seconds(120)

/** What a challenge is worth at `now`. */
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
>

export function createPushChallengeStore({ clock, random, lifetime }: PushChallengeStoreOptions) {
  return {
    ...withdrawals,
    ...createBudget(clock),

    /** A challenge that is yet to be added. */
    draw(
      bound: Pick<
        PushChallenge,
        'journeyHash' | 'userId' | 'deviceId' | 'purpose' | 'type' | 'about'
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
     * Adds a challenge. Whatever else waits for this user waits no longer. Call it in a transaction.
     * @returns the journeys whose challenge was superseded
     */
    async add(queries: Queries, challenge: NewChallenge): Promise<string[]> {
      const { userId } = challenge
      await lockUser(queries, userId)
      const superseded = await queries
        .updateTable('push_challenges')
        .set({ status: 'superseded' })
        .where('user_id', '=', userId)
        .where('status', '=', 'waiting')
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

    /** Records the first answer. `false`: there is one already, or it comes too late. */
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

    /** Spends an approval. `false`: it is spent, or it never was one. */
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

    /** @param provider the sender that tried; null when there is none for the phone */
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
        .execute()
    },

    failForgotten,

    purge,
  }
}

/** Removes what expired before `before` (ms). */
async function purge(queries: Queries, before: number): Promise<void> {
  await queries.deleteFrom('push_challenges').where('expires_at', '<', before).execute()
  await queries.deleteFrom('push_registrations').where('expires_at', '<', before).execute()
}

/** Ways in which a challenge ends without an answer that counts. */
const withdrawals = {
  /** Takes a waiting challenge back, because the person gave up at the page. */
  async withdraw(queries: Queries, messageId: string): Promise<void> {
    await queries
      .updateTable('push_challenges')
      .set({ status: 'superseded' })
      .where('message_id', '=', messageId)
      .where('status', '=', 'waiting')
      .execute()
  },

  /**
   * Whatever a phone was asked or has approved is worth nothing any more.
   * @returns the journeys that it was for
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
 * Calls failed what has been queued since `before` (ms): whoever was about to send it is gone.
 * @returns the journeys that wait for it
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
  }
}
