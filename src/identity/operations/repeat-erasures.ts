/**
 * In a restored database, erases again the users who were erased since the backup. The events since then have only
 * pseudonyms, so the pseudonym of each user in the backup is computed and compared. Owns how these users are found;
 * erase-user.ts erases them.
 */
import type { Queries } from '../../platform/storage/database.ts'
import type { AuditEvent } from '../audit/chain.ts'
import { createPseudonym, isPseudonym } from '../audit/erase.ts'
import { trailEvents } from '../audit/events.ts'
import type { Administrator } from './actor.ts'
import { createEraseUser, type EraseUserOptions } from './erase-user.ts'
import { findPerson } from './find-person.ts'

export interface RepeatedErasures {
  /** How many users were erased. */
  readonly users: number
  /** The events that are not about an erased user. */
  readonly rest: readonly AuditEvent[]
}

/** The number of rows that are read at once. */
const batch = 10_000

/** @param events since the backup */
export async function repeatErasures(
  options: EraseUserOptions,
  actor: Administrator,
  events: readonly AuditEvent[],
): Promise<RepeatedErasures> {
  const erased = events.filter(({ type }) => type === trailEvents.erased.type)
  const pseudonyms = Map.groupBy(erased, ({ data }) => data.userId)
  const rest = events.filter(({ data }) => !isPseudonym(data.userId))
  if (pseudonyms.size === 0) return { users: 0, rest }
  const eraseUser = createEraseUser(options)
  let users = 0
  for await (const id of listIds(options.db)) {
    const pseudonym = createPseudonym(options.keyring, id)
    const found = pseudonyms.get(pseudonym)
    if (found === undefined) continue
    pseudonyms.delete(pseudonym)
    const hashes = new Set(
      found.flatMap(({ data }) => (Array.isArray(data.names) ? data.names : [])),
    )
    await eraseUser(actor, await findPerson(options, id), { names: new Set(), hashes })
    users += 1
  }
  return { users, rest }
}

/** The ids of all users, and of those whom only the audit log still has. */
async function* listIds(queries: Queries): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const rows = await queries
      .selectFrom('users')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(batch)
      .execute()
    for (const { id } of rows) yield id
    after = rows.at(-1)?.id ?? ''
    if (rows.length < batch) break
  }
  const abouts = await queries
    .selectFrom('audit_events')
    .select('about')
    .distinct()
    .where('about', 'like', 'usr%')
    .execute()
  for (const { about } of abouts) if (about !== null) yield about
}
