/* global settings */
import { oidc } from '@forgerock/oidc-client'
import { readIdToken, runPages } from './browser-pages.js'

const client = await oidc({
  config: {
    serverConfig: { wellknown: `${settings.issuer}/.well-known/openid-configuration` },
    clientId: settings.clientId,
    redirectUri: `${settings.origin}/callback`,
    scope: 'openid profile email',
  },
})

/** It gives its mistakes as values. */
const check = (result) => {
  if (typeof result === 'object' && 'error' in result) throw result
  return result
}

runPages({
  async logIn(query) {
    location.assign(check(await client.authorize.url({ query })))
  },
  async finish() {
    const answer = new URLSearchParams(location.search)
    check(await client.token.exchange(answer.get('code'), answer.get('state')))
  },
  async logOut() {
    check(await client.user.logout())
    location.replace('/')
  },
  async findClaims() {
    const tokens = await client.token.get()
    if ('error' in tokens) return undefined
    return { ...check(await client.user.info()), ...readIdToken(tokens.idToken) }
  },
})
