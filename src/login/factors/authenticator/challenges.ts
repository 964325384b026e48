/**
 * The requests to phones. Owns their rows and every change of them. Each change is one conditional statement: a request is
 * answered once, an approval is spent once, and a user has one waiting request at a time on enrolled phones.
 */
import { encodeBase64Url } from '#authenticator'
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { AuthenticatorChallengeRow } from '../../../platform/storage/factor-tables.ts'
import type { Language } from '../../../platform/ui/language.ts'
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

/** `enrolment`: the first request to a new phone. `move`: asks whether another phone may take the place of this one. */
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
  /** The login that the request is for, as far as the configuration lets it be shown; absent for an enrolment. */
  readonly about?: About
  readonly language: Language
  /** `required`: it is approved only when the phone has verified its owner. */
  readonly verification: AuthenticatorChallengeRow['verification']
  /** Whose budget it uses; absent for a login of an earlier version. */
  readonly budgetKey?: string
}

export type ChallengeState = RequestState<Challenge['status']>

export const codeDigits = 6
/** How many codes can be typed in for one request. */
const tries = 3
/** How long a request can be answered, in milliseconds. docs/assurance.md relies on it. */
const lifetime = minutes(2)

export const getChallengeState = (challenge: Challenge, now: number): ChallengeState =>
  getRequestState(challenge, now)

export type NewChallenge = Pick<
  Challenge,
  'journeyHash' | 'userId' | 'deviceId' | 'purpose' | 'about' | 'budgetKey' | 'language'
> &
  Pick<Challenge, 'delivery' | 'verification'> &
  Partial<Pick<Challenge, 'code'>>

export function createChallengeStore({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}) {
  return {
    ...createBudget(clock),
    ...createRequestRules(clock, 'authenticator_challenges'),
    ...createAnswers(clock),

    /** Draws a new request without storing it; `add` stores it. */
    draw(bound: NewChallenge): Challenge {
      const now = clock.now()
      return {
        code: `${random.int(0, 10 ** codeDigits)}`.padStart(codeDigits, '0'),
        ...bound,
        id: Buffer.from(random.bytes(20)).toString('base64url'),
        nonce: encodeBase64Url(random.bytes(32)),
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
     * Stores a request, which supersedes others: see `supersedeOthers`. Call it in a transaction.
     * @returns the hashes of the journeys whose request was superseded
     */
    async add(queries: Queries, challenge: Challenge): Promise<string[]> {
      const superseded = await supersedeOthers(queries, challenge)
      await queries.insertInto('authenticator_challenges').values(createRow(challenge)).execute()
      return superseded
    },

    async find(queries: Queries, id: string): Promise<Challenge | undefined> {
      const row = await queries
        .selectFrom('authenticator_challenges')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && readRow(row)
    },

    /** The waiting or approved request that asks for a move to this phone. There is one at most. */
    async findMove(queries: Queries, deviceId: string): Promise<Challenge | undefined> {
      const row = await queries
        .selectFrom('authenticator_challenges')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('purpose', '=', 'move')
        .where('status', 'in', ['waiting', 'approved'])
        .orderBy('created_at', 'desc')
        .executeTakeFirst()
      return row && readRow(row)
    },

    /** The requests that a phone can answer now, the newest first. */
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

    /** Withdraws the requests that ask a phone whether another one may take its place. */
    async withdrawMoves(queries: Queries, deviceId: string): Promise<void> {
      await queries
        .updateTable('authenticator_challenges')
        .set({ status: 'superseded' })
        .where('device_id', '=', deviceId)
        .where('purpose', '=', 'move')
        .where('status', 'in', ['waiting', 'approved'])
        .execute()
    },

    async noteDelivery(queries: Queries, id: string, delivery: DeliveryState): Promise<void> {
      await queries
        .updateTable('authenticator_challenges')
        .set({ delivery })
        .where('id', '=', id)
        .execute()
    },
  }
}

/**
 * What answers do to a request. `false`: it was answered already, or was superseded or is expired and the answer is no refusal of
 * a login.
 */
function createAnswers(clock: Clock) {
  const waiting = (queries: Queries, id: string) =>
    queries
      .updateTable('authenticator_challenges')
      .where('id', '=', id)
      .where('status', '=', 'waiting')
      .where('expires_at', '>', clock.now() - answerGrace)
  const unanswered = (queries: Queries, id: string) =>
    queries
      .updateTable('authenticator_challenges')
      .where('id', '=', id)
      .where('status', 'in', ['waiting', 'superseded'])
  return {
    async answer(
      queries: Queries,
      { id, purpose }: Pick<Challenge, 'id' | 'purpose'>,
      answer: FinalAnswer,
    ): Promise<boolean> {
      const open = isRefusalOfLogin(purpose, answer)
        ? unanswered(queries, id)
        : waiting(queries, id)
      const result = await open.set({ status: answer, answered_at: clock.now() }).executeTakeFirst()
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
  }
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
    cleared_at: null,
    about: challenge.about === undefined ? null : JSON.stringify(challenge.about),
    language: challenge.language,
    budget_key: challenge.budgetKey ?? null,
    verification: challenge.verification,
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
    verification: row.verification,
    ...(row.budget_key !== null && { budgetKey: row.budget_key }),
  }
}
