import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBase64Url } from '../protocol/base64url.ts'
import {
  createPhone,
  createStore,
  now,
  outcomeOf,
  request,
  setUp,
  type Trouble,
} from '../test-support/server.ts'
import type { Verified } from './answer.ts'
import { createCaller } from './call.ts'
import { computeCode } from './codes.ts'
import { enrolDevice, fetchOffer } from './enrol.ts'
import { createFreshKey, openKey } from './keys.ts'
import { readBase32 } from './received-codes.ts'
import { fetchRequests } from './requests.ts'

test('a phone enrols with a link, reads the pending request, and answers it', async () => {
  const { server, phone, account } = await setUp()
  assert.deepEqual([account.state, account.issuer, account.account], ['new', 'Beispiel', 'erika'])
  const fetched = await fetchRequests(phone, account)
  assert.deepEqual(fetched.type === 'done' && fetched.pending.requests, [request])
  assert.equal((await phone.store.find('dev'))?.state, 'active')
  assert.equal(outcomeOf(await phone.approve('042917')), 'approved')
  assert.deepEqual(server.answers, ['approve 042917'])
})

test('each answer replaces the answer key, and no key can be exported', async () => {
  const { phone, account } = await setUp()
  const before = account.answerKeys[0]?.thumbprint
  await phone.approve('1234')
  const after = await phone.store.find('dev')
  assert.equal(after?.answerKeys.length, 1)
  assert.notEqual(after?.answerKeys[0]?.thumbprint, before)
  const stored = after?.answerKeys[0]?.privateKey
  assert.equal(stored?.type, 'plain')
  for (const key of [stored.key, account.readingKey, account.codes?.key]) {
    assert.ok(key)
    assert.equal(key.extractable, false)
    for (const form of ['jwk', 'pkcs8', 'raw'] as const) {
      await assert.rejects(crypto.subtle.exportKey(form, key))
    }
  }
})

test('an answer whose reply was lost is sent again and recorded once', async () => {
  const { server, phone } = await setUp()
  server.troubles.push('reply_lost', 'request_lost')
  assert.equal(outcomeOf(await phone.approve('1111')), 'approved')
  assert.deepEqual(server.answers, ['approve 1111'])
  assert.equal((await phone.store.find('dev'))?.answerKeys.length, 1)
})

test('after an answer or its reply is lost for good, the server accepts the next answer', async () => {
  const lost: readonly Trouble[][] = [
    ['request_lost', 'request_lost', 'request_lost', 'request_lost'],
    ['reply_lost', 'reply_lost', 'reply_lost', 'reply_lost'],
    ['reply_lost', 'request_lost', 'request_lost', 'request_lost'],
  ]
  for (const first of lost) {
    for (const second of lost) {
      const { server, phone } = await setUp()
      server.troubles.push(...first)
      assert.equal(outcomeOf(await phone.approve('1111')), 'offline')
      server.troubles.push(...second)
      assert.equal(outcomeOf(await phone.approve('2222')), 'offline')
      assert.equal(outcomeOf(await phone.approve('3333')), 'approved')
      assert.equal(server.hasEnded(), false)
      assert.equal(server.answers.at(-1), 'approve 3333')
      assert.equal((await phone.store.find('dev'))?.answerKeys.length, 1)
    }
  }
})

test('the phone rejects a replayed reply to an earlier message', async () => {
  const { server, phone } = await setUp()
  server.troubles.push('reply_lost', 'reply_lost', 'reply_lost', 'reply_lost')
  assert.equal(outcomeOf(await phone.approve('1111')), 'offline')
  assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
  const before = (await phone.store.find('dev'))?.answerKeys[0]?.thumbprint
  server.troubles.push('replay')
  assert.equal(outcomeOf(await phone.approve('3333')), 'broken')
  const [next, present] = (await phone.store.find('dev'))?.answerKeys ?? []
  assert.ok(next)
  assert.equal(present?.thumbprint, before)
  assert.equal(outcomeOf(await phone.approve('4444')), 'approved')
  assert.equal(server.hasEnded(), false)
})

test('a rate limit on the repetition of an answer does not end the enrolment of the phone', async () => {
  const { server, phone } = await setUp()
  server.troubles.push('reply_lost', 'limit')
  assert.equal(outcomeOf(await phone.approve('1111')), 'limit')
  assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
  assert.deepEqual(server.answers, ['approve 1111', 'approve 2222'])
  assert.equal(server.hasEnded(), false)
})

