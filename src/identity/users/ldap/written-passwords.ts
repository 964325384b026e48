/**
 * Passwords that Einlass has just written to a directory. By design, Active Directory still accepts the earlier password
 * for up to an hour: a thief could log in with it after the owner has chosen a new one. So Einlass stores a hash of the
 * new password for that time, and treats any other password as wrong. When the directory has received yet another
 * password since, it decides alone again. A later time in the entry is not enough evidence for that: if an operator
 * clears *must change* in the directory, the time is new but the password is the same.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import type { Hasher } from '../hasher.ts'

export interface WrittenPassword {
  readonly userId: Id<'user'>
  readonly hash: string
  /** When the password was set according to the directory; milliseconds since the epoch, like `expiresAt`. */
  readonly setAt: number
  /** The version of the password in the directory; undefined: the directory does not say. */
  readonly version: number | undefined
  readonly expiresAt: number
}

/** Replaces an earlier one of the user. */
export async function noteWrittenPassword(
  queries: Queries,
  { userId, hash, setAt, version, expiresAt }: WrittenPassword,
): Promise<void> {
  const values = { hash, set_at: setAt, version: version ?? null, expires_at: expiresAt }
  await queries
    .insertInto('written_passwords')
    .values({ user_id: userId, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute()
}

export interface Login {
  readonly userId: Id<'user'>
  readonly password: string
  /**
   * When the present password was set according to the directory; undefined: it does not say, for example if the password
   * must be changed.
   */
  readonly passwordChangedAt: number | undefined
  /** The present version of the password in the directory; undefined: it does not say. */
  readonly findVersion: () => Promise<number | undefined>
  readonly now: number
}

/** Whether the directory has accepted a password that it should have forgotten. */
export async function isEarlierPassword(
  queries: Queries,
  hasher: Pick<Hasher, 'verify'>,
  { userId, password, passwordChangedAt, findVersion, now }: Login,
): Promise<boolean> {
  const written = await queries
    .selectFrom('written_passwords')
    .select(['hash', 'set_at', 'version'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (written === undefined) return false
  if ((await hasher.verify(written.hash, password)).matches) return false
  // A server that has not received the change yet has an earlier time and an earlier version.
  if (passwordChangedAt !== undefined && passwordChangedAt <= written.set_at) return true
  if (written.version === null) return false
  const version = await findVersion()
  return version !== undefined && version <= written.version
}

export async function purgeWrittenPasswords(queries: Queries, now: number): Promise<void> {
  await removeRows(queries, {
    table: 'written_passwords',
    key: ['user_id'],
    isOld: (row) => row('expires_at', '<=', now),
  })
}
