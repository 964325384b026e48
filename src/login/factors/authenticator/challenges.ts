/**
 * What phones are asked. Owns the rows and every change of them, each of which is one conditional statement: a request is
 * answered once, an approval is spent once, and a user has one waiting request at a time on enrolled phones.
 */
import { encodeBase64Url } from '#authenticator'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { AuthenticatorChallengeRow } from '../../../platform/storage/factor-tables.ts'
import type { Language } from '../../../platform/ui/language.ts'
import type { About } from '../../report/about.ts'
import { createBudget } from './budget.ts'

/** `enrolment`: the first one of a new phone. */
export type Purpose = AuthenticatorChallengeRow['purpose']
export type DeliveryState = AuthenticatorChallengeRow['delivery']
/** How a request ends by an answer. */
export type FinalAnswer = 'approved' | 'denied' | 'reported'

export interface Challenge {
  readonly id: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  readonly deviceId: Id<'authenticator'>
  readonly purpose: Purpose
  /** Base64url of 32 bytes. */
  readonly nonce: string
  /** Six digits. */
  readonly code: string
  /** Base64url of 16 bytes. */
  readonly scan: string
  readonly triesLeft: number
  readonly status: AuthenticatorChallengeRow['status']
  readonly delivery: DeliveryState
  readonly createdAt: number
  readonly expiresAt: number
  readonly answeredAt: number | null
  readonly consumedAt: number | null
  /** The login that it is for, as far as the configuration lets it be shown; absent for an enrolment. */
  readonly about?: About
  readonly language: Language
  /** Whose budget the first answer of a new phone uses; absent for a login, which has one for the user. */
  readonly budgetKey?: string
}

export type ChallengeState = Challenge['status'] | 'expired' | 'spent'

export const codeDigits = 6
/** How often a code can be typed in for one request. */
const tries = 3
/** Milliseconds that a request can be answered. docs/assurance.md relies on it. */
const lifetime = minutes(2)
/** An answer that was under way when the time ran out is still accepted (ms). */
const answerGrace = seconds(10)
/** An approval that no page has spent for this long is expired (ms). */
const approvalLifetime = seconds(120)

/** The state of a request at `now` (ms since the epoch). Example: a waiting one after `expiresAt` is `expired`. */
export function getChallengeState(challenge: Challenge, now: number): ChallengeState {
  if (challenge.consumedAt !== null) return 'spent'
  if (challenge.status === 'approved') {
    return now < (challenge.answeredAt ?? 0) + approvalLifetime ? 'approved' : 'expired'
  }
  if (challenge.status !== 'waiting') return challenge.status
  return now < challenge.expiresAt ? 'waiting' : 'expired'
}

/** Whether an answer that comes at `now` (ms since the epoch) is late. */
export const isTooLate = ({ expiresAt }: Challenge, now: number): boolean =>
  now >= expiresAt + answerGrace

export type NewChallenge = Pick<
  Challenge,
  'journeyHash' | 'userId' | 'deviceId' | 'purpose' | 'about' | 'budgetKey' | 'language'
> &
  Pick<Challenge, 'delivery'>

export function createChallengeStore({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}) {
  return {
    ...createBudget(clock),
    ...createAnswers(clock),
    ...withdrawals,

    /** Draws a new request without storing it; `add` stores it. */
    draw(bound: NewChallenge): Challenge {
      const now = clock.now()
      return {
        ...bound,
        id: Buffer.from(random.bytes(20)).toString('base64url'),
        nonce: encodeBase64Url(random.bytes(32)),
        code: `${random.int(0, 10 ** codeDigits)}`.padStart(codeDigits, '0'),
        scan: encodeBase64Url(random.bytes(16)),
        triesLeft: tries,
        status: 'waiting',
        createdAt: now,
        expiresAt: now + lifetime,
        answeredAt: null,
        consumedAt: null,
      }
    },

    /**
     * Stores a request. Other waiting ones of the user become superseded; a new phone is a case of its own, which neither
     * supersedes another phone's nor is superseded by it. Call it in a transaction.
     * @returns the hashes of the journeys whose request was superseded
     */
    async add(queries: Queries, challenge: Challenge): Promise<string[]> {
      const { userId, deviceId, purpose } = challenge
      await lockUser(queries, userId)
      const superseded = await queries
        .updateTable('authenticator_challenges')
        .set({ status: 'superseded' })
        .where('user_id', '=', userId)
        .where('status', '=', 'waiting')
        .where('purpose', '=', purpose)
        .$if(purpose === 'enrolment', (update) => update.where('device_id', '=', deviceId))
        .returning('journey_hash')
        .execute()
      await queries.insertInto('authenticator_challenges').values(createRow(challenge)).execute()
      return superseded.map((row) => row.journey_hash)
    },

    async find(queries: Queries, id: string): Promise<Challenge | undefined> {
      const row = await queries
        .selectFrom('authenticator_challenges')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && readRow(row)
    },

    /** What a phone can answer now, the newest first. */
    async listWaiting(queries: Queries, deviceId: string): Promise<Challenge[]> {
      const rows = await queries
        .selectFrom('authenticator_challenges')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('status', '=', 'waiting')
        .where('expires_at', '>', clock.now())
        .orderBy('created_at', 'desc')
        .limit(10)
        .execute()
      return rows.map(readRow)
    },

    async noteDelivery(queries: Queries, id: string, delivery: DeliveryState): Promise<void> {
      await queries
        .updateTable('authenticator_challenges')
        .set({ delivery })
        .where('id', '=', id)
        .execute()
    },

    /** Those of 24 hours are kept for the limits. */
    async purge(queries: Queries): Promise<void> {
      await queries
        .deleteFrom('authenticator_challenges')
        .where('expires_at', '<', clock.now() - hours(24))
        .execute()
    },
  }
}

