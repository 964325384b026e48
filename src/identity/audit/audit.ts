/**
 * The audit trail as features write it. Owns how one event is recorded and how its text is cleaned. chain.ts owns how
 * events are stored, event.ts how a feature declares them. Each feature owns its events.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import { cutText, escapeControls } from '../../platform/kernel/text.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { appendEvent, type Facts, type FactValue } from './chain.ts'
import type { EventType } from './event.ts'
import { deriveEventKey, type KeySource } from './keys.ts'

export interface Audit {
  /**
   * Writes one event. Call it in the transaction of the change that it reports; a unit of work writes the event last,
   * wherever this is called: see `transact`. Strings are cut to 200 code points, and control characters are escaped.
   *
   *   await audit.record(tx, userEvents.disabled, { userId, by })
   */
  record<EventFacts extends Facts>(
    queries: Queries,
    event: EventType<EventFacts>,
    facts: NoInfer<EventFacts>,
  ): Promise<void>
}

export interface AuditOptions {
  readonly clock: Clock
  readonly keyring: KeySource
}

export function createAudit({ clock, keyring }: AuditOptions): Audit {
  const key = deriveEventKey(keyring)
  return {
    record: (queries, { type }, facts) =>
      appendEvent(queries, { key, at: clock.now(), type, data: cleanFacts(facts) }),
  }
}

/** For commands of which most write no event: the first event opens the keyring. */
export function createLazyAudit(options: {
  readonly clock: Clock
  readonly openKeyring: (queries: Queries) => Promise<KeySource>
}): Audit {
  let opened: Promise<Audit> | undefined
  return {
    async record(queries, event, facts) {
      opened ??= options
        .openKeyring(queries)
        .then((keyring) => createAudit({ clock: options.clock, keyring }))
      await (await opened).record(queries, event, facts)
    },
  }
}

function cleanFacts(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, clean(value)]))
}

function clean(value: FactValue | undefined): FactValue | undefined {
  if (typeof value === 'string') return cleanText(value)
  if (value !== null && typeof value === 'object') return value.map(cleanText)
  return value
}

/** Escaping makes text longer, so it is cut before and may end up longer than 200. */
function cleanText(text: string): string {
  return escapeControls(cutText(text, 200))
}
