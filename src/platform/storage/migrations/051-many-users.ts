/**
 * The words of users, by whose beginnings users are found, and indexes for other searches among many users: members of a group,
 * users with a role or an address, and running journeys of a user.
 */
import { type Kysely, sql } from 'kysely'
import { hasRowLocks } from '../row-locks.ts'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  const isPostgres = hasRowLocks(db)
  await db.schema
    .createTable('user_words')
    // Sorted by bytes, as always in SQLite, so that words with the same beginning are adjacent.
    .addColumn('word', isPostgres ? sql`text collate "C"` : 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('user_words_pk', ['word', 'user_id'])
    // Otherwise SQLite stores everything twice.
    .$call((table) => (isPostgres ? table : table.modifyEnd(sql`without rowid`)))
    .execute()
  await db.schema.createIndex('user_words_by_user_id').on('user_words').column('user_id').execute()
  await db.schema.createIndex('user_groups_by_name').on('user_groups').column('name').execute()
  await db.schema
    .createIndex('users_with_role')
    .on('users')
    .column('role')
    .where('role', '<>', sql.lit('user'))
    .execute()
  await db.schema
    .createIndex('journeys_under_way')
    .on('journeys')
    .column('user_id')
    .where(sql.ref('finished_at'), 'is', null)
    .execute()
  await db.schema
    .createIndex('users_by_address')
    .on('users')
    .expression(sql`lower(email)`)
    .execute()
  await fillWords(db)
}

const usersAtOnce = 500

async function fillWords(db: Kysely<Tables>): Promise<void> {
  for (let after = ''; ; ) {
    const users = await db
      .selectFrom('users')
      .select(['id', 'username_key', 'display_name', 'email'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(usersAtOnce)
      .execute()
    const last = users.at(-1)
    if (last === undefined) return
    after = last.id
    const rows = users.flatMap(({ id: user_id, username_key, display_name, email }) =>
      listWords([username_key, display_name], email).map((word) => ({ word, user_id })),
    )
    if (rows.length > 0) await db.insertInto('user_words').values(rows).execute()
  }
}

/** The words by the rules at the time of this migration. */
function listWords(names: readonly string[], email: string | null): string[] {
  const fold = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll('ß', 'ss')
  const [localPart = ''] = email?.split('@') ?? []
  const all = [...names, localPart]
    .flatMap((text) => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [])
    .map((word) => Array.from(word).slice(0, 64).join(''))
  const words = [...new Set(all)].slice(0, 40)
  const isBeginning = (word: string) =>
    words.some((other) => other.length > word.length && other.startsWith(word))
  return words.filter((word) => !isBeginning(word))
}
