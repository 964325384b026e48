/** Audit events of forward-auth. */
import { event } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const forwardAuthEvents = {
  signedIn: event<{ userId: string; sessionId: string; appId: string }>(
    'forward_auth_signed_in',
    (_, app) => ({ text: message('event.app_entered', { app }), isWarning: false }),
  ),
}
