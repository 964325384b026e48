import { generators, Issuer } from 'openid-client-5'
import { startApp } from './app.js'
import { clientId, clientSecret, issuer, origin } from './environment.js'

const { Client, metadata } = await Issuer.discover(issuer)
const client = new Client({
  client_id: clientId,
  client_secret: clientSecret,
  redirect_uris: [`${origin}/callback`],
  post_logout_redirect_uris: [`${origin}/`],
  response_types: ['code'],
})

startApp({
  jwksUri: metadata.jwks_uri,
  async begin(parameters) {
    const code_verifier = generators.codeVerifier()
    const state = generators.state()
    const nonce = generators.nonce()
    const address = client.authorizationUrl({
      scope: 'openid profile email',
      code_challenge: generators.codeChallenge(code_verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...parameters,
    })
    // The library wants to know by itself what was asked for, and then checks `auth_time`.
    const { max_age } = parameters
    return { address, checks: { code_verifier, state, nonce, ...(max_age && { max_age }) } }
  },
  async finish(url, checks) {
    const answer = Object.fromEntries(url.searchParams)
    const tokens = await client.callback(`${origin}/callback`, answer, checks)
    const claims = tokens.claims()
    return { claims: { ...(await client.userinfo(tokens)), ...claims }, idToken: tokens.id_token }
  },
  findLogoutUrl: (idToken) => client.endSessionUrl({ id_token_hint: idToken }),
})
