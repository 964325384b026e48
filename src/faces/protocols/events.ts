/** Audit events that all protocols share. */
import { type By, event, notShown } from '../../identity/audit/event.ts'
import { message } from '../../platform/ui/message.ts'

export const logoutEvents = {
  /** An app could not be notified that a session has ended; there are no more attempts. */
  givenUp: event<{ userId: string; sessionId: string; appId: string; reason: string }>(
    'app_logout_given_up',
    (_, app) => ({ text: message('event.app_logout_given_up', { app }), isWarning: true }),
  ),
}

export const refusalEvents = {
  /** `times`: how many refusals since the last such event; absent: one. */
  refused: event<{ protocol: string; reason: string; appId: string | null; times?: number }>(
    'app_request_refused',
    notShown,
  ),
}

export const keyEvents = {
  rotated: event<{ purpose: string; algorithm: string; kid: string; signsFrom: string; by: By }>(
    'signing_key_rotated',
    notShown,
  ),
}
