/** Requests for passes of people whose groups need two operators: the rows. An approval happens once, by one UPDATE. */
import { type Clock, hours } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'

export interface NewRequest {
  readonly userId: Id<'user'>
  /** Of the pass, in milliseconds. */
  readonly lifetime: number
  readonly reason: string
  /** As the audit log names the operator. */
  readonly requestedBy: string
  /** The person behind that name, who must not approve the request. */
  readonly requester: string
  /** The reference of the login that the pass is for. */
  readonly login: string | undefined
}

export interface OpenRequest extends NewRequest {
  readonly id: string
}

/** Long enough for a colleague in a meeting, and too short for the request of yesterday. */
const requestLifetime = hours(1)

/** Without letters and digits that are mixed up when they are read out. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

export type RequestStore = ReturnType<typeof createRequestStore>

export function createRequestStore({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}) {
  return {
    async add(queries: Queries, request: NewRequest): Promise<{ id: string; expiresAt: number }> {
      const id = drawId(random)
      const now = clock.now()
      const expiresAt = now + requestLifetime
      await queries
        .insertInto('desk_pass_requests')
        .values({
          id,
          user_id: request.userId,
          lifetime: request.lifetime,
          reason: request.reason,
          requested_by: request.requestedBy,
          requester: request.requester,
          login_reference: request.login ?? null,
          created_at: now,
          expires_at: expiresAt,
          approved_at: null,
        })
        .execute()
      return { id, expiresAt }
    },

    /** `undefined` also when it was approved or has expired. */
    async findOpen(queries: Queries, typed: string): Promise<OpenRequest | undefined> {
      const row = await queries
        .selectFrom('desk_pass_requests')
        .selectAll()
        .where('id', '=', readId(typed))
        .where('approved_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        id: row.id,
        userId: row.user_id as Id<'user'>,
        lifetime: row.lifetime,
        reason: row.reason,
        requestedBy: row.requested_by,
        requester: row.requester,
        login: row.login_reference ?? undefined,
      }
    },

    /** The newest first. */
    async listOpen(queries: Queries, userId: Id<'user'>) {
      const rows = await queries
        .selectFrom('desk_pass_requests')
        .select(['id', 'requested_by', 'expires_at'])
        .where('user_id', '=', userId)
        .where('approved_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .orderBy('created_at', 'desc')
        .execute()
      return rows.map((row) => ({
        id: row.id,
        requestedBy: row.requested_by,
        expiresAt: row.expires_at,
      }))
    },

    /** `false`: it was approved meanwhile, or has expired. */
    async approve(queries: Queries, id: string): Promise<boolean> {
      const now = clock.now()
      const result = await queries
        .updateTable('desk_pass_requests')
        .set({ approved_at: now })
        .where('id', '=', id)
        .where('approved_at', 'is', null)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}

/** Example: `K7QM-3XPA`. The id grants nothing, because another operator approves. */
function drawId(random: Random): string {
  const letters = [...random.bytes(8)].map((byte) => alphabet[byte % alphabet.length]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

function readId(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .slice(0, 8)
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}
