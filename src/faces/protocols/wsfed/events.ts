/** Audit events of WS-Federation. */
import { event } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const wsfedEvents = {
  signedIn: event<{ userId: string; sessionId: string; appId: string }>(
    'wsfed_signed_in',
    (_, app) => ({ text: message('event.app_entered', { app }), isWarning: false }),
  ),
}