/** Responses of a proxy or portal between the phone and its server, each with the outcome that the phone reports. */
const others: readonly (readonly [name: string, create: () => Response])[] = [
  ['down', () => Response.json({ error: 'unavailable' }, { status: 503 })],
  ['down', () => createPage(502)],
  ['limit', () => createPage(429)],
  ['intercepted', () => createPage(200)],
  ['intercepted', () => createPage(511)],
  ['intercepted', () => new Response(null, { status: 302, headers: { location: '/' } })],
  ['broken', () => createPage(403)],
  ['broken', () => new Response('a.b.c')],
]

const createPage = (status: number) =>
  new Response('<!doctype html>', {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })

test('the phone recognizes responses that are not from the server, and can still answer afterwards', async () => {
  for (const [name, create] of others) {
    const { server, phone, account } = await setUp()
    server.troubles.push(create())
    assert.equal((await fetchRequests(phone, account)).type, name)
    server.troubles.push(create(), create(), create(), create())
    assert.equal(outcomeOf(await phone.approve('1111')), name)
    server.troubles.length = 0
    assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
    assert.equal(server.hasEnded(), false)
  }
})

test('the phone repeats an answer after a short failure of a proxy', async () => {
  const { server, phone } = await setUp()
  server.troubles.push(createPage(502), createPage(503))
  assert.equal(outcomeOf(await phone.approve('1111')), 'approved')
  assert.deepEqual(server.answers, ['approve 1111'])
})

test('the phone aborts a connection that hangs and reports that it is offline', async () => {
  const { account } = await setUp()
  const hang: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  const call = createCaller({ fetch: hang, now, timeout: 20 })
  const hanging = { call, now, store: createStore([account]), randomId: () => 'id' }
  // A timeout of the platform keeps no process alive.
  const alive = setInterval(() => undefined, 1000)
  assert.equal((await fetchRequests(hanging, account)).type, 'offline')
  clearInterval(alive)
})

test('the phone can still answer after many lost answers, with the key that the server knows', async () => {
  const { server, phone } = await setUp()
  for (let times = 0; times < 40; times += 1) {
    server.troubles.push('request_lost', 'request_lost', 'request_lost', 'request_lost')
    assert.equal(outcomeOf(await phone.approve('1111')), 'offline')
  }
  assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
  assert.deepEqual(server.answers, ['approve 2222'])
})

test('a phone sends two simultaneous answers one after the other', async () => {
  const { server, phone } = await setUp()
  const both = await Promise.all([phone.approve('1111'), phone.approve('2222')])
  assert.deepEqual(both.map(outcomeOf), ['approved', 'approved'])
  assert.equal(server.hasEnded(), false)
})

test('when a phone and its copy both answer, the second answer reveals the copy and ends the enrolment', async () => {
  for (const whichFirst of [0, 1]) {
    const { server, phone } = await setUp()
    const copy = createPhone(server, createStore(await phone.store.list()))
    const [first, second] = whichFirst === 0 ? [phone, copy] : [copy, phone]
    assert.equal(outcomeOf(await first.approve('1111')), 'approved')
    assert.equal(outcomeOf(await second.approve('2222')), 'ended')
    assert.equal(server.hasEnded(), true)
    assert.equal((await second.store.find('dev'))?.state, 'ended')
    assert.equal(outcomeOf(await first.approve('3333')), 'ended')
    assert.deepEqual(server.answers, ['approve 1111'])
  }
})

test('a phone reveals a copy that answered after a rate limit had refused the last answer of the phone', async () => {
  const { server, phone } = await setUp()
  const copy = createPhone(server, createStore(await phone.store.list()))
  server.troubles.push('limit')
  assert.equal(outcomeOf(await phone.approve('1111')), 'limit')
  assert.equal(outcomeOf(await copy.approve('2222')), 'approved')
  assert.equal(outcomeOf(await phone.approve('3333')), 'ended')
  assert.equal(server.hasEnded(), true)
  assert.equal(outcomeOf(await copy.approve('4444')), 'ended')
  assert.deepEqual(server.answers, ['approve 2222'])
})

