/**
 * Where an app that registered itself may take a person, in one session: a page has shown each place and asked. An app can
 * have several hosts, and a good one must not speak for the others.
 */
import { isLoopbackHost } from '../../../identity/apps/app-address.ts'
import { findEntryData, type Participant } from '../../../identity/sessions/participants.ts'
import type { Queries } from '../../../platform/storage/database.ts'

type Entry = Pick<Participant, 'sessionId' | 'appId'>

/** Whether the person has let the app in at this address before, or at another one of the same place. */
export async function isAllowedAt(
  queries: Queries,
  entry: Entry,
  address: string,
): Promise<boolean> {
  return (await listAllowed(queries, entry)).includes(namePlace(address))
}

/** What the entry of the app has to say, with this address. Call it in the transaction that lets the person in. */
export async function describeAllowed(queries: Queries, entry: Entry, address: string) {
  const places = new Set([...(await listAllowed(queries, entry)), namePlace(address)])
  return { places: [...places] }
}

async function listAllowed(queries: Queries, entry: Entry): Promise<readonly string[]> {
  const { places } = (await findEntryData(queries, entry)) ?? {}
  return Array.isArray(places) ? places : []
}

/** The origin or the scheme. On the device itself a program has another port each time. */
function namePlace(address: string): string {
  const url = new URL(address)
  if (isLoopbackHost(url)) return url.hostname
  return url.origin === 'null' ? url.protocol : url.origin
}
