/**
 * The password hashes of local users, in their rows. Owns how a hash is set and replaced, and that a new password raises
 * the credential version. Does not own how a password is hashed or judged, and ends no session.
 */
import type { Clock } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import { findRow, nextVersion } from '../rows.ts'
import { canonicalUsername } from '../user.ts'

export interface LocalPasswords {
  /** The hash of a user; undefined: they have no hash, so they cannot log in with a password. */
  find(queries: Queries, id: string): Promise<string | undefined>
  /**
   * The hash of another user, which sets the cost of a login with a name that nobody has. The name selects it, the same
   * one each time. So the share of such names that cost as much as imported hashes equals the share of users with such
   * hashes. `undefined`: the cost of an argon2id hash.
   */
  findLike(queries: Queries, name: string): Promise<string | undefined>
  /**
   * Sets a password that another person chose for the user. Throws Fault `not_found` when there is no such user.
   * @param options `changeRequired`: the password is only for the next login, which asks for another one
   */
  set(
    queries: Queries,
    id: string,
    hash: string,
    options?: { readonly changeRequired?: boolean },
  ): Promise<void>
  /**
   * Sets a password that its owner chose at `at` (ms), and raises the credential version. Returns false and changes
   * nothing when the credential version is no longer `from`.
   */
  change(
    queries: Queries,
    id: string,
    change: { readonly from: number; readonly newHash: string; readonly at: number },
  ): Promise<boolean>
  /** Stores a better hash of the same password. Returns false and changes nothing when the hash is no longer `oldHash`. */
  replaceHash(queries: Queries, id: string, oldHash: string, newHash: string): Promise<boolean>
}

/** A point among the ids: the user with the next id is chosen. Ids are random, so all users are equally likely. */
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
