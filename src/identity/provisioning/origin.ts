/** Where a user comes from, and the id of the user there: for operators who look for a person in the other system. */
import type { Queries } from '../../platform/storage/database.ts'

export type Origin =
  | {
      readonly type: 'directory'
      readonly name: string
      /** `objectGUID` or `entryUUID`. */
      readonly entryId: string
      /** When the directory was last asked about the person: milliseconds since the epoch. */
      readonly checkedAt: number
      /** The configuration no longer names the directory, so the person cannot log in. */
      readonly isGone: boolean
    }
  | {
      readonly type: 'system'
      readonly name: string
      /** The id of the person in the system; `null`: it has sent none. */
      readonly externalId: string | null
      /** When the system has disabled the person; `null`: it has not. */
      readonly deactivatedAt: number | null
    }

/** `undefined`: Einlass itself has the user. */
export async function findOrigin(
  queries: Queries,
  userId: string,
  directories: readonly { readonly name: string }[],
): Promise<Origin | undefined> {
  const row = await queries
    .selectFrom('users')
    .leftJoin('directory_entries', 'directory_entries.user_id', 'users.id')
    .leftJoin('provisioned_users', 'provisioned_users.user_id', 'users.id')
    .select(['directory', 'entry_id', 'checked_at', 'source', 'external_id', 'deactivated_at'])
    .where('users.id', '=', userId)
    .executeTakeFirst()
  if (row?.directory != null) {
    const { directory: name, entry_id: entryId, checked_at: checkedAt } = row
    const isGone = directories.every((one) => one.name !== name)
    return { type: 'directory', name, entryId: entryId ?? '', checkedAt: checkedAt ?? 0, isGone }
  }
  if (row?.source == null) return undefined
  const { source: name, external_id: externalId, deactivated_at: deactivatedAt } = row
  return { type: 'system', name, externalId, deactivatedAt }
}
