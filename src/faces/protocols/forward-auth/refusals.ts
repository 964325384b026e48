/** Why questions of proxies are refused, as far as it is the fault of a proxy or of the settings of an app. */
import type { ProtocolHost } from '../protocol.ts'
import type { RefusalReasons } from '../refusals.ts'

export const forwardAuthRefusals = {
  /** The request is for no app, or tries to be what it is not. */
  bad_request: 'audited',
  /** On the way to the login or back: the app has moved since, or the address was made up. */
  invalid_request: 'audited',
  /** `trusted_proxies` does not name it. */
  unknown_proxy: 'audited',
} as const satisfies RefusalReasons

export function noteRefusal(
  { noteRefusal: note }: Pick<ProtocolHost, 'noteRefusal'>,
  reason: keyof typeof forwardAuthRefusals,
  appId?: string,
): void {
  note({ protocol: 'forward-auth', reason, appId })
}
