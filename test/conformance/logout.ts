/**
 * The modules of `oidcc-rp-initiated-logout-certification-test-plan` and of
 * `oidcc-backchannel-rp-initiated-logout-certification-test-plan`. Where the suite asks for a picture of the page that says
 * that nobody is logged in any more, these ask with `prompt=none` instead.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { decodeJwt, SignJWT } from 'jose'
import { type Landing, readForms } from './browser.ts'
import { checkAllHttps } from './config.ts'
import {
  authorize,
  createRequest,
  describe,
  type Module,
  needsInterface,
  type Params,
  randomText,
  readError,
  runFlow,
  type Suite,
  type Tokens,
} from './suite.ts'

interface Logout {
  readonly tokens: Tokens
  readonly state: string
  readonly landing: Landing
}

/** Logs in, and sends the browser to the end-session endpoint with these parameters. */
async function logOut(
  suite: Suite,
  choose: (params: Params, tokens: Tokens) => Params | Promise<Params>,
): Promise<Logout> {
  const tokens = await runFlow(suite, createRequest(suite, { state: randomText(128) }))
  const state = randomText(128)
  const all = {
    id_token_hint: tokens.idToken,
    post_logout_redirect_uri: `${suite.appOrigin}/post_logout_redirect`,
    state,
  }
  const url = suite.endpoint('end_session_endpoint')
  for (const [name, value] of Object.entries(await choose(all, tokens))) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { tokens, state, landing: await suite.browser.go(url) }
}

async function checkLoggedOut(suite: Suite): Promise<void> {
  const request = createRequest(suite, { prompt: 'none', state: randomText(128) })
  const error = readError(suite, await authorize(suite, request), request)
  assert.ok(needsInterface.includes(error), error)
}

/** Back at the app, with this state and nothing else. */
function checkReturn(suite: Suite, landing: Landing, state: string | null): void {
  assert.ok(landing.type === 'app', `the browser stands at ${describe(landing)}`)
  assert.equal(landing.url.pathname, '/post_logout_redirect')
  assert.equal(landing.sent.get('state'), state)
  const others = [...landing.sent.keys()].filter((name) => name !== 'state')
  suite.warnUnless(others.length === 0, `unexpected at the logout address: ${others.join(', ')}`)
}

/** The browser goes back to the app, and nobody is logged in any more. */
const returns = (name: string, choose: (params: Params) => Params, isWithState = true): Module => ({
  name,
  async run(suite) {
    const { landing, state } = await logOut(suite, choose)
    checkReturn(suite, landing, isWithState ? state : null)
    await checkLoggedOut(suite)
  },
})

/** The browser must not go back to the app by itself: the server shows an error, or asks. */
const stays = (
  name: string,
  choose: (params: Params, tokens: Tokens, suite: Suite) => Params | Promise<Params>,
): Module => ({
  name,
  async run(suite) {
    const { landing } = await logOut(suite, (params, tokens) => choose(params, tokens, suite))
    assert.equal(landing.type, 'page', `the browser stands at ${describe(landing)}`)
  },
})

/** The server logs the person out and says so; it may ask before. */
const ends = (name: string, choose: (params: Params) => Params): Module => ({
  name,
  async run(suite) {
    const { landing } = await logOut(suite, choose)
    assert.ok(landing.type === 'page' && landing.status === 200, describe(landing))
    const [question] = readForms(landing.html, landing.url).filter(({ names }) =>
      names.includes('logout'),
    )
    const after = question === undefined ? landing : await suite.browser.submit(question)
    assert.ok(after.type === 'page' && after.status === 200, describe(after))
    await checkLoggedOut(suite)
  },
})

function toUnsigned(idToken: string): string {
  const header = Buffer.from('{"alg": "none"}').toString('base64url')
  return `${header}.${idToken.split('.')[1]}.`
}

/** Signed by another one, with the claims of a real one. */
async function forge({ claims }: Tokens, suite: Suite): Promise<string> {
  const key = new TextEncoder().encode(suite.client.secret)
  return await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)
}

