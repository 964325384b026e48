/** Audit events of passes of the service desk. */
import { type By, event, notShown, say, warn, withOwnWords } from '../../../identity/audit/event.ts'

export const deskPassEvents = {
  /** A second operator has to approve the request. */
  requested: withOwnWords(
    event<{
      userId: string
      requestId: string
      lifetimeMinutes: number
      reason: string
      by: By
      /** The reference of the login that the pass is for. */
      login?: string
    }>('desk_pass_requested', notShown),
    ['reason'],
  ),
  issued: withOwnWords(
    event<{
      userId: string
      passId: string
      lifetimeMinutes: number
      isSingleUse: boolean
      reason: string
      by: By
      /** The reference of the login that the pass is for. */
      login?: string
      /** The other operator, if two people were necessary. */
      requestedBy?: By
      requestId?: string
    }>('desk_pass_issued', warn('event.desk_pass_issued')),
    ['reason'],
  ),
  used: event<{ userId: string; passId: string }>('desk_pass_used', warn('event.desk_pass_used')),
  /** `enrolmentsRemoved`: how many enrolments since the first use of a pass were removed. */
  revoked: event<{ userId: string; by: By; enrolmentsRemoved?: number }>(
    'desk_pass_revoked',
    say('event.desk_pass_revoked'),
  ),
}
