/**
 * Identifiers by which requests name an app when they do not use its id: entity ids, realms, addresses behind a proxy.
 * Ensures that no two apps of a protocol share one. Otherwise the rule of one app would decide who enters the other.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import type { AppProtocol } from './app-protocol.ts'

/**
 * Replaces the identifiers of the app. Throws Fault `conflict` when one belongs to another app; the message names both
 * apps and is for administrators.
 */
export async function saveIdentifiers(
  queries: Queries,
  { id, settings }: { readonly id: string; readonly settings: string },
  { name: protocol, listIdentifiers }: AppProtocol,
): Promise<void> {
  if (listIdentifiers === undefined) return
  const identifiers = new Set(listIdentifiers(JSON.parse(settings)))
  await queries.deleteFrom('app_identifiers').where('app_id', '=', id).execute()
  const rows = [...identifiers].map((identifier) => ({ protocol, identifier, app_id: id }))
  if (rows.length === 0) return
  const taken = await queries
    .selectFrom('app_identifiers')
    .select(['identifier', 'app_id'])
    .where('protocol', '=', protocol)
    .where('identifier', 'in', [...identifiers])
    .executeTakeFirst()
  if (taken !== undefined) throw isTaken(`${taken.identifier} belongs to the app ${taken.app_id}.`)
  try {
    await queries.insertInto('app_identifiers').values(rows).execute()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw isTaken('Another app was just given the same address or name.')
  }
}

function isTaken(text: string): Fault {
  return new Fault('conflict', `${text} No two apps can have it.`)
}
