/** Audit events of OpenID Connect. */
import { event } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const oidcEvents = {
  /** An app requested an approval on the phone, without a browser. `message`: the purpose that the app stated. */
  phoneAsked: event<{ userId: string; appId: string; message?: string }>(
    'oidc_phone_asked',
    (_, app) => ({ text: message('event.phone_asked', { app }), isWarning: false }),
  ),
  /** On the page of its code. An approval is `oidc_signed_in`. */
  deviceDenied: event<{ userId: string; sessionId: string; appId: string }>(
    'oidc_device_denied',
    (_, app) => ({ text: message('event.device_denied', { app }), isWarning: false }),
  ),
  signedIn: event<{ userId: string; sessionId: string; appId: string }>(
    'oidc_signed_in',
    (_, app) => ({ text: message('event.app_entered', { app }), isWarning: false }),
  ),
}
