/** Audit events of second factors of any kind. */
import type { AuditEvent } from '../../identity/audit/chain.ts'
import {
  type ActivityText,
  type By,
  event,
  notShown,
  say,
  warn,
} from '../../identity/audit/event.ts'
import { type MessageKey, message } from '../../platform/ui/message.ts'
import { en } from '../../platform/ui/messages/en.ts'

/** Why a second factor was not accepted after a right password. */
export type FactorFailure = 'wrong' | 'throttled' | 'off'

export const factorEvents = {
  /** After a right password. Attempts that came too early or after the lock are counted, and audited once a minute. */
  failed: event<{
    userId: string
    kind: string
    reason: FactorFailure
    /** How many attempts this event represents; absent: one. */
    times?: number
  }>('second_factor_failed', describeFailure, explainFailure),
  /** A mail informed the person of failures after their right password. */
  failuresNotified: event<{ userId: string; failures: number }>(
    'login_failures_notified',
    notShown,
  ),
  /** After too many failures; it works again when it is set up anew. */
  locked: event<{
    userId: string
    kind: string
    failures: number
    /** `known`: those in which the user has logged in before. `new`: all others. Absent: of both, in older events. */
    browsers?: 'known' | 'new'
  }>('second_factor_locked', warn('event.locked')),
  /** Its owner said in a login that it was lost or stolen; it was removed. */
  lost: event<{ userId: string; kind: string; authenticatorId: string }>(
    'authenticator_lost',
    warn('event.lost'),
  ),
  /** It was enrolled elsewhere. `fingerprint`: of its credential, to recognize a second import of it. */
  imported: event<{
    userId: string
    kind: string
    authenticatorId: string
    fingerprint: string
    by: By
  }>('authenticator_imported', say('event.imported')),
  /** Replaces an event `authenticator_imported` that is deleted for its age, so that the authenticator is not imported again. */
  importRemembered: event<{ userId: string; fingerprint: string }>(
    'authenticator_import_remembered',
    notShown,
  ),
  /** All of one kind are removed, with the count of failures, so that they are set up anew. */
  reset: event<{ userId: string; kind: string; removed: number; by: By }>(
    'second_factor_reset',
    warn('event.reset'),
  ),
  /**
   * Waits, locks and the limit of requests to the phones were lifted. `requests`: how many of them are not counted any more.
   * `blockEnded`: also the block after a report.
   */
  unlocked: event<{
    userId: string
    kinds: readonly string[]
    requests: number
    blockEnded: boolean
    by: By
  }>('user_unlocked', say('event.unlocked')),
  /** The desk has asked an authenticator, to verify a caller. */
  callerAsked: event<{
    userId: string
    kind: string
    authenticatorId: string
    by: By
    /** The reference of the login that the caller speaks of. */
    login?: string
  }>('caller_asked', notShown),
  callerVerified: event<{
    userId: string
    kind: string
    authenticatorId: string
    by: By
    /** The reference of the login that the caller speaks of. */
    login?: string
  }>('caller_verified', say('event.caller_verified')),
  callerNotVerified: event<{
    userId: string
    kind: string
    authenticatorId: string
    reason: 'wrong_answer' | 'denied' | 'no_answer' | 'not_delivered'
    by: By
    /** The reference of the login that the caller speaks of. */
    login?: string
  }>('caller_not_verified', describeCaller),
}

const failures: Readonly<Record<FactorFailure, MessageKey>> = {
  wrong: 'event.factor_wrong',
  throttled: 'event.factor_throttled',
  off: 'event.factor_off',
}

function describeFailure({ reason }: AuditEvent['data']): ActivityText {
  const key = failures[reason as FactorFailure] ?? failures.wrong
  return { text: message(key), isWarning: true }
}

function explainFailure({ reason, kind }: AuditEvent['data']): string {
  const name = nameFactor(kind)
  if (reason === 'off')
    return `The password was right, but the second factor (${name}) is locked after too many wrong attempts, so nothing was looked at.`
  return reason === 'throttled'
    ? `The password was right, but the second factor (${name}) was not looked at, because too many were wrong before.`
    : `The password was right, but the second factor (${name}) was wrong.`
}

/** As pages call it. The event may be of a factor that is gone. */
function nameFactor(kind: unknown): string {
  const words = Object.entries(en).find(([key]) => key === `factor.${kind}`)?.[1]
  return typeof words === 'string' ? words.toLowerCase() : `${kind}`
}

/** A person at the telephone whose phone was off is no reason to worry. */
function describeCaller({ reason }: AuditEvent['data']): ActivityText {
  return reason === 'wrong_answer' || reason === 'denied'
    ? { text: message('event.caller_refused'), isWarning: true }
    : { text: message('event.caller_no_answer'), isWarning: false }
}
