/** The audit event of a login that waited for an approval when no phone was asked: its words, and how floods are aggregated. */
import { type Aggregate, createAggregate } from '../../../identity/audit/aggregate.ts'
import type { Audit } from '../../../identity/audit/audit.ts'
import type { AuditEvent } from '../../../identity/audit/chain.ts'
import { type ActivityText, type EventType, event } from '../../../identity/audit/event.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { message } from '../../../platform/ui/message.ts'

/**
 * Why no message was sent. `limit`: too many were not approved. `blocked`: after a report. `throttled`: wrong second factors.
 * `off`: locked after too many failures. `unreachable`: no message reaches the phone. `old_app`: its app shows no numbers.
 */
export type HeldBack =
  | 'limit'
  | 'blocked'
  | 'throttled'
  | 'off'
  | 'unreachable'
  | 'no_sender'
  | 'old_app'

export interface HeldBackFacts {
  readonly userId: Id<'user'>
  readonly reason: HeldBack
  /** Milliseconds since the epoch. */
  readonly until?: number
}

export type HeldBackEvent = EventType<{
  userId: string
  reason: HeldBack
  /** Milliseconds since the epoch. */
  until?: number
  /** How many occurrences this event represents; absent: one. */
  times?: number
}>

/** @param type as it is stored */
export const createHeldBackEvent = (type: string): HeldBackEvent =>
  event(type, describeHeldBack, explainHeldBack)

/** Audits the first one at once, then once a minute how many there were. */
export function createHeldBackNotes(
  { clock, audit }: { readonly clock: Clock; readonly audit: Audit },
  heldBack: HeldBackEvent,
): Aggregate<HeldBackFacts> {
  return createAggregate<HeldBackFacts>({
    clock,
    write: (queries, facts) => audit.record(queries, heldBack, facts),
    findKey: ({ userId, reason }) => `${userId} ${reason}`,
    withoutKey: (facts) => facts,
  })
}

function explainHeldBack({ reason, until }: AuditEvent['data']): string {
  const next =
    typeof until === 'number' ? ` The next one could go out from ${formatSecond(until)}.` : ''
  return `No notification was sent: ${heldBackReasons[reason as HeldBack] ?? reason}.${next}`
}

const formatSecond = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

const heldBackReasons: Readonly<Record<HeldBack, string>> = {
  limit: 'too many before it were not approved',
  blocked: 'a login was reported as not the owner’s, and phones are left alone',
  throttled: 'too many second factors were wrong',
  off: 'approval on the phone is locked after too many wrong attempts',
  unreachable: 'no notification reaches the phone any more, as its address is dead',
  no_sender: 'no sender in push.senders is for the app on the phone',
  old_app: 'the app on the phone is too old to show numbers',
}

const heldBackTexts = {
  limit: 'event.held_back.limit',
  blocked: 'event.held_back.blocked',
  throttled: 'event.held_back.failures',
  off: 'event.held_back.failures',
  unreachable: 'event.held_back.unreachable',
  no_sender: 'event.held_back.unreachable',
  old_app: 'event.held_back.unreachable',
} as const

function describeHeldBack({ reason }: AuditEvent['data']): ActivityText {
  return {
    text: message(heldBackTexts[reason as HeldBack] ?? heldBackTexts.limit),
    isWarning: true,
  }
}
