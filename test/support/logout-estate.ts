/**
 * Seven apps of four protocols in one session: two of OpenID Connect, three of SAML by both bindings, one of WS-Federation with
 * two realms, and one behind a proxy. Each can fail in several manners when it is to log out.
 */
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import {
  buildPostFields,
  buildRedirect,
  readCertificate,
  readLogoutRequest,
  receivePost,
  receiveRedirect,
  type SigningKey,
  type Status,
  writeLogoutResponse,
} from '#saml'
import { createPlainBrowser } from '../../src/dev/test-support/plain-browser.ts'
import { createTestClock } from '../../src/dev/test-support/scene.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { type AppInput, createApps } from '../../src/identity/apps/apps.ts'
import { enterApp } from './enter-app.ts'
import { erika, startInProcess } from './in-process.ts'
import { listen } from './listen.ts'
import { createKey } from './saml-scene.ts'
import { enterPassword } from './way-in.ts'

/**
 * `dead`: nothing listens. `slow`: it never answers. `broken`: status 500. `elsewhere`: it redirects to another origin, whose
 * page tries to take the place of ours. `declines`: it answers that it did not log out.
 */
export type Fault = 'dead' | 'slow' | 'broken' | 'elsewhere' | 'declines'

export interface Heard {
  readonly app: string
  readonly path: string
  readonly cookie: string
}

const names = {
  mail: 'Mail',
  portal: 'Portal',
  notes: 'Notes',
  board: 'Board',
  files: 'Files',
  owa: 'Outlook',
  proxied: 'Proxied',
} as const

export type EstateApp = keyof typeof names
export const estateApps = Object.keys(names) as readonly EstateApp[]
export const nameOf = (app: EstateApp): string => names[app]

const proxiedHost = 'proxied.example.org'
const policy = { secondFactor: 'none' } as const
const samlApps = ['notes', 'board', 'files'] as const

export async function startEstate(t: TestContext) {
  const clock = createTestClock()
  const server = await startInProcess(
    t,
    { default_policy: { second_factor: 'none' }, trusted_proxies: ['127.0.0.1/32'] },
    clock,
    'localhost',
  )
  const scene: Scene = {
    publicUrl: server.publicUrl,
    now: clock.now,
    heard: [],
    faults: new Map(),
    keys: new Map(samlApps.map((app) => [app, createKey(`${app}.example`)])),
    elsewhere: await startElsewhere(t),
  }
  const { heard, faults, keys } = scene
  const places = new Map<EstateApp, Place>()
  for (const app of estateApps) places.set(app, await openPlace(t, createListener(scene, app)))
  const at = (app: EstateApp) => places.get(app)?.origin ?? ''
  const apps = createApps({ ...server.parts.platform, protocols })
  for (const one of listApps(at, keys)) await apps.create(server.db, { ...one, policy })

  return {
    ...server,
    clock,
    heard,
    at,
    /** From now on only this app has a fault. */
    async fail(app: EstateApp, fault: Fault): Promise<void> {
      for (const other of faults.keys()) await places.get(other)?.open()
      faults.clear()
      faults.set(app, fault)
      if (fault === 'dead') await places.get(app)?.close()
    },
    /** Every app works. */
    async repair(): Promise<void> {
      for (const other of faults.keys()) await places.get(other)?.open()
      faults.clear()
    },
    /** Erika in all of them. */
    async enterAll() {
      const plain = createPlainBrowser(server.publicUrl)
      await enterPassword(plain, erika)
      for (const app of ['mail', 'portal'] as const) await plain.get(askCode(app, at(app)))
      for (const app of samlApps) await plain.get(`/saml/start/${app}`)
      for (const realm of ['owa', 'ecp']) {
        const wtrealm = `${at('owa')}/${realm}/`
        await plain.get(`/adfs/ls/?${new URLSearchParams({ wa: 'wsignin1.0', wtrealm })}`)
      }
      const session = plain.cookieHeader()
      const proxied = await enterApp({ einlass: server.publicUrl, host: proxiedHost, session })
      heard.splice(0)
      return { cookies: readCookies(session), proxied }
    },
    /** What the proxy of the app hears about a request with this cookie. */
    async checkProxied(cookie: string): Promise<number> {
      const asked = { 'x-original-url': `https://${proxiedHost}/`, 'x-original-method': 'GET' }
      const headers = { ...asked, cookie }
      return (await fetch(`${server.publicUrl}/forward-auth/nginx`, { headers })).status
    },
  }
}

/** What the apps share. */
interface Scene {
  readonly publicUrl: string
  now(): number
  readonly heard: Heard[]
  readonly faults: Map<EstateApp, Fault>
  readonly keys: ReadonlyMap<EstateApp, SigningKey>
  readonly elsewhere: string
}

function createListener(scene: Scene, app: EstateApp): RequestListener {
  return async (request, response) => {
    const body = request.method === 'POST' ? await text(request) : ''
    const { url: path = '', headers } = request
    scene.heard.push({ app, path, cookie: headers.cookie ?? '' })
    const fault = scene.faults.get(app)
    if (fault === 'slow') return
    // No app has to allow frames.
    response.setHeader('x-frame-options', 'DENY')
    const key = scene.keys.get(app)
    if (fault === 'broken') response.writeHead(500).end('broken')
    else if (fault === 'elsewhere') redirect(response, scene.elsewhere)
    else if (key === undefined) response.end()
    else await answerMessage(scene, { app, key, request, body, isDone: !fault }, response)
  }
}

