/**
 * The rows of invitations. An invitation is a link for one user with 256 random bits, of which only the hash is stored. It
 * lets the user enrol a first second factor, after the password. Only the newest invitation of a user works, and it works
 * until a second factor is enrolled.
 */
import type { Selectable } from 'kysely'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Id, newId, newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'
import type { EnrolmentInvitationRow } from '../../platform/storage/tables.ts'
import type { InvitationState } from '../decision/first-factor.ts'

export type InvitationChannel = 'mail' | 'paper'

export interface NewInvitation {
  readonly userId: string
  readonly channel: InvitationChannel
  readonly createdBy: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** How long an invitation that is over stays in the list of an operator. */
const keptFor = hours(24 * 90)

export type InvitationRow = Selectable<EnrolmentInvitationRow>

export type InvitationStore = ReturnType<typeof createInvitationStore>

export function createInvitationStore({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}) {
  const selectOpen = (queries: Queries) =>
    queries
      .selectFrom('enrolment_invitations')
      .selectAll()
      .where('ended_at', 'is', null)
      .where('expires_at', '>', clock.now())

  return {
    /** Ends the earlier invitations of these users. Returns the tokens in the order of the users. */
    async create(queries: Queries, all: readonly NewInvitation[]): Promise<string[]> {
      if (all.length === 0) return []
      const now = clock.now()
      await endOpen(
        queries,
        all.map(({ userId }) => userId),
        { ended_at: now },
      )
      const made = all.map((one) => ({ ...one, token: newSecret(random) }))
      await queries
        .insertInto('enrolment_invitations')
        .values(
          made.map(({ token, userId, channel, createdBy, expiresAt }) => ({
            id: newId(random, 'invitation'),
            token_hash: sha256(token),
            user_id: userId,
            channel,
            created_by: createdBy,
            created_at: now,
            expires_at: expiresAt,
            ended_at: null,
            used_at: null,
          })),
        )
        .execute()
      return made.map(({ token }) => token)
    },

    /** Whether an invitation works for this user. @param hash of the token */
    async judge(queries: Queries, hash: string, userId: Id<'user'>): Promise<InvitationState> {
      const row = await selectOpen(queries).where('token_hash', '=', hash).executeTakeFirst()
      if (row === undefined) return 'over'
      return row.user_id === userId ? 'valid' : 'other_person'
    },

    /** Whether an invitation works for anybody. @param hash of the token */
    async isOpen(queries: Queries, hash: string): Promise<boolean> {
      const row = await selectOpen(queries).where('token_hash', '=', hash).executeTakeFirst()
      return row !== undefined
    },

    /**
     * Ends the open invitations of a user who has enrolled a second factor. Call it in a transaction that holds the lock of
     * the user. `true`: the one with this hash was among them.
     */
    async spend(queries: Queries, userId: Id<'user'>, hash: string | undefined): Promise<boolean> {
      const now = clock.now()
      const used =
        hash === undefined
          ? undefined
          : await queries
              .updateTable('enrolment_invitations')
              .set({ ended_at: now, used_at: now })
              .where('token_hash', '=', hash)
              .where('user_id', '=', userId)
              .where('ended_at', 'is', null)
              .where('expires_at', '>', now)
              .executeTakeFirst()
      await endOpen(queries, [userId], { ended_at: now })
      return used?.numUpdatedRows === 1n
    },

    /** Ends all open invitations of a user. Returns their number. */
    end: (queries: Queries, userId: string): Promise<number> =>
      endOpen(queries, [userId], { ended_at: clock.now() }),

    /** The newest first. @param userId absent: of all users, only the open ones */
    async list(queries: Queries, userId?: string): Promise<InvitationRow[]> {
      const query =
        userId === undefined
          ? selectOpen(queries)
          : queries.selectFrom('enrolment_invitations').selectAll().where('user_id', '=', userId)
      return await query.orderBy('created_at', 'desc').orderBy('id').execute()
    },

    purge: (queries: Queries): Promise<number> => {
      const before = clock.now() - keptFor
      return removeRows(queries, {
        table: 'enrolment_invitations',
        key: ['id'],
        isOld: (row) => row('expires_at', '<', before),
      })
    },
  }
}

/** Users in one statement: both databases have a limit for the values of a query. */
const usersAtOnce = 500

async function endOpen(
  queries: Queries,
  userIds: readonly string[],
  set: { readonly ended_at: number },
): Promise<number> {
  let ended = 0
  for (let at = 0; at < userIds.length; at += usersAtOnce) {
    const result = await queries
      .updateTable('enrolment_invitations')
      .set(set)
      .where('user_id', 'in', userIds.slice(at, at + usersAtOnce))
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    ended += Number(result.numUpdatedRows)
  }
  return ended
}

export const invitationPath = '/invitation'

/** The path of a link. */
export const createInvitationPath = (token: string): string => `${invitationPath}/${token}`
