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

/** For an operator: what mends a refusal. What an account lacks depends on the person, see `listMissingClaims`. */
export const adviseWsfedRefusal = (reason: string, { id }: { readonly id: string }) =>
  reason === 'unknown_reply_url'
    ? `This app asked for its token at an address that it does not have (wreply); the log of the server names it. If it is right, with all others: einlass app change ${id} --reply-url ...`
    : undefined