interface Message {
  readonly app: EstateApp
  readonly key: SigningKey
  readonly request: IncomingMessage
  readonly body: string
  readonly isDone: boolean
}

/** Answers a request of SAML, by the binding that it came with. */
async function answerMessage(
  { publicUrl, now }: Scene,
  { app, key, request, body, isDone }: Message,
  response: ServerResponse,
): Promise<void> {
  const isForm = request.method === 'POST'
  const query = request.url?.split('?')[1] ?? ''
  const fields = Object.fromEntries(new URLSearchParams(isForm ? body : query))
  const received = isForm ? receivePost(fields) : receiveRedirect(query)
  if (received.type !== 'ok') throw new Error(`${app} got ${JSON.stringify(received)}`)
  const read = readLogoutRequest(received.message, await readOwnKeys(publicUrl))
  if (read.type !== 'ok') throw new Error(`${app} got ${JSON.stringify(read)}`)
  const destination = `${publicUrl}/saml/slo`
  const content = {
    ...{ id: '_answer', issuer: `https://${app}.example`, issuedAt: now(), destination },
    inResponseTo: read.request.id,
    status: { code: isDone ? 'Success' : 'Responder' } satisfies Status,
  }
  const sent = { parameter: 'SAMLResponse' as const, relayState: fields.RelayState }
  if (!isForm) {
    const xml = writeLogoutResponse(content)
    return redirect(response, buildRedirect(destination, { ...sent, xml, key }))
  }
  const inputs = Object.entries(
    buildPostFields({ ...sent, xml: writeLogoutResponse(content, key) }),
  ).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  const form = `<form method="post" action="${destination}">${inputs.join('')}<button>Back</button></form>`
  response.removeHeader('x-frame-options')
  response
    .setHeader('content-type', 'text/html')
    .end(`${form}<script>document.forms[0].submit()</script>`)
}

async function readOwnKeys(publicUrl: string) {
  const metadata = await (await fetch(`${publicUrl}/saml/metadata`)).text()
  const [, certificate = ''] = /<ds:X509Certificate>([^<]*)</.exec(metadata) ?? []
  return [readCertificate(certificate).publicKey]
}

/** Where an app listens, or does not. */
interface Place {
  readonly origin: string
  open(): Promise<void>
  close(): Promise<void>
}

async function openPlace(t: TestContext, answer: RequestListener): Promise<Place> {
  const server = createServer(answer)
  let port = 0
  const open = async () => {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const close = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((closed) => server.close(closed))
  }
  await open()
  t.after(close)
  return { origin: `http://localhost:${port}`, open, close }
}

export type Estate = Awaited<ReturnType<typeof startEstate>>

function* listApps(
  at: (app: EstateApp) => string,
  keys: ReadonlyMap<EstateApp, SigningKey>,
): Generator<Omit<AppInput, 'policy'>> {
  for (const id of ['mail', 'portal'] as const) {
    const redirectUris = [`${at(id)}/callback`]
    const settings = {
      redirectUris,
      postLogoutRedirectUris: [`${at(id)}/bye`],
      backchannelLogoutUri: `${at(id)}/logout`,
      tokenEndpointAuthMethod: 'none',
    }
    yield { id, name: names[id], settings }
  }
  for (const [id, { certificate }] of keys) {
    const settings = {
      entityId: `https://${id}.example`,
      consumerUrls: [`${at(id)}/acs`],
      logoutUrl: `${at(id)}/slo`,
      logoutBinding: id === 'files' ? 'post' : 'redirect',
      signingCertificates: [certificate],
      unsolicited: 'allowed',
    }
    yield { id, name: names[id], protocol: 'saml', settings }
  }
  const realms = ['owa', 'ecp'].map((realm) => `${at('owa')}/${realm}/`)
  const claims = { 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': 'username' }
  yield { id: 'owa', name: names.owa, protocol: 'wsfed', settings: { realms, claims } }
  const settings = { addresses: [`https://${proxiedHost}`] }
  yield { id: 'proxied', name: names.proxied, protocol: 'forward-auth', settings }
}

function askCode(app: EstateApp, origin: string): string {
  return `/oidc/auth?${new URLSearchParams({
    ...{ client_id: app, response_type: 'code', scope: 'openid' },
    redirect_uri: `${origin}/callback`,
    ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
  })}`
}

/** Another origin, whose page wants to be the whole window. */
async function startElsewhere(t: TestContext): Promise<string> {
  const port = await listen(t, (_, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<h1>Elsewhere</h1><script>top.location = location.href; alert("x")</script>')
  })
  return `http://127.0.0.1:${port}/`
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end()
}

const readCookies = (header: string) =>
  header.split('; ').map((one) => {
    const equals = one.indexOf('=')
    return { name: one.slice(0, equals), value: one.slice(equals + 1) }
  })
