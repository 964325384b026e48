/** The paths of OpenID Connect. */

/** The issuer's path. */
export const oidcPath = '/oidc'

/** Below it a request waits for a login. */
export const interactionPath = '/sso/oidc'
