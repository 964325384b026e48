/**
 * Requests to phones of every kind: their states, and the rules of their tables. Each change is one conditional statement. So an
 * approval is spent once, and a user has one waiting request at a time on enrolled phones, whatever their kind. The factor owns
 * what an answer is.
 */
import { sql } from 'kysely'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Clock, hours, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { approvalTables } from '../../../platform/storage/factor-tables.ts'
import { removeRows } from '../../../platform/storage/remove.ts'

/** An answer that was under way when the time ran out is still accepted (ms). */
export const answerGrace = seconds(10)

/** An approval that no page has spent for this long is expired (ms). */
const approvalLifetime = seconds(120)

export interface AskedRequest<Status extends string> {
  readonly status: Status
  readonly expiresAt: number
  readonly answeredAt: number | null
  readonly consumedAt: number | null
}

export type RequestState<Status extends string> = Status | 'expired' | 'spent'

/** The state of a request at `now` (ms since the epoch). Example: a waiting one after `expiresAt` is `expired`. */
export function getRequestState<Status extends string>(
  { status, expiresAt, answeredAt, consumedAt }: AskedRequest<Status>,
  now: number,
): RequestState<Status> {
  if (consumedAt !== null) return 'spent'
  if (status === 'approved') {
    return now < (answeredAt ?? 0) + approvalLifetime ? status : 'expired'
  }
  if (status !== 'waiting') return status
  return now < expiresAt ? status : 'expired'
}

/** Whether an answer that comes at `now` (ms since the epoch) is late. */
export const isTooLate = (
  { expiresAt }: Pick<AskedRequest<string>, 'expiresAt'>,
  now: number,
): boolean => now >= expiresAt + answerGrace

/**
 * Whether an answer is recorded although its request was superseded or has expired: the refusal of a login is. A person asked for
 * that login, and the owner has said that it was not wanted. Rows are kept for 24 hours after they expire.
 */
export const isRefusalOfLogin = (purpose: string, outcome: string): boolean =>
  purpose === 'login' && (outcome === 'denied' || outcome === 'reported')

export interface StoredRequest {
  readonly id: string
  readonly journeyHash: string
  readonly userId: Id<'user'>
  readonly deviceId: string
  readonly createdAt: number
}

type TableName = (typeof approvalTables)[number]['requests']

