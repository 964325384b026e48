import * as client from 'openid-client'
import { startApp } from './app.js'
import { clientId, clientSecret, issuer, origin } from './environment.js'

const config = await client.discovery(new URL(issuer), clientId, clientSecret)

startApp({
  jwksUri: config.serverMetadata().jwks_uri,
  async begin(parameters) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const expectedState = client.randomState()
    const expectedNonce = client.randomNonce()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: `${origin}/callback`,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      ...parameters,
    })
    return { address: url.href, checks: { pkceCodeVerifier, expectedState, expectedNonce } }
  },
  async finish(url, checks) {
    const tokens = await client.authorizationCodeGrant(config, url, checks)
    const claims = tokens.claims()
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
    return { claims: { ...userinfo, ...claims }, idToken: tokens.id_token }
  },
  findLogoutUrl: (idToken) =>
    client.buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${origin}/`,
    }).href,
})
