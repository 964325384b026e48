/**
 * The gate's decision for a request of a browser, made only once because it may have to read groups from a directory. If a
 * direct answer is refused, the library handles the same request and asks for the same decision.
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

/** An app is the same object until its row changes; a session is the same object within one request. */
function isSame(one: EntryRequest, other: EntryRequest): boolean {
  return (
    one.app === other.app &&
    one.session === other.session &&
    one.authenticatedSince === other.authenticatedSince &&
    one.acrValues?.join(' ') === other.acrValues?.join(' ')
  )
}
