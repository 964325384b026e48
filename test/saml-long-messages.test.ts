/** A37: slow SAML messages, long or full of tags and attributes, cost time before their signature is known to be wrong, so each network may send only some of them. */
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { buildPostFields, type SigningKey, writeLogoutRequest } from '#saml'
import { slowMessagesPerMinute, usualLength } from '../src/faces/protocols/saml/message-limit.ts'
import { minutes } from '../src/platform/kernel/clock.ts'
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
  assert.deepEqual(await sendTimes(slowMessagesPerMinute, here, '/saml/sso', wrong), [400])
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
  await sendTimes(slowMessagesPerMinute, here, '/saml/sso', write(long, otherKey))
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
  for (let count = 0; count < slowMessagesPerMinute; count += 1) {
    assert.equal(await statusOf(here, '/saml/sso', write(long, key)), 'answered')
    const end = writeLogoutRequest({ ...head, id: `_end${count}`, nameId })
    assert.equal(await statusOf(here, pathOf('/saml/slo', end)), 303)
  }
})

test('A37: a long message with the signature of the app is limited when it is repeated, or too old', async (t) => {
  const { publicUrl, statusOf, sendTimes, write, pathOf } = await open(t)
  const head = { issuer: entityId, issuedAt: Date.now(), destination: `${publicUrl}/saml/slo` }
  const end = writeLogoutRequest({ ...head, id: '_end', nameId: { value: 'x'.repeat(20_000) } })
  const old = { ...long, issuedAt: Date.now() - minutes(11) }
  for (const [address, given, answer, path, fields] of [
    ['192.0.2.1', 5, 'answered', '/saml/sso', write(long, key)],
    ['198.51.100.1', 5, 303, pathOf('/saml/slo', end), undefined],
    ['203.0.113.1', 0, 400, '/saml/sso', write(old, key)],
  ] as const) {
    const times = given + slowMessagesPerMinute
    assert.deepEqual(await sendTimes(times, address, path, fields), [answer])
    assert.equal(await statusOf(address, path, fields), 429, address)
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
  assert.deepEqual(await scene.sendTimes(slowMessagesPerMinute, here, ask(long)), ['answered'])
  assert.equal(await scene.statusOf(here, ask(long)), 429)
  assert.equal(await scene.statusOf(here, ask()), 303)
})

/** Short, and slow to read. */
const full = {
  tags: (xml: string) => xml.replace('</samlp:AuthnRequest>', `${'<e/>'.repeat(250)}$&`),
  attributes: (xml: string) => {
    const names = Array.from({ length: 250 }, (_, index) => `a${index}=""`)
    return xml.replace('</samlp:AuthnRequest>', `<e ${names.join(' ')}/>$&`)
  },
  references: (xml: string) =>
    xml.replace('</samlp:AuthnRequest>', `<e>${'&#65;'.repeat(250)}</e>$&`),
}

for (const [name, fill] of Object.entries(full)) {
  test(`A37: short messages with many ${name} and a wrong signature are limited like long ones`, async (t) => {
    const { statusOf, sendTimes, writeXml } = await open(t)
    const xml = fill(writeXml({}, otherKey))
    assert.ok(xml.length < usualLength)
    const fields = buildPostFields({ parameter: 'SAMLRequest', xml })
    const here = '192.0.2.1'
    assert.deepEqual(await sendTimes(slowMessagesPerMinute, here, '/saml/sso', fields), [400])
    assert.equal(await statusOf(here, '/saml/sso', fields), 429)
    assert.equal(await statusOf('192.0.2.2', '/saml/sso', fields), 400)
  })
}

test('A37: short messages with many characters that could be marks are answered when their app has signed them', async (t) => {
  const { statusOf, write } = await open(t)
  const marked = { nameIdFormat: `urn:${'='.repeat(300)}` }
  for (let count = 0; count < slowMessagesPerMinute + 2; count += 1) {
    assert.equal(await statusOf('192.0.2.1', '/saml/sso', write(marked, key)), 'answered')
  }
})

test('A37: the networks around an address and all networks together have limits for slow messages too', async (t) => {
  const { statusOf, write } = await open(t)
  const wrong = write(long, otherKey)
  const count = async (addresses: readonly string[]) => {
    let read = 0
    for (const one of addresses) if ((await statusOf(one, '/saml/sso', wrong)) === 400) read += 1
    return read
  }
  const many = (length: number, name: (index: number) => string) =>
    Array.from({ length }, (_, n) => name(n))
  assert.equal(await count(many(70, (n) => `192.0.2.${n}`)), 60)
  assert.equal(await count(many(130, (n) => `2001:db8:1:${n.toString(16)}00::1`)), 120)
  // The reserved quarter of all is for networks that have begun little.
  assert.equal(await count(many(20, (n) => `198.51.100.${n}`)), 3)
  assert.equal(await count(['203.0.113.1']), 1)
})
