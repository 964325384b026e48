/** Between a row of the table `sessions` and what the rest of Einlass sees of a session. */
import type { Selectable } from 'kysely'
import type { Id } from '../../platform/kernel/ids.ts'
import { cutText, escapeControls } from '../../platform/kernel/text.ts'
import type { SessionRow } from '../../platform/storage/tables.ts'
import type { UserRow } from '../../platform/storage/user-tables.ts'
import type { LiveSession, NewSession, SessionSummary } from './session.ts'

/** Short, and without characters that a terminal would obey. */
export const storedUserAgent = (userAgent: string | null): string | null =>
  userAgent === null ? null : escapeControls(cutText(userAgent, 300))

export function rowOfNew(session: NewSession, now: number, absolute: number) {
  const { address, userAgent } = session.client
  return {
    user_id: session.userId,
    amr: JSON.stringify(session.amr),
    acr: session.acr,
    authenticated_at: session.authenticatedAt,
    created_at: now,
    last_seen_at: now,
    expires_at: now + absolute,
    ended_at: null,
    end_reason: null,
    client_address: address,
    user_agent: storedUserAgent(userAgent),
    put_off_at: null,
    put_off_rule: null,
    browser_hash: session.client.browserHash ?? null,
  }
}

type LiveRow = Pick<
  Selectable<SessionRow>,
  'id' | 'user_id' | 'token_hash' | 'amr' | 'acr' | 'authenticated_at'
> &
  Pick<Selectable<UserRow>, 'username' | 'display_name' | 'email' | 'role' | 'managed_by'>

export function toLiveSession(row: LiveRow): LiveSession {
  return {
    id: row.id as Id<'session'>,
    userId: row.user_id as Id<'user'>,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    role: row.role,
    managedBy: row.managed_by as LiveSession['managedBy'],
    amr: JSON.parse(row.amr),
    acr: row.acr,
    authenticatedAt: row.authenticated_at,
    tokenHash: row.token_hash,
  }
}

export function toSummary(row: Selectable<SessionRow>): SessionSummary {
  return {
    id: row.id as Id<'session'>,
    amr: JSON.parse(row.amr),
    acr: row.acr,
    authenticatedAt: row.authenticated_at,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    address: row.client_address,
    userAgent: row.user_agent,
    hasDeferred: row.put_off_at !== null,
  }
}
