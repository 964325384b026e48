/** Converts between rows of the table `users` and the users that the rest of Einlass sees. */
import { type Selectable, sql } from 'kysely'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { personal } from '../../platform/storage/personal-table.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import type { UserRow } from '../../platform/storage/user-tables.ts'
import { parseLanguage } from '../../platform/ui/language.ts'
import { canonicalUsername, type Manager, type User } from './user.ts'

/** For updates: proofs with the earlier credentials become invalid. */
export const nextVersion = sql<number>`credential_version + 1`

export const findRow = prepared((queries, at: Slots<{ id: string }>) =>
  queries.selectFrom('users').selectAll().where('id', '=', at.id),
)

const findByKey = prepared((queries, at: Slots<{ key: string }>) =>
  queries.selectFrom('users').selectAll().where('username_key', '=', at.key),
)

/** Finds by any spelling of the user name. */
export async function findRowByName(
  queries: Queries,
  name: string,
): Promise<Selectable<UserRow> | undefined> {
  const key = canonicalUsername(name)
  return key === undefined ? undefined : await findByKey.first(queries, { key })
}

export function toUser(row: Selectable<UserRow>): User {
  return {
    id: row.id as Id<'user'>,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    role: row.role,
    managedBy: row.managed_by as Manager | null,
    disabledAt: row.disabled_at,
    passwordChangedAt: row.password_changed_at,
    passwordChangeRequired: row.password_change_required === 1,
    passwordQuestionedAt: row.password_questioned_at,
    credentialVersion: row.credential_version,
    knownBrowserFailures: row.known_browser_failures,
    pushBlockedUntil: row.push_blocked_until,
    pushBlockedAt: row.push_blocked_at,
    language: parseLanguage(row.language ?? undefined),
    createdAt: row.created_at,
  }
}

/** The personal data in the row, for an export. */
export const userTable = personal('users', {
  what: 'The user',
  owner: { column: 'id', is: 'id' },
  shown: {
    ...{ id: 'id', username: 'username', display_name: 'display name', email: 'e-mail address' },
    ...{ role: 'role', language: 'language of the last login', managed_by: 'comes from' },
    ...{ created_at: 'added at', updated_at: 'last changed at', disabled_at: 'disabled at' },
    password_changed_at: 'password last changed at',
    password_change_required: 'password has to be changed',
    password_questioned_at: 'password last called into question at',
    push_blocked_at: 'no messages to phones since',
    push_blocked_until: 'no messages to phones until',
    known_browser_failures: 'wrong passwords in a row in browsers of earlier logins',
  },
  flags: ['password_change_required'],
  hidden: ['username_key', 'password_hash', 'credential_version'],
})
