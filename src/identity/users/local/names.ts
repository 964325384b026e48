/**
 * Which of the users of Einlass itself a typed login name means: by username, and by mail address if the configuration
 * says so. A username has priority over an address, and an address of several users means nobody.
 */
import { type Selectable, sql } from 'kysely'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import type { UserRow } from '../../../platform/storage/user-tables.ts'
import type { WantedNames } from '../directory.ts'
import { findRowByName } from '../rows.ts'
import { canonicalUsername } from '../user.ts'

export interface LocalNames {
  /** Whether a login name can also be the mail address. */
  readonly isByMail: boolean
  find(queries: Queries, typed: string): Promise<Selectable<UserRow> | undefined>
}

export interface LocalNamesOptions {
  readonly loginAttributes: readonly string[] | undefined
  readonly log: Pick<Log, 'warn'>
}

/** At most two users without another directory who have this address. The address is in lower case. */
const findOwnByAddress = prepared((queries, at: Slots<{ address: string }>) =>
  queries
    .selectFrom('users')
    .leftJoin('directory_entries', 'directory_entries.user_id', 'users.id')
    .selectAll('users')
    .where(sql<string>`lower(users.email)`, '=', at.address)
    .where('directory_entries.user_id', 'is', null)
    .limit(2),
)

/** See `Directory.findTakenName`. */
export async function findTakenName(
  queries: Queries,
  { username, email }: WantedNames,
  userId: string | undefined,
): Promise<string | undefined> {
  const isAddress = (name: string | null | undefined) => name?.includes('@') === true
  for (const name of [username, email].filter(isAddress)) {
    const key = canonicalUsername(name ?? '')
    if (key === undefined) continue
    const row = await queries
      .selectFrom('users')
      .leftJoin('directory_entries', 'directory_entries.user_id', 'users.id')
      .select('users.id')
      .where((where) =>
        where.or([
          where(sql<string>`lower(users.email)`, '=', key),
          where('users.username_key', '=', key),
        ]),
      )
      .where('directory_entries.user_id', 'is', null)
      .where('users.id', '!=', userId ?? '')
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined) return name ?? undefined
  }
  return undefined
}

export const onlyUsernames: LocalNames = { isByMail: false, find: findRowByName }

export function createLocalNames({ loginAttributes, log }: LocalNamesOptions): LocalNames {
  if (loginAttributes?.includes('mail') !== true) return onlyUsernames
  return {
    isByMail: true,
    async find(queries, typed) {
      const address = canonicalUsername(typed)
      if (address?.includes('@') !== true) return await findRowByName(queries, typed)
      // Asks both questions for every address, so that the second one reveals nothing.
      const [named, [owner, another]] = await Promise.all([
        findRowByName(queries, typed),
        findOwnByAddress.all(queries, { address }),
      ])
      if (named !== undefined) return named
      if (another !== undefined)
        log.warn({}, 'a mail address that was typed belongs to more than one user')
      return another === undefined ? owner : undefined
    },
  }
}
