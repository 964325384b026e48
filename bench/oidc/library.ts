// The bare library for comparison: oidc-provider on its in-memory adapter, without any of our code. Anybody who types a name is
// logged in.
// Argument: {"client": the app, "port": where it listens}.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider, { type Configuration } from 'oidc-provider'
import { listen, serveControl } from '../control.ts'
import { type Client, redirectUri } from './client.ts'

const settings: { client: Client; port: number } = JSON.parse(process.argv[2] ?? '{}')
const { client, port } = settings
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'bench' }

const configuration: Configuration = {
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  jwks: { keys: [key as never] },
  cookies: { keys: ['bench'] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    userinfo: { enabled: true },
  },
  claims: { openid: ['sub', 'acr'], profile: ['name', 'preferred_username'], email: ['email'] },
  conformIdTokenClaims: false,
  // As in the product, an app with a secret keeps its refresh token.
  rotateRefreshToken: () => false,
  pkce: { required: () => true },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, preferred_username: id, email: `${id}@example.org` }),
  }),
  loadExistingGrant: async (ctx) => {
    const { provider, session, client: asking, params } = ctx.oidc
    if (!session?.accountId || !asking) return undefined
    const grant = new provider.Grant({ accountId: session.accountId, clientId: asking.clientId })
    grant.addOIDCScope(String(params?.scope ?? 'openid'))
    await grant.save()
    return grant
  },
  ttl: {
    AccessToken: 300,
    AuthorizationCode: 60,
    Grant: 43_200,
    IdToken: 300,
    Interaction: 1800,
    RefreshToken: 43_200,
    Session: 43_200,
  },
}

const provider = new Provider(`http://127.0.0.1:${port}`, configuration)
const handle = provider.callback()

const form = (uid: string) =>
  `<form method="post" action="/interaction/${uid}"><input name="username"><input type="password" name="password"></form>`

const server = createServer(async (request, response) => {
  const uid = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '')?.[1]
  if (uid === undefined) return handle(request, response)
  if (request.method === 'GET') {
    return response.writeHead(200, { 'content-type': 'text/html' }).end(form(uid))
  }
  let body = ''
  for await (const chunk of request) body += chunk
  const accountId = new URLSearchParams(body).get('username') ?? ''
  const result = { login: { accountId }, consent: {} }
  const to = await provider.interactionResult(request, response, result)
  response.writeHead(303, { location: to }).end()
})

const control = await serveControl({
  marker: '',
  markersAtOpening: 0,
  prepare: async () => [],
  wake: () => undefined,
})
const url = await listen(server, port)
console.log(`ready ${JSON.stringify({ url, control })}`)