/** What answers do to a request. `false`: it has an answer already, was superseded, or is expired. */
function createAnswers(clock: Clock) {
  const waiting = (queries: Queries, id: string) =>
    queries
      .updateTable('authenticator_challenges')
      .where('id', '=', id)
      .where('status', '=', 'waiting')
      .where('expires_at', '>', clock.now() - answerGrace)
  return {
    async answer(queries: Queries, id: string, answer: FinalAnswer): Promise<boolean> {
      const result = await waiting(queries, id)
        .set({ status: answer, answered_at: clock.now() })
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** A wrong code. The last one ends the request. @returns how many tries are left; `undefined`: it does not wait */
    async takeTry(queries: Queries, id: string): Promise<number | undefined> {
      const rows = await waiting(queries, id)
        .where('tries_left', '>', 0)
        .set((row) => ({ tries_left: row('tries_left', '-', 1) }))
        .returning('tries_left')
        .execute()
      const left = rows[0]?.tries_left
      if (left === 0) {
        const ended = { status: 'wrong_code', answered_at: clock.now() } as const
        await waiting(queries, id).set(ended).execute()
      }
      return left
    },

    /** Spends an approval. `false`: it was spent before, or the request is not approved. */
    async consume(queries: Queries, id: string, journeyHash: string): Promise<boolean> {
      const result = await queries
        .updateTable('authenticator_challenges')
        .set({ consumed_at: clock.now() })
        .where('id', '=', id)
        .where('journey_hash', '=', journeyHash)
        .where('status', '=', 'approved')
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}

/** How a request ends without an answer. */
const withdrawals = {
  /** Takes a waiting request back, because the user left the page. */
  async withdraw(queries: Queries, id: string): Promise<void> {
    await queries
      .updateTable('authenticator_challenges')
      .set({ status: 'superseded' })
      .where('id', '=', id)
      .where('status', '=', 'waiting')
      .execute()
  },

  /**
   * Invalidates all waiting requests of a phone and all its approvals that are not spent.
   * @returns the hashes of the journeys that they were for
   */
  async withdrawAll(queries: Queries, deviceId: string): Promise<string[]> {
    const withdrawn = await queries
      .updateTable('authenticator_challenges')
      .set({ status: 'superseded' })
      .where('device_id', '=', deviceId)
      .where('status', 'in', ['waiting', 'approved'])
      .where('consumed_at', 'is', null)
      .returning('journey_hash')
      .execute()
    return withdrawn.map((row) => row.journey_hash)
  },
}

export type ChallengeStore = ReturnType<typeof createChallengeStore>

function createRow(challenge: Challenge): AuthenticatorChallengeRow {
  return {
    id: challenge.id,
    journey_hash: challenge.journeyHash,
    user_id: challenge.userId,
    device_id: challenge.deviceId,
    purpose: challenge.purpose,
    nonce: challenge.nonce,
    code: challenge.code,
    scan: challenge.scan,
    tries_left: challenge.triesLeft,
    status: challenge.status,
    delivery: challenge.delivery,
    created_at: challenge.createdAt,
    expires_at: challenge.expiresAt,
    answered_at: null,
    consumed_at: null,
    about: challenge.about === undefined ? null : JSON.stringify(challenge.about),
    language: challenge.language,
    budget_key: challenge.budgetKey ?? null,
  }
}

function readRow(row: AuthenticatorChallengeRow): Challenge {
  return {
    id: row.id,
    journeyHash: row.journey_hash,
    userId: row.user_id as Id<'user'>,
    deviceId: row.device_id as Id<'authenticator'>,
    purpose: row.purpose,
    nonce: row.nonce,
    code: row.code,
    scan: row.scan,
    triesLeft: row.tries_left,
    status: row.status,
    delivery: row.delivery,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    answeredAt: row.answered_at,
    consumedAt: row.consumed_at,
    ...(row.about !== null && { about: JSON.parse(row.about) as About }),
    language: row.language as Language,
    ...(row.budget_key !== null && { budgetKey: row.budget_key }),
  }
}
