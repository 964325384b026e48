// The package's main file prints a warning on every runtime that does not call itself LTS. These are the modules behind it.
declare module 'oidc-provider/lib/provider.js' {
  import Provider from 'oidc-provider'

  export { Provider }
}
declare module 'oidc-provider/lib/helpers/errors.js' {
  import { errors } from 'oidc-provider'
  export const AccessDenied: typeof errors.AccessDenied
  export const InvalidBindingMessage: typeof errors.InvalidBindingMessage
  export const InvalidClientAuth: typeof errors.InvalidClientAuth
  export const InvalidDpopProof: typeof errors.InvalidDpopProof
  export const InvalidGrant: typeof errors.InvalidGrant
  export const InvalidRequest: typeof errors.InvalidRequest
  export const InvalidRequestObject: typeof errors.InvalidRequestObject
  export const InvalidTarget: typeof errors.InvalidTarget
  export const LoginRequired: typeof errors.LoginRequired
  export const RequestNotSupported: typeof errors.RequestNotSupported
  export const SessionNotFound: typeof errors.SessionNotFound
  export const SlowDown: typeof errors.SlowDown
  export const TemporarilyUnavailable: typeof errors.TemporarilyUnavailable
  export const UnmetAuthenticationRequirements: typeof errors.UnmetAuthenticationRequirements
}
declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  import { interactionPolicy } from 'oidc-provider'
  export const Check: typeof interactionPolicy.Check
  export const Prompt: typeof interactionPolicy.Prompt
}
// The one export of each is a default, which is described where it is used.
declare module 'oidc-provider/lib/helpers/initialize_keystore.js' {}
declare module 'oidc-provider/lib/helpers/weak_cache.js' {}
