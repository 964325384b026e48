/** The paths of OpenID Connect. */

/** The issuer's path. */
export const oidcPath = '/oidc'

/** Where a person types the code of a device. */
export const devicePath = '/oidc/device'

export const deviceConfirmPath = '/oidc/device/confirm'

/** Where apps register themselves; below it one that did. */
export const registrationPath = '/oidc/register'

/** Below it a request waits for a login. */
export const interactionPath = '/sso/oidc'

/** What apps are given. The library has the routes below the issuer. */
export const oidcAddresses = {
  issuer: oidcPath,
  discovery: `${oidcPath}/.well-known/openid-configuration`,
  authorization: `${oidcPath}/auth`,
  token: `${oidcPath}/token`,
  userinfo: `${oidcPath}/me`,
  end_session: `${oidcPath}/session/end`,
} as const