export const logoutModules: readonly Module[] = [
  {
    name: 'oidcc-rp-initiated-logout-discovery-endpoint-verification',
    async run({ metadata, endpoint }) {
      checkAllHttps(metadata)
      assert.equal(endpoint('end_session_endpoint').protocol, 'https:')
    },
  },
  returns('oidcc-rp-initiated-logout', (params) => params),
  stays('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', (params, _, suite) => ({
    ...params,
    post_logout_redirect_uri: `${suite.appOrigin}/bad_post_logout_redirect_uri`,
  })),
  stays('oidcc-rp-initiated-logout-modified-id-token-hint', (params, tokens) => ({
    ...params,
    id_token_hint: toUnsigned(tokens.idToken),
  })),
  stays('oidcc-rp-initiated-logout-no-id-token-hint', (params) => ({
    ...params,
    id_token_hint: undefined,
  })),
  ends('oidcc-rp-initiated-logout-no-params', () => ({})),
  ends('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', (params) => ({
    ...params,
    post_logout_redirect_uri: undefined,
  })),
  returns(
    'oidcc-rp-initiated-logout-no-state',
    (params) => ({ ...params, state: undefined }),
    false,
  ),
  ends('oidcc-rp-initiated-logout-only-state', ({ state }) => ({ state })),
  stays('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', (params) => ({
    ...params,
    post_logout_redirect_uri: `${params.post_logout_redirect_uri}?foo=bar`,
  })),
  stays('oidcc-rp-initiated-logout-bad-id-token-hint', async (params, tokens, suite) => ({
    ...params,
    id_token_hint: await forge(tokens, suite),
  })),
]

export interface LogoutReceiver {
  /** Where the client gets its logout tokens. */
  readonly url: string
  /** Waits for the message that ends this session of the client, for ten seconds at most. */
  find(sid: unknown): Promise<URLSearchParams>
  close(): void
}

/** The app's side of the back channel, on loopback. */
export async function receiveLogouts(): Promise<LogoutReceiver> {
  const received: URLSearchParams[] = []
  const server = createServer(async (request, response) => {
    received.push(new URLSearchParams(await text(request)))
    response.setHeader('cache-control', 'no-store').end()
    server.emit('logout')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/backchannel_logout`,
    async find(sid) {
      const signal = AbortSignal.timeout(10_000)
      for (;;) {
        const found = received.find((body) => decodeJwt(readLogoutToken(body)).sid === sid)
        if (found !== undefined) return found
        await once(server, 'logout', { signal })
      }
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const readLogoutToken = (body: URLSearchParams) => body.get('logout_token') ?? ''

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

export const createBackChannelModules = (receiver: LogoutReceiver): readonly Module[] => [
  {
    name: 'oidcc-backchannel-logout-discovery-endpoint-verification',
    async run({ metadata, endpoint }) {
      checkAllHttps(metadata)
      assert.equal(metadata.backchannel_logout_supported, true)
      assert.equal(metadata.backchannel_logout_session_supported, true)
      assert.equal(endpoint('end_session_endpoint').protocol, 'https:')
    },
  },
  {
    name: 'oidcc-backchannel-rp-initiated-logout',
    async run(suite) {
      const { landing, state, tokens } = await logOut(suite, (params) => params)
      const body = await receiver.find(tokens.claims.sid)
      assert.deepEqual([...body.keys()], ['logout_token'])
      const { payload } = await suite.verify(readLogoutToken(body), suite.client.id)
      assert.equal(typeof payload.jti, 'string')
      assert.ok(Math.abs((payload.iat ?? 0) - Date.now() / 1000) < 300)
      assert.deepEqual(payload.events, { [logoutEvent]: {} })
      assert.equal('nonce' in payload, false)
      assert.ok(payload.sub !== undefined || payload.sid !== undefined)
      if (payload.sub !== undefined) assert.equal(payload.sub, tokens.claims.sub)
      if (payload.sid !== undefined) assert.equal(payload.sid, tokens.claims.sid)
      checkReturn(suite, landing, state)
      await checkLoggedOut(suite)
    },
  },
]
