/* global settings */
import { UserManager } from 'oidc-client-ts'
import { readIdToken, runPages } from './browser-pages.js'

const manager = new UserManager({
  authority: settings.issuer,
  client_id: settings.clientId,
  redirect_uri: `${settings.origin}/callback`,
  post_logout_redirect_uri: `${settings.origin}/`,
  scope: 'openid profile email',
})

runPages({
  logIn: ({ max_age, ...more }) =>
    manager.signinRedirect({ ...more, ...(max_age && { max_age: Number(max_age) }) }),
  finish: () => manager.signinRedirectCallback(),
  logOut: () => manager.signoutRedirect(),
  async findClaims() {
    const user = await manager.getUser()
    // The library leaves `acr` and `auth_time` out of the profile.
    return user ? { ...readIdToken(user.id_token), ...user.profile } : undefined
  },
})
