/** What the account says of the password of its person. */
import type { Directory } from '../../identity/users/directory.ts'
import { requireFound } from '../../identity/users/directory-answers.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'

export interface PasswordRowOptions {
  readonly db: Database
  readonly directory: Pick<Directory, 'find' | 'changePassword'>
}

/** `undefined` where passwords are changed elsewhere. */
export async function findPasswordRow(
  { db, directory }: PasswordRowOptions,
  userId: Id<'user'>,
): Promise<{ readonly changedAt: number | undefined } | undefined> {
  if (directory.changePassword === undefined) return undefined
  const user = requireFound(await directory.find(db, userId))
  return { changedAt: user?.passwordChangedAt ?? undefined }
}
