/** What the account shows about a person's password, and whether they can change it here. */
import type { Directory } from '../../identity/users/directory.ts'
import { requireFound } from '../../identity/users/directory-answers.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'

export interface PasswordRowOptions {
  readonly db: Database
  readonly directory: Pick<Directory, 'find' | 'changePassword' | 'passwordReset'>
}

export interface PasswordRow {
  /** Milliseconds since the epoch. */
  readonly changedAt: number | undefined
}

/** `undefined` if the person changes it elsewhere. */
export async function findPasswordRow(
  { db, directory }: PasswordRowOptions,
  userId: Id<'user'>,
): Promise<PasswordRow | undefined> {
  if (directory.changePassword === undefined) return undefined
  const user = requireFound(await directory.find(db, userId))
  if (user === undefined) return undefined
  // One of several directories may reserve password changes for itself.
  const isHere = (await directory.passwordReset?.isFor(db, user)) ?? true
  return isHere ? { changedAt: user.passwordChangedAt ?? undefined } : undefined
}
