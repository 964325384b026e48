/**
 * Push challenges. Owns their rows and every change of them. Each change is one conditional statement: a challenge is answered
 * once, the first answer is final, an approval is spent once, and a user has one waiting challenge at a time on enrolled phones.
 */
import { type DrawnNumbers, drawNumbers, makeMessageId, randomChallenge } from '#forgerock-push'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { PushChallengeRow } from '../../../platform/storage/factor-tables.ts'
import type { About } from '../../report/about.ts'
import { createBudget } from '../approval/budget.ts'
import {
  answerGrace,
  createRequestRules,
  getRequestState,
  isRefusalOfLogin,
  type RequestState,
  supersedeOthers,
} from '../approval/requests.ts'

/** `caller`: the service desk asks, to verify who is at the telephone. */
export type ChallengePurpose = 'login' | 'test' | 'caller'
export type ChallengeAnswer = 'approved' | 'denied' | 'wrong_number'

/**
 * `sent`: a provider took it over. `failed`: it may have arrived. `refused`: it did not arrive. `gone`: it did not arrive, and
 * the provider called the phone's address dead.
 */
export type DeliveryState = PushChallengeRow['delivery']

export const isUndelivered = (delivery: DeliveryState): boolean =>
  delivery === 'failed' || delivery === 'refused'

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
  /** Whose budget it uses; absent for a login of an earlier version. */
  readonly budgetKey?: string
}

export type ChallengeState = RequestState<PushChallenge['status']>

export const getChallengeState = (challenge: PushChallenge, now: number): ChallengeState =>
  getRequestState(challenge, now)

/** A challenge as one of all requests to the user's phones. */
export const toStored = ({ messageId: id, ...challenge }: PushChallenge) => ({ ...challenge, id })

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
    ...createRequestRules(clock, 'push_challenges'),
    ...createBudget(clock),

    /** Draws a new challenge without storing it; `add` stores it. */
    draw({
      right,
      ...bound
    }: Pick<
      PushChallenge,
      'journeyHash' | 'userId' | 'deviceId' | 'purpose' | 'type' | 'about' | 'budgetKey'
    > & {
      /** The right number, where something else has drawn it. */
      readonly right?: number
    }): NewChallenge {
      const now = clock.now()
      return {
        ...bound,
        messageId: makeMessageId('AUTHENTICATE', random.uuid(), now),
        challenge: randomChallenge(random),
        numbers: drawNumbers(random, right),
        createdAt: now,
        expiresAt: now + lifetime,
      }
    },

    /**
     * Stores a challenge, which supersedes others: see `supersedeOthers`. Call it in a transaction.
     * @returns the hashes of the journeys whose challenge was superseded
     */
    async add(queries: Queries, challenge: NewChallenge): Promise<string[]> {
      const superseded = await supersedeOthers(queries, challenge)
      await queries.insertInto('push_challenges').values(createRow(challenge)).execute()
      return superseded
    },

    async find(queries: Queries, messageId: string): Promise<PushChallenge | undefined> {
      const row = await queries
        .selectFrom('push_challenges')
        .selectAll()
        .where('message_id', '=', messageId)
        .executeTakeFirst()
      return row === undefined ? undefined : readRow(row)
    },

    /**
     * Records the first answer. `false`: the challenge has an answer already, or was superseded or is expired and the answer is
     * no refusal of a login.
     */
    async answer(
      queries: Queries,
      { messageId, purpose }: Pick<PushChallenge, 'messageId' | 'purpose'>,
      answer: { answer: ChallengeAnswer; answerHash: string },
    ): Promise<boolean> {
      const now = clock.now()
      const isRefusal = isRefusalOfLogin(purpose, answer.answer)
      const result = await queries
        .updateTable('push_challenges')
        .set({ status: answer.answer, answered_at: now, answer_hash: answer.answerHash })
        .where('message_id', '=', messageId)
        .where('status', 'in', isRefusal ? ['waiting', 'superseded'] : ['waiting'])
        .$if(!isRefusal, (update) => update.where('expires_at', '>', now - answerGrace))
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
  }
}

export type PushChallengeStore = ReturnType<typeof createPushChallengeStore>

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
    cleared_at: null,
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
