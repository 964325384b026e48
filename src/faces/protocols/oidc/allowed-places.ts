/**
 * The places to which an app that registered itself may send a person in one session: a page showed each place, and the person
 * allowed it. An app can have several hosts, and consent to a trustworthy host must not extend to the others.
 */
import { isLoopbackHost } from '../../../identity/apps/app-address.ts'
import { findEntryData, type Participant } from '../../../identity/sessions/participants.ts'
import type { Queries } from '../../../platform/storage/database.ts'

type Entry = Pick<Participant, 'sessionId' | 'appId'>

/** Whether the person has let the app in before, at this address or at another one of the same place. */
export async function isAllowedAt(
  queries: Queries,
  entry: Entry,
  address: string,
): Promise<boolean> {
  return (await listAllowed(queries, entry)).includes(namePlace(address))
}

/** What the app's entry has to record, with this address. Call it in the transaction that lets the person in. */
export async function describeAllowed(queries: Queries, entry: Entry, address: string) {
  const places = new Set([...(await listAllowed(queries, entry)), namePlace(address)])
  return { places: [...places] }
}

async function listAllowed(queries: Queries, entry: Entry): Promise<readonly string[]> {
  const { places } = (await findEntryData(queries, entry)) ?? {}
  return Array.isArray(places) ? places : []
}

/** The origin or the scheme. A program on the device itself uses another port each time. */
function namePlace(address: string): string {
  const url = new URL(address)
  if (isLoopbackHost(url)) return url.hostname
  return url.origin === 'null' ? url.protocol : url.origin
}
