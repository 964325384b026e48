/**
 * The links in mails by which people choose a new password. Owns the table `reset_links`: a link has 256 bits, of which only the
 * hash is stored. It works within 30 minutes, and one of a user's links works once: then the others are over. It does not work
 * for a user whose credentials or address have changed since, or who is disabled.
 *
 * Anybody can ask for a link with the name of another. So a new link ends no earlier one, which its owner may just have opened;
 * and when the number of links of a user is used up, the user still has one that works.
 */
import type { ExpressionBuilder, Selectable } from 'kysely'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import { type Clock, clockSlack, hours, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'
import type { ResetLinkRow, Tables } from '../../platform/storage/tables.ts'

export const linkLifetime = minutes(30)
/** Longer than a directory may take. */
const longestClaim = minutes(1)
/** How many links one user gets in an hour. A user whose links are all over gets one more. */
export const linksPerHour = 3
/** How many links go to one mailbox in an hour, if several users share it. Each of them gets one that works. */
export const mailboxLinksPerHour = 6

export interface ResetLinksOptions {
  readonly users: Pick<Users, 'find' | 'findLocked'>
  readonly clock: Clock
  readonly random: Random
}

export interface NewLink {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export type ResetLinks = ReturnType<typeof createResetLinks>

export function createResetLinks({ users, clock, random }: ResetLinksOptions) {
  /** The row of a link that works. */
  async function findRow(queries: Queries, hash: string) {
    return await queries
      .selectFrom('reset_links')
      .selectAll()
      .where('token_hash', '=', hash)
      .where('consumed_at', 'is', null)
      .where('expires_at', '>', clock.now())
      .executeTakeFirst()
  }

  return {
    /**
     * A new link. `undefined`: the user or the mailbox had enough of them in the last hour and one of the user still works, or an
     * earlier one is just setting a password; nothing is changed. Call it with the user locked.
     * @param options `isUnlimited`: however many there were; it ends the earlier ones
     */
    async create(
      queries: Queries,
      user: User,
      email: string,
      { isUnlimited = false }: { readonly isUnlimited?: boolean } = {},
    ): Promise<NewLink | undefined> {
      const now = clock.now()
      const sent = await listRecent(queries, { userId: user.id, emailHash: sha256(email), now })
      const own = sent.filter((one) => one.user_id === user.id)
      const isOpen = (one: Recent) => one.consumed_at === null && one.expires_at > now
      if (own.some((one) => one.consumed_at === null && one.claimed_until > now)) return undefined
      const isEnough =
        own.length >= linksPerHour ||
        sent.filter((one) => one.email_hash === sha256(email)).length >= mailboxLinksPerHour
      const hasOne = own.some((one) => isOpen(one) && isFor(one, user))
      if (!isUnlimited && isEnough && hasOne) return undefined
      if (isUnlimited) await endAll(queries, user.id, now)
      const token = newSecret(random)
      const expiresAt = now + linkLifetime
      await queries
        .insertInto('reset_links')
        .values({
          token_hash: sha256(token),
          user_id: user.id,
          email_hash: sha256(email),
          credential_version: user.credentialVersion,
          created_at: now,
          expires_at: expiresAt,
          claimed_until: 0,
          consumed_at: null,
        })
        .execute()
      return { token, expiresAt }
    },

    /**
     * Whose link it is. `undefined`: it does not work. In a transaction the answer holds until its end.
     * @param hash of the token
     */
    async findUser(queries: Queries, hash: string): Promise<User | undefined> {
      const row = await findRow(queries, hash)
      if (row === undefined) return undefined
      const find = queries.isTransaction ? users.findLocked : users.find
      const user = await find(queries, row.user_id)
      // Another transaction may have ended it before the user was locked.
      const isOver = queries.isTransaction && (await findRow(queries, hash)) === undefined
      return user !== undefined && !isOver && isFor(row, user) ? user : undefined
    },

    /**
     * Claims the links of a user for the time in which a directory sets the password, which no transaction can undo. So one
     * request does that at a time, and none after the link is spent. `false`: another request has it, or it does not work.
     */
    async claim(queries: Queries, userId: string): Promise<boolean> {
      const now = clock.now()
      const result = await queries
        .updateTable('reset_links')
        .set({ claimed_until: now + longestClaim })
        .where('user_id', '=', userId)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
        .where(isUnclaimed(now))
        .executeTakeFirst()
      return result.numUpdatedRows > 0n
    },

    /** Gives links back that were claimed and not spent. */
    async release(queries: Queries, userId: string): Promise<void> {
      await queries
        .updateTable('reset_links')
        .set({ claimed_until: 0 })
        .where('user_id', '=', userId)
        .where('consumed_at', 'is', null)
        .execute()
    },

    /** Spends a link, and ends the other links of its user. `false`: it was spent or ended before. */
    async consume(queries: Queries, hash: string): Promise<boolean> {
      const now = clock.now()
      const spent = await queries
        .updateTable('reset_links')
        .set({ consumed_at: now })
        .where('token_hash', '=', hash)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
        .returning('user_id')
        .executeTakeFirst()
      if (spent === undefined) return false
      await endAll(queries, spent.user_id, now)
      return true
    },

    /** Deletes links that no limit counts any more. */
    purge: (queries: Queries): Promise<number> => purge(queries, clock.now() - hours(2)),
  }
}

type Recent = Selectable<ResetLinkRow>

/** The links of the last hour to a user, and those to a mailbox. */
async function listRecent(
  queries: Queries,
  sent: { readonly userId: string; readonly emailHash: string; readonly now: number },
): Promise<Recent[]> {
  return await queries
    .selectFrom('reset_links')
    .selectAll()
    .where(({ or, eb }) =>
      or([eb('user_id', '=', sent.userId), eb('email_hash', '=', sent.emailHash)]),
    )
    .where('created_at', '>', sent.now - hours(1))
    .where('created_at', '<=', sent.now + clockSlack)
    .execute()
}

function purge(queries: Queries, before: number): Promise<number> {
  return removeRows(queries, {
    table: 'reset_links',
    key: ['token_hash'],
    isOld: (row) => row('created_at', '<', before),
  })
}

/** Also when its claim ends later than a claim made now could end: then the clock was set back. */
function isUnclaimed(now: number) {
  return ({ or, eb }: ExpressionBuilder<Tables, 'reset_links'>) =>
    or([eb('claimed_until', '<=', now), eb('claimed_until', '>', now + longestClaim + clockSlack)])
}

async function endAll(queries: Queries, userId: string, now: number): Promise<void> {
  await queries
    .updateTable('reset_links')
    .set({ expires_at: now })
    .where('user_id', '=', userId)
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
}

function isFor(row: Selectable<ResetLinkRow>, user: User): boolean {
  return (
    user.disabledAt === null &&
    user.credentialVersion === row.credential_version &&
    user.email !== null &&
    sha256(user.email) === row.email_hash
  )
}
