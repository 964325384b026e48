/** Why requests of WS-Federation are refused. */
import type { RefusalReasons } from '../refusals.ts'

export const wsfedRefusals = {
  context_too_long: 'audited',
  invalid_request: 'audited',
  missing_claim: 'audited',
  // The person took too long.
  request_expired: 'counted',
  unknown_realm: 'audited',
  unknown_reply_url: 'audited',
} as const satisfies RefusalReasons

export type WsfedRefusalReason = keyof typeof wsfedRefusals
