/**
 * Everything that the verification of a password has to know about a typed name. The questions are the same whether or
 * not a user has the name, so they reveal nothing. For a username it is one statement, because every login runs it.
 */
import { type Selectable, sql } from 'kysely'
import type { Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import type { UserRow } from '../../../platform/storage/user-tables.ts'
import { findEntry } from '../entries.ts'
import { canonicalUsername } from '../user.ts'
import type { LocalNames } from './names.ts'
import { type LocalPasswords, pointAtUser } from './passwords.ts'

export interface Look {
  /** The row may have more columns than those of a user. */
  readonly row: Selectable<UserRow> | undefined
  /** See `LocalPasswords.findLike`. */
  readonly like: string | undefined
  /** Whether the user comes from no other directory. */
  isOwn(): Promise<boolean>
}

const lookUp = prepared((queries, at: Slots<{ key: string; point: string }>) =>
  queries
    .selectFrom(sql<{ one: number }>`(select 1 as one)`.as('always'))
    .leftJoin('users', (join) => join.on('users.username_key', '=', at.key))
    .leftJoin('directory_entries', 'directory_entries.user_id', 'users.id')
    .selectAll('users')
    .select(({ selectFrom }) => [
      'directory_entries.user_id as entry_of',
      selectFrom('users as other')
        .select('other.password_hash')
        .where('other.id', '>=', at.point)
        .orderBy('other.id')
        .limit(1)
        .as('like_hash'),
    ]),
)

export async function lookAtUsername(queries: Queries, name: string): Promise<Look> {
  // Nobody has an empty name.
  const key = canonicalUsername(name) ?? ''
  const found = await lookUp.first(queries, { key, point: pointAtUser(name) })
  if (found === undefined) throw new Error('a look without a row')
  return {
    row: found.id === null ? undefined : (found as Selectable<UserRow>),
    like: found.like_hash ?? undefined,
    isOwn: async () => found.entry_of === null,
  }
}

/** As above, for a name that can be a mail address. */
export async function lookAtName(
  { names, passwords }: { readonly names: LocalNames; readonly passwords: LocalPasswords },
  queries: Queries,
  name: string,
): Promise<Look> {
  const [row, like] = await Promise.all([
    names.find(queries, name),
    passwords.findLike(queries, name),
  ])
  const isOwn = async () => row === undefined || (await findEntry(queries, row.id)) === undefined
  return { row, like, isOwn }
}
