/** Why requests of OpenID Connect are refused: the OAuth error codes that an app may get. */
import type { RefusalReasons } from '../refusals.ts'
import { type RefusalCause, refusalCauses } from './refusal-causes.ts'

/** Finer than the error code that an app gets. */
const auditedCauses = Object.fromEntries(
  Object.keys(refusalCauses).map((name) => [name, 'audited']),
) as Record<RefusalCause, 'audited'>

export const oidcRefusals = {
  access_denied: 'counted',
  account_selection_required: 'counted',
  authorization_pending: 'counted',
  consent_required: 'counted',
  expired_token: 'counted',
  interaction_required: 'counted',
  invalid_binding_message: 'counted',
  invalid_client: 'audited',
  invalid_client_metadata: 'audited',
  invalid_dpop_proof: 'audited',
  invalid_grant: 'audited',
  // Apps get `invalid_token`.
  invalid_registration_token: 'audited',
  invalid_request: 'audited',
  invalid_request_object: 'audited',
  invalid_request_uri: 'audited',
  invalid_scope: 'audited',
  // Includes an expired access token.
  invalid_token: 'counted',
  login_required: 'counted',
  slow_down: 'counted',
  temporarily_unavailable: 'counted',
  unauthorized_client: 'audited',
  unmet_authentication_requirements: 'audited',
  ...auditedCauses,
} as const satisfies RefusalReasons
