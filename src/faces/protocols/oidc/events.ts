/** Audit events of OpenID Connect. */
import { event } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const oidcEvents = {
  signedIn: event<{ userId: string; sessionId: string; appId: string }>(
    'oidc_signed_in',
    (_, app) => ({ text: message('event.app_entered', { app }), isWarning: false }),
  ),
}
