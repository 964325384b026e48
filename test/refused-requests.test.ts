/** Requests of apps that the whole server refuses: how each is counted, and what an administrator reads of it later. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { buildRedirect, writeAuthnRequest, writeLogoutRequest } from '#saml'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { readAudit } from '../src/identity/audit/chain.ts'
import { startInProcess } from './support/in-process.ts'

const entityId = 'https://notes.example/metadata'
const realm = 'https://mail.example/owa/'

async function addApps({ parts, db }: Awaited<ReturnType<typeof startInProcess>>) {
  const apps = createApps({ ...parts.platform, protocols })
  await apps.create(db, {
    ...{ id: 'notes', name: 'Notes', protocol: 'saml' },
    settings: { entityId, consumerUrls: ['https://notes.example/acs'], signedRequests: 'required' },
  })
  await apps.create(db, {
    ...{ id: 'mail', name: 'Mail', protocol: 'wsfed' },
    settings: { realms: [realm] },
  })
}

const typed = '<script>\u202enobody\n'

/** Each path with what is counted for it. */
function listRequests(publicUrl: string): [string, string, string, string | null][] {
  const head = { id: '_1', issuedAt: Date.now() }
  const destination = `${publicUrl}/saml/sso`
  const ask = (issuer: string) => writeAuthnRequest({ ...head, issuer, destination })
  const send = (path: string, xml: string) => buildRedirect(path, { parameter: 'SAMLRequest', xml })
  const end = writeLogoutRequest({ ...head, issuer: entityId, nameId: { value: 'x' } })
  const sign = (query: Record<string, string>) => `/adfs/ls/?${new URLSearchParams(query)}`
  const wa = 'wsignin1.0'
  return [
    [send('/saml/sso', ask(typed)), 'saml', 'unknown_app', null],
    [send('/saml/sso', ask(entityId)), 'saml', 'unsigned', 'notes'],
    ['/saml/sso?SAMLRequest=%25', 'saml', 'bad_encoding', null],
    [send('/saml/slo', end), 'saml', 'unsigned', 'notes'],
    [sign({ wa, wtrealm: typed }), 'wsfed', 'unknown_realm', null],
    [sign({ wa, wtrealm: realm, wreply: typed }), 'wsfed', 'unknown_reply_url', 'mail'],
    [sign({ wa: typed }), 'wsfed', 'invalid_request', null],
    ['/forward-auth/nginx', 'forward-auth', 'unknown_proxy', null],
    [`/oidc/auth?client_id=${encodeURIComponent(typed)}`, 'oidc', 'invalid_client', null],
  ]
}

test('each protocol records a refused request in a metric and an audit event, without text of the sender', async (t) => {
  const started = await startInProcess(t, { metrics: { port: 0 } })
  const { publicUrl, server, db } = started
  await addApps(started)
  const requests = listRequests(publicUrl)
  for (const [path] of requests) {
    const { status } = await fetch(`${publicUrl}${path}`)
    assert.ok(status === 400 || status === 403, `${status} ${path}`)
  }
  assert.ok(server.metrics)
  const { port } = server.metrics.address() as AddressInfo
  const lines = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n')
  for (const [, protocol, reason] of requests) {
    const times = reason === 'unsigned' ? 2 : 1
    const line = `einlass_app_requests_refused_total{protocol="${protocol}",reason="${reason}"} ${times}`
    assert.ok(lines.includes(line), line)
  }
  const events = await readAudit(db, { limit: 1000 })
  const refused = events.flatMap(({ type, data }) => (type === 'app_request_refused' ? [data] : []))
  const unique = requests.filter(([path]) => !path.startsWith('/saml/slo'))
  assert.deepEqual(
    refused,
    unique.map(([, protocol, reason, appId]) => ({ protocol, reason, appId })),
  )
  assert.doesNotMatch(JSON.stringify(events), /nobody/)
})

test('the log has what an app sent, shortened and without control characters, for the operator', async (t) => {
  const started = await startInProcess(t)
  const { publicUrl, notes } = started
  await addApps(started)
  const long = `https://other.example/\n\u202e${'x'.repeat(500)}`
  const issuer = { id: '_1', issuedAt: Date.now(), issuer: 'https://other.example/metadata' }
  const saml = ['/saml/sso', '/saml/slo'].map((path) => {
    const xml = writeAuthnRequest({ ...issuer, destination: `${publicUrl}${path}` })
    return buildRedirect(path, { parameter: 'SAMLRequest', xml })
  })
  const ask = (query: Record<string, string>) =>
    `/adfs/ls/?${new URLSearchParams({ wa: 'wsignin1.0', ...query })}`
  for (const path of [...saml, ask({ wtrealm: long }), ask({ wtrealm: realm, wreply: long })]) {
    assert.equal((await fetch(`${publicUrl}${path}`)).status, 400)
  }
  const details = notes.flatMap(({ entry }) => ('detail' in entry ? [`${entry.detail}`] : []))
  const [login, logout, ...others] = details
  const unknown = 'no app has the entity id https://other.example/metadata'
  assert.deepEqual([login, logout], [unknown, unknown])
  assert.equal(others.length, 2)
  for (const detail of others) {
    assert.match(detail, /^https:\/\/other\.example\/\\u000a\\u202ex{100,176}$/)
  }
})
