/** How many requests of apps were refused, by the error that the app got. Owns the errors that have a number of their own. */
import { labelCounts, type Metric } from '../../../platform/kernel/metric.ts'

/** Those that the library may give; all others are one. */
const errors = [
  'access_denied',
  'authorization_pending',
  'expired_token',
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'login_required',
  'slow_down',
  'temporarily_unavailable',
  'unauthorized_client',
  'unmet_authentication_requirements',
] as const

export interface Refusals {
  /** @param error the code of OAuth, which is one of ours and never what a client wrote */
  count(error: string): void
  readonly metric: Metric
}

export function createRefusals(): Refusals {
  const counts: Record<string, number> = Object.fromEntries(errors.map((name) => [name, 0]))
  counts.other = 0
  return {
    count(error) {
      const name = errors.find((one) => one === error) ?? 'other'
      counts[name] = (counts[name] ?? 0) + 1
    },
    metric: {
      name: 'einlass_oidc_refusals_total',
      type: 'counter',
      help: 'Requests of OpenID Connect that were answered with an error.',
      read: () => labelCounts('error', counts),
    },
  }
}
