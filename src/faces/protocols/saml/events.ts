/** Audit events of SAML. */
import { event } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const samlEvents = {
  signedIn: event<{ userId: string; sessionId: string; appId: string }>(
    'saml_signed_in',
    (_, app) => ({ text: message('event.app_entered', { app }), isWarning: false }),
  ),
}
