/**
 * What the gate says to a request of a browser: asked once, as it may have to look for groups in a directory. Where it says no to a
 * direct answer, the library answers the same request and asks the same.
 */
import type { IncomingMessage } from 'node:http'
import type { Gate } from '../../../login/decision/gate.ts'

type EntryRequest = Parameters<Gate['check']>[0]

export type CheckEntry = (req: IncomingMessage, request: EntryRequest) => ReturnType<Gate['check']>

export function createEntryChecks(gate: Pick<Gate, 'check'>): CheckEntry {
  const known = new WeakMap<
    IncomingMessage,
    { readonly request: EntryRequest; readonly entry: ReturnType<Gate['check']> }
  >()
  return (req, request) => {
    const before = known.get(req)
    if (before !== undefined && isSame(before.request, request)) return before.entry
    const entry = gate.check(request)
    known.set(req, { request, entry })
    return entry
  }
}

/** An app is the same object while its row has not changed, and a session while it is the same request. */
function isSame(one: EntryRequest, other: EntryRequest): boolean {
  return (
    one.app === other.app &&
    one.session === other.session &&
    one.authenticatedSince === other.authenticatedSince &&
    one.acrValues?.join(' ') === other.acrValues?.join(' ')
  )
}
