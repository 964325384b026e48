/**
 * What a directory says of a password, compared with what it said before. Owns when that is a new password or a new demand
 * for one, and the mark that earlier logins of the user have to end. The mark is written with the look that found it. The
 * regular look-up of users ends these logins (operations/end-replaced.ts), so nothing is lost if the process that looked is
 * gone.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** What ends the logins of a user, see `sessions_end_on` in the configuration. */
export type PasswordReplacement = 'new_password' | 'must_change'

/** What a directory says of the password of a person. */
export interface PasswordState {
  /** By the clock of the directory (ms); undefined: it does not say. */
  readonly changedAt: number | undefined
  readonly mustChange: boolean
}

/** What it said before. */
export interface EarlierPasswordState {
  readonly password_set_at: number | null
  readonly must_change: 0 | 1
}

/** Milliseconds by which the clocks of a directory and of this machine may differ. */
export const clockDifference = 60_000

/** True only if it is later even when the clock of the directory is ahead. */
export function isLater(at: number | undefined, before: number | null): boolean {
  return at !== undefined && at > (before ?? 0) + clockDifference
}

/**
 * Both times are of the directory, if Einlass has one, so that no difference of clocks matters. An earlier time is that of
 * a server that has not received the change yet.
 * @param known when the password was changed as far as the row of the user knows, perhaps by the clock of this machine
 */
export function findReplacements(
  { changedAt, mustChange }: PasswordState,
  before: EarlierPasswordState,
  known: number | null,
): PasswordReplacement[] {
  const { password_set_at: setAt } = before
  const isNew =
    setAt === null
      ? isLater(changedAt, known)
      : changedAt !== undefined && changedAt > Number(setAt)
  return [
    ...(isNew ? ['new_password' as const] : []),
    ...(mustChange && before.must_change === 0 ? ['must_change' as const] : []),
  ]
}

interface Seen {
  readonly password: PasswordState
  readonly before: EarlierPasswordState
  /** Logins before this moment end; undefined: none do. */
  readonly endsBefore: number | undefined
}

/** Writes only what has changed. */
export async function notePasswordState(
  queries: Queries,
  userId: string,
  { password: { changedAt, mustChange }, before, endsBefore }: Seen,
): Promise<void> {
  const setAt = before.password_set_at === null ? -1 : Number(before.password_set_at)
  const isLaterTime = changedAt !== undefined && changedAt > setAt
  const must = mustChange ? 1 : 0
  if (!isLaterTime && must === before.must_change && endsBefore === undefined) return
  await queries
    .updateTable('directory_entries')
    .set({
      must_change: must,
      ...(isLaterTime && { password_set_at: changedAt }),
      ...(endsBefore !== undefined && { logins_end_before: endsBefore }),
    })
    .where('user_id', '=', userId)
    .execute()
}

/** @param setAt when the directory says that it took the password; undefined: the next look stores what it then says */
export async function noteOwnPassword(
  queries: Queries,
  userId: string,
  setAt: number | undefined,
): Promise<void> {
  await queries
    .updateTable('directory_entries')
    .set({ password_set_at: setAt ?? null, must_change: 0 })
    .where('user_id', '=', userId)
    .execute()
}

/** A user whose logins before `before` (ms) have to end. */
export interface ReplacedPassword {
  readonly userId: Id<'user'>
  readonly directory: string
  readonly before: number
}

export async function listReplaced(queries: Queries, limit: number): Promise<ReplacedPassword[]> {
  const rows = await queries
    .selectFrom('directory_entries')
    .select(['user_id', 'directory', 'logins_end_before'])
    // Any mark: so the plan is a search in the index and no walk through it.
    .where('logins_end_before', '>', 0)
    .orderBy('logins_end_before')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    userId: row.user_id as Id<'user'>,
    directory: row.directory,
    before: Number(row.logins_end_before),
  }))
}

/** Removes the mark. `false`: another process has removed it, or there is a newer one. */
export async function takeReplaced(
  queries: Queries,
  { userId, before }: ReplacedPassword,
): Promise<boolean> {
  const result = await queries
    .updateTable('directory_entries')
    .set({ logins_end_before: null })
    .where('user_id', '=', userId)
    .where('logins_end_before', '=', before)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