test('only the secret of the passkey opens a wrapped key, which then signs answers', async () => {
  const passkeySecret = new Uint8Array(32).fill(9)
  const verification = { id: 'p', clientDataJSON: 'a', authenticatorData: 'b', signature: 'c' }
  const challenges: string[] = []
  let verified: Verified | undefined = { verification, secret: passkeySecret }
  const { server, phone } = await setUp({
    async verify(_, challenge) {
      challenges.push(encodeBase64Url(challenge))
      return verified
    },
  })
  const key = await (await createFreshKey()).wrap(passkeySecret)
  const opened = await openKey(key.privateKey, passkeySecret)
  assert.equal(opened?.extractable, false)
  assert.equal(await openKey(key.privateKey, new Uint8Array(32)), undefined)
  assert.equal(await openKey(key.privateKey, undefined), undefined)

  const offered = await fetchOffer(phone, server.link)
  assert.equal(offered.type, 'done')
  const made = { credential: { id: 'p', clientDataJSON: 'a', attestationObject: 'b' } }
  const device = { name: 'Telefon', platform: 'android' } as const
  await enrolDevice(phone, offered.offered, {
    ...device,
    made: { ...made, secret: passkeySecret },
  })
  assert.equal((await phone.store.find('dev'))?.answerKeys[0]?.privateKey.type, 'wrapped')
  assert.equal(outcomeOf(await phone.approve('1111')), 'approved')
  assert.equal((await phone.store.find('dev'))?.answerKeys[0]?.privateKey.type, 'wrapped')
  assert.equal(outcomeOf(await phone.approve('2222')), 'approved')
  assert.equal(new Set(challenges).size, 2)

  for (const wrong of [undefined, { verification }, { verification, secret: new Uint8Array(32) }]) {
    verified = wrong
    assert.equal(outcomeOf(await phone.approve('3333')), 'not_verified')
  }
  assert.equal(server.answers.length, 2)
  verified = { verification, secret: passkeySecret }
  assert.equal(outcomeOf(await phone.approve('4444')), 'approved')
})

test('the phone refuses a server without the key of the link, at the enrolment and later', async () => {
  const { server, phone, account } = await setUp()
  await server.forge()
  assert.equal((await fetchOffer(phone, server.link)).type, 'broken')
  assert.equal((await fetchRequests(phone, account)).type, 'broken')
  assert.equal(outcomeOf(await phone.approve('1111')), 'broken')
  const other = { ...server.link, serverKey: encodeBase64Url(new Uint8Array(32)) }
  assert.equal((await fetchOffer(phone, other)).type, 'broken')
})

test('a phone corrects its clock offset by the time of the server', async () => {
  const { phone, account } = await setUp()
  for (const clockOffset of [7_200_000, 40_000]) {
    const wrong = { ...account, clockOffset }
    await phone.store.add(wrong)
    assert.equal((await fetchRequests(phone, wrong)).type, 'done')
    assert.equal((await phone.store.find('dev'))?.clockOffset, 0)
  }
})

test('a call that began before a clock correction does not undo the correction', async () => {
  const { phone, account } = await setUp()
  assert.equal(account.codes?.state, 'new')
  await phone.store.add({ ...account, clockOffset: 3000 })
  // This is the earlier state of the account, in which the codes are not marked as confirmed.
  assert.equal((await fetchRequests(phone, account)).type, 'done')
  const stored = await phone.store.find('dev')
  assert.deepEqual([stored?.clockOffset, stored?.codes?.state], [3000, 'active'])
})

test('the key of the one-time codes cannot be exported, and the phone deletes them when the server has removed them', async () => {
  const { server, phone, account } = await setUp()
  assert.equal(account.codes?.state, 'new')
  assert.equal(account.codes.key.extractable, false)
  assert.equal((await computeCode(account.codes, 59_000)).code, '94287082')
  await fetchRequests(phone, account)
  const active = await phone.store.find('dev')
  assert.equal(active?.codes?.state, 'active')
  server.removeCodes()
  await fetchRequests(phone, active)
  assert.equal((await phone.store.find('dev'))?.codes, undefined)
})

test('one-time codes match the test vectors of RFC 6238, appendix B', async () => {
  const raw = readBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  assert.equal(new TextDecoder().decode(raw), '12345678901234567890')
  const form = { name: 'HMAC', hash: 'SHA-1' }
  const key = await crypto.subtle.importKey('raw', raw, form, false, ['sign'])
  for (const [seconds, code] of [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1234567890, '89005924'],
    [20000000000, '65353130'],
  ] as const) {
    const shown = await computeCode({ key, digits: 8, period: 30 }, seconds * 1000)
    assert.deepEqual(shown, { code, left: 30 - (seconds % 30) })
  }
})
