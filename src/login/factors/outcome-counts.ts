/**
 * How second factors end in logins, as numbers for each kind. Owns the counts and which audit events are counted. Knows no kind
 * of its own: the events of all kinds use the same names.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { EventType } from '../../identity/audit/event.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'
import { factorEvents } from './events.ts'
import { listFactors } from './index.ts'

/**
 * `verified`: it was right. `wrong`: it was not. `denied` and `wrong_number`: by the person on the phone. `throttled` and `off`:
 * it was not verified, after too many wrong ones. `held_back`: no phone was asked. `refused`: it could not be valid, such as a
 * passkey that was copied.
 */
const outcomes = [
  ...['verified', 'wrong', 'denied', 'wrong_number', 'throttled', 'off', 'held_back', 'refused'],
]

export interface OutcomeCounts {
  /** The same audit log, whose events are counted. */
  watch(audit: Audit): Audit
  readonly metric: Metric
}

/** The names of the factors' events, and the outcome that each stands for. */
const outcomeByName: Readonly<Record<string, string>> = {
  used: 'verified',
  refused: 'refused',
  heldBack: 'held_back',
}

interface Facts {
  readonly kind?: string
  readonly reason?: string
  readonly purpose?: string
  readonly outcome?: string
  /** How many occurrences an event represents; absent: one. */
  readonly times?: number
}

export function createOutcomeCounts(): OutcomeCounts {
  const counts = new Map(
    listFactors().map(({ kind }) => [
      kind as string,
      Object.fromEntries(outcomes.map((one) => [one, 0])),
    ]),
  )
  const meanings = listMeanings()

  function note({ type }: EventType, facts: Facts): void {
    const meaning = meanings.get(type)
    if (meaning === undefined) return
    const count = counts.get(meaning.kind ?? facts.kind ?? '')
    const outcome = meaning.find(facts)
    if (count === undefined || outcome === undefined || !Object.hasOwn(count, outcome)) return
    count[outcome] = (count[outcome] ?? 0) + (facts.times ?? 1)
  }

  return {
    watch: (audit) => ({
      async record(queries, event, facts) {
        await audit.record(queries, event, facts)
        note(event, facts as Facts)
      },
    }),
    metric: {
      name: 'einlass_factor_outcomes_total',
      type: 'counter',
      help: 'What became of second factors, by kind. What comes too often is counted a minute late.',
      read: () => [...counts].flatMap(([factor, one]) => labelCounts('outcome', one, { factor })),
    },
  }
}

interface Meaning {
  /** Absent: the event says it. */
  readonly kind?: string
  find(facts: Facts): string | undefined
}

function listMeanings(): ReadonlyMap<string, Meaning> {
  const meanings = new Map<string, Meaning>()
  meanings.set(factorEvents.failed.type, { find: ({ reason }) => reason })
  for (const { kind, events } of listFactors()) {
    for (const [name, { type }] of Object.entries(events)) {
      const outcome = outcomeByName[name]
      if (outcome !== undefined) meanings.set(type, { kind, find: () => outcome })
      else if (name === 'answered') meanings.set(type, { kind, find: findAnswer })
    }
  }
  return meanings
}

/** The outcome of a request to a phone. A request from an operator or from the phone's owner is no login. */
function findAnswer({ purpose, outcome }: Facts): string | undefined {
  if (purpose !== 'login' || outcome === undefined) return undefined
  return answers[outcome] ?? outcome
}

const answers: Readonly<Record<string, string>> = {
  approved: 'verified',
  wrong_code: 'wrong_number',
}
