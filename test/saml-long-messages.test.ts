/** A37: long SAML messages cost time before their signature is known to be wrong, so each network may send only some of them. */
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { buildPostFields, type SigningKey, writeLogoutRequest } from '#saml'
import { longMessagesPerMinute } from '../src/faces/protocols/saml/message-limit.ts'
import { createKey, entityId, key, start } from './support/saml-scene.ts'

const otherKey = createKey('notes.example')
const long = { nameIdFormat: `urn:${'x'.repeat(20_000)}` }

/** Each request comes from an address that a trusted proxy names. The clock stands, so no attempt is given back. */
async function open(t: TestContext) {
  const now = Date.now()
  const clock = { now: () => now }
  const scene = await start(t, [], { trusted_proxies: ['127.0.0.1'] }, clock)
  const send = async (address: string, path: string, fields?: Record<string, string>) => {
    const method = fields === undefined ? 'GET' : 'POST'
    const body = fields && new URLSearchParams(fields).toString()
    const headers = {
      'x-forwarded-for': address,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const asked = request(`${scene.publicUrl}${path}`, { method, headers, agent: false }).end(body)
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>()
    asked.once('response', resolve)
    const reply = await promise
    const isAnswered = (await text(reply)).includes('name="SAMLResponse"')
    return { status: isAnswered ? 'answered' : reply.statusCode, headers: reply.headers }
  }
  const statusOf = async (...sent: Parameters<typeof send>) => (await send(...sent)).status
  const write = (more: object, by?: SigningKey) =>
    buildPostFields({ parameter: 'SAMLRequest', xml: scene.write(more, by), relayState: 'x' })
  const sendTimes = async (times: number, ...sent: Parameters<typeof send>) => {
    const statuses = new Set<unknown>()
    for (let count = 0; count < times; count += 1) statuses.add(await statusOf(...sent))
    return [...statuses]
  }
  return { ...scene, writeXml: scene.write, send, statusOf, sendTimes, write }
}

test('A37: long messages with a wrong signature are refused from one network after thirty in a minute', async (t) => {
  const { send, statusOf, sendTimes, write, pathOf } = await open(t)
  const wrong = write(long, otherKey)
  const here = '192.0.2.1'
  assert.deepEqual(await sendTimes(longMessagesPerMinute, here, '/saml/sso', wrong), [400])
  const refused = await send(here, '/saml/sso', wrong)
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
  const unreadable = buildPostFields({ parameter: 'SAMLRequest', xml: '<'.repeat(20_000) })
  const xml = Buffer.from(wrong.SAMLRequest ?? '', 'base64').toString()
  for (const [path, fields] of [
    ['/saml/slo', wrong],
    ['/saml/sso', unreadable],
    [pathOf('/saml/sso', xml)],
    [pathOf('/saml/slo', xml)],
  ] as const) {
    assert.equal(await statusOf(here, path, fields), 429, path.slice(0, 20))
    assert.equal(await statusOf('192.0.2.2', path, fields), 400, path.slice(0, 20))
  }
})

test('A37: after too many wrong messages from a network, its apps are still answered', async (t) => {
  const { statusOf, sendTimes, write, ask } = await open(t)
  const here = '192.0.2.1'
  await sendTimes(longMessagesPerMinute, here, '/saml/sso', write(long, otherKey))
  assert.equal(await statusOf(here, '/saml/sso', write(long, otherKey)), 429)
  assert.equal(await statusOf(here, '/saml/sso', write({}, key)), 303)
  assert.equal(await statusOf(here, ask()), 303)
  assert.equal(await statusOf(here, '/saml/sso', write({}, otherKey)), 400)
})

test('A37: long messages with the signature of the app are answered without a limit', async (t) => {
  const { publicUrl, statusOf, write, pathOf } = await open(t)
  const here = '192.0.2.1'
  const head = { issuer: entityId, issuedAt: Date.now(), destination: `${publicUrl}/saml/slo` }
  const nameId = { value: 'x'.repeat(20_000) }
  for (let count = 0; count < longMessagesPerMinute; count += 1) {
    assert.equal(await statusOf(here, '/saml/sso', write(long, key)), 'answered')
    const end = writeLogoutRequest({ ...head, id: `_end${count}`, nameId })
    assert.equal(await statusOf(here, pathOf('/saml/slo', end)), 303)
  }
})

test('A37: long messages of an app that does not sign are limited too', async (t) => {
  const scene = await open(t)
  await scene.db
    .updateTable('apps')
    .set({ settings: JSON.stringify({ entityId, consumerUrls: ['https://notes.example/acs'] }) })
    .where('id', '=', 'notes')
    .execute()
  const here = '192.0.2.1'
  const ask = (more?: object) => scene.pathOf('/saml/sso', scene.writeXml(more), undefined, null)
  assert.deepEqual(await scene.sendTimes(longMessagesPerMinute, here, ask(long)), ['answered'])
  assert.equal(await scene.statusOf(here, ask(long)), 429)
  assert.equal(await scene.statusOf(here, ask()), 303)
})
