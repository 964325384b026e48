/** The paths of OpenID Connect. */

/** The issuer's path. */
export const oidcPath = '/oidc'

/** The page where a person types the code of a device. */
export const devicePath = '/oidc/device'

export const deviceConfirmPath = '/oidc/device/confirm'

/** Where apps register themselves; a registered app has a path below it. */
export const registrationPath = '/oidc/register'

/** A request waits below it for a login. */
export const interactionPath = '/sso/oidc'

/** The addresses that developers of apps need. The library has the routes below the issuer. */
export const oidcAddresses = {
  issuer: oidcPath,
  discovery: `${oidcPath}/.well-known/openid-configuration`,
  authorization: `${oidcPath}/auth`,
  token: `${oidcPath}/token`,
  userinfo: `${oidcPath}/me`,
  end_session: `${oidcPath}/session/end`,
} as const

/** The addresses for apps that run on a device or ask a phone. */
const flowAddresses = {
  device: `${oidcPath}/device/auth`,
  backchannel: `${oidcPath}/backchannel`,
} as const

interface Flows {
  readonly redirectUris: readonly string[]
  readonly grants?: readonly string[] | undefined
  readonly ciba?: boolean | undefined
}

/** The addresses that an app with these settings uses. */
export function listOidcAddresses({ redirectUris, grants = [], ciba }: Flows) {
  const { authorization, end_session, ...shared } = oidcAddresses
  const { device, backchannel } = flowAddresses
  return {
    ...shared,
    ...(redirectUris.length > 0 && { authorization, end_session }),
    ...(grants.includes('device_code') && { device }),
    ...(ciba === true && { backchannel }),
  }
}
