/** Why requests of proxies are refused, if a proxy or the settings of an app cause it. */
import type { ProtocolHost } from '../protocol.ts'
import type { RefusalReasons } from '../refusals.ts'

export const forwardAuthRefusals = {
  /** The request belongs to no app, or pretends to be something else. */
  bad_request: 'audited',
  /** During the login or the return: the address of the app has changed, or the request was forged. */
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
