/**
 * How the service desk finds a user among very many: by the beginnings of the words in a name or an address. Owns the
 * table `user_words`, which has these words of each user, and the form of a search; users.ts writes the words together
 * with the user's row.
 */
import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import { cutText } from '../../platform/kernel/text.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Tables } from '../../platform/storage/tables.ts'

export interface Named {
  readonly id: string
  readonly username_key: string
  readonly display_name: string
  readonly email: string | null
}

const longestWord = 64
const mostWords = 40

/** Without accents and capitals, so that *muller* finds Müller. */
function fold(text: string): string {
  const folded = text.normalize('NFKD').toLowerCase().normalize('NFKD')
  return folded.replaceAll(/\p{M}/gu, '').replaceAll('ß', 'ss')
}

const splitWords = (text: string): string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? []

/** Without words that are the beginning of another word, because a search finds that one in their place. */
export function listWords({ username_key, display_name, email }: Omit<Named, 'id'>): string[] {
  const texts = [username_key, display_name, localPart(email ?? '')]
  const all = texts.flatMap(splitWords).map((word) => cutText(word, longestWord))
  const words = [...new Set(all)].slice(0, mostWords)
  return words.filter((word) => !words.some((other) => isLonger(other, word)))
}

const localPart = (address: string): string => address.split('@', 1)[0] ?? ''

const isLonger = (word: string, beginning: string): boolean =>
  word.length > beginning.length && word.startsWith(beginning)

/** Adds the words of users who have no words yet; a few hundred at once. */
export async function addWords(queries: Queries, users: readonly Named[]): Promise<void> {
  const rows = users.flatMap((user) => listWords(user).map((word) => ({ word, user_id: user.id })))
  if (rows.length > 0) await queries.insertInto('user_words').values(rows).execute()
}

/** Replaces the words of a user whose name or address has changed. Call it with the user's row locked. */
export async function replaceWords(queries: Queries, user: Named): Promise<void> {
  await queries.deleteFrom('user_words').where('user_id', '=', user.id).execute()
  await addWords(queries, [user])
}

/**
 * Whether a search text matches a user: each of its words is the beginning of a word of the user, and a word with an @ is
 * the beginning of the address. A text that begins with * or has no letter and no digit is searched anywhere in names and
 * address, over all users.
 */
export function matchSearch(
  where: ExpressionBuilder<Tables, 'users'>,
  search: string,
): Expression<SqlBool> {
  const text = search.trim()
  const terms = text.split(/\s+/)
  const words = terms.flatMap((term) => splitWords(localPart(term)))
  if (text.startsWith('*') && text.length > 1) return contain(text.slice(1))
  if (words.length === 0) return contain(text)
  const addresses = terms.filter((term) => term.includes('@'))
  return where.and([haveWords(where, sortWords(words)), ...addresses.map(hasAddress)])
}

function hasAddress(beginning: string): RawBuilder<SqlBool> {
  return sql`lower(email) like ${`${escapeLike(beginning.toLowerCase())}%`} escape '\\'`
}

/** The longest word first, because the fewest names have it. */
function sortWords(words: readonly string[]): string[] {
  const short = words.map((word) => cutText(word, longestWord))
  return [...new Set(short)].sort((a, b) => b.length - a.length).slice(0, mostWords)
}

/** A text that sorts after everything that begins with the word. */
const after = (word: string): string => `${word}\u{10ffff}`

/** The first word selects users; the other words are searched only in these. */
function haveWords(
  where: ExpressionBuilder<Tables, 'users'>,
  [first = '', ...others]: readonly string[],
): Expression<SqlBool> {
  return where.and([
    where(
      'users.id',
      'in',
      where
        .selectFrom('user_words')
        .select('user_id')
        .where('word', '>=', first)
        .where('word', '<', after(first)),
    ),
    ...others.map((word) =>
      where.exists(
        where
          .selectFrom('user_words as other')
          .select('other.word')
          .whereRef('other.user_id', '=', 'users.id')
          .where('other.word', '>=', word)
          .where('other.word', '<', after(word)),
      ),
    ),
  ])
}

/** SQLite folds only ASCII letters, so names outside the key are also compared as typed. */
function contain(text: string): RawBuilder<boolean> {
  const typed = containing(text)
  const lower = containing(text.normalize('NFKC').toLowerCase())
  return sql`(username_key like ${lower} escape '\\'
    or lower(display_name) like ${lower} escape '\\' or display_name like ${typed} escape '\\'
    or lower(email) like ${lower} escape '\\')`
}

const containing = (text: string): string => `%${escapeLike(text)}%`

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
