/**
 * The password hashes of local users, in their rows. Owns how a hash is set and replaced, and that a new password is a new
 * version of the credentials; does not own how a password is hashed or judged, and ends no session.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import { findRow, nextVersion } from '../rows.ts'
import { canonicalUsername } from '../user.ts'

export interface LocalPasswords {
  /** The hash of a user; undefined: they have none, so no password lets them in. */
  find(queries: Queries, id: string): Promise<string | undefined>
  /**
   * The hash of a user whom the name chooses among all, and the same one each time: what a login with a name that nobody has
   * may cost. So as many of these names cost what imported hashes cost as users have such hashes. `undefined`: that of ours.
   */
  findLike(queries: Queries, name: string): Promise<string | undefined>
  /**
   * A password that another person chose for the user. Throws Fault `not_found` when there is no such user.
   * @param options `changeRequired`: it is only for the next login, which asks for another one
   */
  set(
    queries: Queries,
    id: string,
    hash: string,
    options?: { readonly changeRequired?: boolean },
  ): Promise<void>
  /**
   * A password that its owner chose, at `at` (ms). False, and nothing changed, when the credential version is no longer
   * `from`; else it is the next one.
   */
  change(
    queries: Queries,
    id: string,
    change: { readonly from: number; readonly newHash: string; readonly at: number },
  ): Promise<boolean>
  /** The same password hashed better. False, and nothing changed, when the hash is no longer `oldHash`. */
  replaceHash(queries: Queries, id: string, oldHash: string, newHash: string): Promise<boolean>
}

/** The user with the next id. Ids are random, so every user is as likely as any other. */
export const pointAtUser = (name: string): string =>
  `usr_${sha256(`like ${canonicalUsername(name) ?? ''}`)}`

const findAfter = prepared((queries, at: Slots<{ point: string }>) =>
  queries
    .selectFrom('users')
    .select('password_hash')
    .where('id', '>=', at.point)
    .orderBy('id')
    .limit(1),
)

export function createLocalPasswords({ clock }: { readonly clock: Clock }): LocalPasswords {
  return {
    async find(queries, id) {
      return (await findRow.first(queries, { id }))?.password_hash ?? undefined
    },
    async findLike(queries, name) {
      const row = await findAfter.first(queries, { point: pointAtUser(name) })
      return row?.password_hash ?? undefined
    },
    async set(queries, id, hash, { changeRequired = false } = {}) {
      const now = clock.now()
      const result = await queries
        .updateTable('users')
        .set({
          password_hash: hash,
          password_changed_at: now,
          password_change_required: changeRequired ? 1 : 0,
          credential_version: nextVersion,
          known_browser_failures: 0,
          updated_at: now,
        })
        .where('id', '=', id)
        .executeTakeFirst()
      if (result.numUpdatedRows === 0n) throw new Fault('not_found', 'There is no such user.')
    },
    async change(queries, id, { from, newHash, at }) {
      const result = await queries
        .updateTable('users')
        .set({
          password_hash: newHash,
          password_changed_at: at,
          password_change_required: 0,
          credential_version: nextVersion,
          known_browser_failures: 0,
          updated_at: clock.now(),
        })
        .where('id', '=', id)
        .where('credential_version', '=', from)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    async replaceHash(queries, id, oldHash, newHash) {
      const result = await queries
        .updateTable('users')
        .set({ password_hash: newHash, updated_at: clock.now() })
        .where('id', '=', id)
        .where('password_hash', '=', oldHash)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}