/** @param name the table of one kind of phone */
export function createRequestRules(clock: Clock, name: TableName) {
  const table = findTable(name)
  const id = sql.ref<string>(table.id)
  return {
    ...createWithdrawals(table),

    /** Spends an approval. `false`: it was spent before, or the request is not approved. */
    async consume(queries: Queries, requestId: string, journeyHash: string): Promise<boolean> {
      const result = await queries
        .updateTable(name)
        .set({ consumed_at: clock.now() })
        .where(id, '=', requestId)
        .where('journey_hash', '=', journeyHash)
        .where('status', '=', 'approved')
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Whether the journey has asked the same phone before. */
    async wasAskedBefore(queries: Queries, asked: StoredRequest): Promise<boolean> {
      const row = await queries
        .selectFrom(name)
        .select('created_at')
        .where('user_id', '=', asked.userId)
        .where('journey_hash', '=', asked.journeyHash)
        .where('device_id', '=', asked.deviceId)
        .where(id, '!=', asked.id)
        .where('created_at', '<=', asked.createdAt)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /** The id of the latest request of this journey. */
    async findOfJourney(
      queries: Queries,
      { userId, journeyHash }: Pick<StoredRequest, 'userId' | 'journeyHash'>,
    ): Promise<string | undefined> {
      const row = await queries
        .selectFrom(name)
        .select(id.as('id'))
        .where('user_id', '=', userId)
        .where('journey_hash', '=', journeyHash)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.id
    },

    /**
     * Marks messages as failed that were queued before `before` (ms since the epoch): the process that was to send them has
     * ended. Those of requests that have expired stay: nobody waits for them, and there may be very many.
     * @returns the hashes of the journeys that wait for them
     */
    async failForgotten(queries: Queries, before: number): Promise<string[]> {
      const failed = await queries
        .updateTable(name)
        .set({ delivery: 'failed' })
        .where('delivery', '=', 'queued')
        .where('created_at', '<', before)
        .where('expires_at', '>', clock.now())
        .returning(['journey_hash', 'status'])
        .execute()
      return failed.filter((row) => row.status === 'waiting').map((row) => row.journey_hash)
    },

    /** Limits look back 24 hours, so older rows are deleted. */
    async purge(queries: Queries): Promise<void> {
      const before = clock.now() - hours(24)
      await removeRows(queries, {
        table: name,
        key: [table.id],
        isOld: (row) => row('expires_at', '<', before),
      })
    },
  }
}

type Table = (typeof approvalTables)[number]

function findTable(name: TableName): Table {
  const found = approvalTables.find(({ requests }) => requests === name)
  if (found === undefined) throw new Error(`there is no table ${name}`)
  return found
}

/** How a request ends without a valid answer. */
function createWithdrawals({ requests, id }: Table) {
  return {
    /** Takes a waiting request back, because the user left the page. */
    async withdraw(queries: Queries, requestId: string): Promise<void> {
      await queries
        .updateTable(requests)
        .set({ status: 'superseded' })
        .where(sql.ref<string>(id), '=', requestId)
        .where('status', '=', 'waiting')
        .execute()
    },

    /**
     * Invalidates all waiting requests of a phone and all its approvals that are not spent.
     * @returns the hashes of the journeys that they were for
     */
    async withdrawAll(queries: Queries, deviceId: string): Promise<string[]> {
      const withdrawn = await queries
        .updateTable(requests)
        .set({ status: 'superseded' })
        .where('device_id', '=', deviceId)
        .where('status', 'in', ['waiting', 'approved'])
        .where('consumed_at', 'is', null)
        .returning('journey_hash')
        .execute()
      return withdrawn.map((row) => row.journey_hash)
    },
  }
}

/**
 * Makes room for a new request: the user's other waiting requests become superseded. A phone whose enrolment is not verified is a
 * separate case: its request neither supersedes that of another phone nor is superseded by it. Call it in the transaction that
 * stores the request.
 * @returns the hashes of the journeys whose request was superseded
 */
export async function supersedeOthers(
  queries: Queries,
  { userId, deviceId }: Pick<StoredRequest, 'userId' | 'deviceId'>,
): Promise<string[]> {
  await lockUser(queries, userId)
  const unverified = await listUnverified(queries, userId)
  const isOwnCase = unverified.includes(deviceId)
  const superseded: string[] = []
  for (const { requests } of approvalTables) {
    const rows = await queries
      .updateTable(requests)
      .set({ status: 'superseded' })
      .where('user_id', '=', userId)
      .where('status', '=', 'waiting')
      .$if(isOwnCase, (update) => update.where('device_id', '=', deviceId))
      .$if(!isOwnCase && unverified.length > 0, (update) =>
        update.where('device_id', 'not in', unverified),
      )
      .returning('journey_hash')
      .execute()
    superseded.push(...rows.map((row) => row.journey_hash))
  }
  return superseded
}

async function listUnverified(queries: Queries, userId: Id<'user'>): Promise<string[]> {
  const [first, ...others] = approvalTables.map(({ devices, unverified }) =>
    queries
      .selectFrom(devices)
      .select('id')
      .where('user_id', '=', userId)
      .where('status', '=', unverified),
  )
  const rows = await others.reduce((all, one) => all?.unionAll(one), first)?.execute()
  return (rows ?? []).map(({ id }) => id)
}

/** The journey of the user's newest other request for a login; `undefined`: no other one is newer. */
export async function findNewerJourney(
  queries: Queries,
  { userId, id, createdAt }: Pick<StoredRequest, 'userId' | 'id' | 'createdAt'>,
): Promise<string | undefined> {
  const rows = await Promise.all(
    approvalTables.map((table) =>
      queries
        .selectFrom(table.requests)
        .select(['journey_hash', 'created_at'])
        .where('user_id', '=', userId)
        .where('purpose', '=', 'login')
        .where(sql.ref<string>(table.id), '!=', id)
        .where('created_at', '>=', createdAt)
        .orderBy('created_at', 'desc')
        .limit(1)
        .execute(),
    ),
  )
  const [newest] = rows.flat().sort((a, b) => b.created_at - a.created_at)
  return newest?.journey_hash
}
