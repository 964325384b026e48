/**
 * Passwords that Einlass has just written to a directory. Active Directory still takes the one of before for up to an hour, by design:
 * a thief of it would get in after its owner has chosen another one. So a hash of the new one is kept for that time, and
 * a login with any other one is wrong. When the directory has got another password since, it alone decides again. A later time in the
 * entry does not say that alone: who takes back *must change* there sets it anew, with the same password.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Hasher } from '../hasher.ts'

export interface WrittenPassword {
  readonly userId: Id<'user'>
  readonly hash: string
  /** When the directory says that it was set; milliseconds since the epoch, as the next one. */
  readonly setAt: number
  /** Which password of the user it is there; undefined: the directory does not say. */
  readonly version: number | undefined
  readonly expiresAt: number
}

/** In place of an earlier one. */
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
  /** When the directory says that the present password was set; undefined: it does not, as when it has to be changed. */
  readonly passwordChangedAt: number | undefined
  /** Which password of the user the directory has now; undefined: it does not say. */
  readonly findVersion: () => Promise<number | undefined>
  readonly now: number
}

/** Whether the directory has taken a password that it should have forgotten. */
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
  // A server that has not heard of the change yet says an earlier time, and an earlier version.
  if (passwordChangedAt !== undefined && passwordChangedAt <= written.set_at) return true
  if (written.version === null) return false
  const version = await findVersion()
  return version !== undefined && version <= written.version
}

export async function purgeWrittenPasswords(queries: Queries, now: number): Promise<void> {
  await queries.deleteFrom('written_passwords').where('expires_at', '<=', now).execute()
}
