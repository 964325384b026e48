import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBase64Url } from '../protocol/base64url.ts'
import { encryptText } from '../protocol/jwe.ts'
import { openMessage, signMessage } from '../protocol/jws.ts'
import {
  algorithm,
  computeThumbprint,
  exportPublicKey,
  importPublicKey,
  type PublicJwk,
} from '../protocol/keys.ts'
import {
  type Answered,
  type Request,
  readAnswer,
  readEnrol,
  readFetch,
  types,
  version,
} from '../protocol/messages.ts'
import type { Account, AccountStore, Lock } from './account.ts'
import { type AnswerOptions, answerRequest, type Verified } from './answer.ts'
import { createCaller } from './call.ts'
import { computeCode, readBase32 } from './codes.ts'
import { enrolDevice, fetchOffer } from './enrol.ts'
import { createFreshKey, openKey } from './keys.ts'
import { fetchRequests } from './requests.ts'

const origin = 'https://login.example.org'
const secret = encodeBase64Url(new Uint8Array(16).fill(1))
const nonce = encodeBase64Url(new Uint8Array(32).fill(2))
const now = () => 1_790_000_000_000
const iat = now() / 1000

const request: Request = {
  id: 'req',
  nonce,
  kind: 'login',
  account: 'erika',
  at: iat,
  exp: iat + 120,
  digits: 6,
  verification: 'none',
}

/** The codes of RFC 6238, appendix B. */
const parameters = {
  secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  algorithm: 'SHA1',
  digits: 8,
  period: 30,
} as const

/** What happens to the next call: it never arrives, or its reply is lost. */
type Trouble = 'request_lost' | 'reply_lost'

/** A server as the protocol describes it, with one registration and one device. */
async function createServer() {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const jwk = await exportPublicKey(pair.publicKey)
  const troubles: Trouble[] = []
  const used: PublicJwk[] = []
  const answers: string[] = []
  let [current, reader]: (PublicJwk | undefined)[] = [undefined, undefined]
  let last: { readonly message: string; readonly reply: string } | undefined
  let hasEnded = false
  let codesState: 'active' | 'none' = 'active'
  let signingKey = pair.privateKey

  const reply = (type: string, claims: object) =>
    signMessage(type, { v: version, iss: origin, iat, ...claims }, signingKey)
  const fail = (status: number, error: string) => Response.json({ error }, { status })

  async function answerMessage(message: string): Promise<Response> {
    const opened = openMessage(message)
    const answer = readAnswer(opened?.claims)
    if (opened?.type !== types.answer || answer === undefined) return fail(400, 'malformed')
    if (hasEnded) return fail(410, 'ended')
    if (last?.message === message) return new Response(last.reply)
    assert.ok(current)
    const expected = await computeThumbprint(current)
    const base = { sub: 'dev', jti: answer.jti }
    if (answer.key !== expected) {
      const isCopy = await Promise.all(used.map(computeThumbprint))
      hasEnded = isCopy.includes(answer.key)
      if (hasEnded) return fail(410, 'ended')
      const claims = { ...base, outcome: 'other_key', key: expected }
      return new Response(await reply(types.answered, claims))
    }
    assert.equal(await opened.isSignedBy(await importPublicKey(current)), true)
    used.push(current)
    current = answer.next
    answers.push(`${answer.decision} ${answer.code ?? answer.scan ?? ''}`.trim())
    const key = await computeThumbprint(current)
    const text = await reply(types.answered, { ...base, outcome: 'approved', key })
    last = { message, reply: text }
    return new Response(text)
  }

  async function enrol(message: string): Promise<Response> {
    const opened = openMessage(message)
    const claims = readEnrol(opened?.claims)
    assert.ok(opened?.jwk && claims)
    assert.equal(await opened.isSignedBy(await importPublicKey(opened.jwk)), true)
    assert.equal(claims.secret, secret)
    current = opened.jwk
    reader = claims.reader
    const key = await computeThumbprint(current)
    assert.ok(claims.codes)
    const totp = await encryptText(JSON.stringify(parameters), claims.codes)
    return new Response(
      await reply(types.enrolled, { sub: 'dev', registration: claims.sub, key, totp }),
    )
  }

  async function fetchPending(message: string): Promise<Response> {
    const opened = openMessage(message)
    const claims = readFetch(opened?.claims)
    assert.ok(claims && reader)
    if (Math.abs(claims.iat - iat) > 300)
      return Response.json({ error: 'clock', now: iat }, { status: 400 })
    assert.equal(await opened?.isSignedBy(await importPublicKey(reader)), true)
    const names = { issuer: 'Beispiel', account: 'erika' }
    const pending = { fetch: claims.jti, state: 'active', codes: codesState, ...names }
    return new Response(await reply(types.pending, { sub: 'dev', ...pending, requests: [request] }))
  }

  async function handle(url: string, body: string): Promise<Response> {
    if (url.endsWith('/answer')) return await answerMessage(body)
    if (url.endsWith('/enrol')) return await enrol(body)
    if (url.endsWith('/fetch')) return await fetchPending(body)
    const offer = { sub: 'reg', exp: iat + 300, issuer: 'Beispiel', account: 'erika' }
    const claims = { v: version, iss: origin, iat, ...offer }
    return new Response(await signMessage(types.offer, claims, signingKey, jwk))
  }

  const call: typeof fetch = async (url, init) => {
    const trouble = troubles.shift()
    if (trouble === 'request_lost') throw new TypeError('no network')
    const response = await handle(String(url), String(init?.body))
    if (trouble === 'reply_lost') throw new TypeError('no network')
    return response
  }
  return {
    link: {
      origin,
      registration: 'reg',
      secret,
      serverKey: await computeThumbprint(jwk),
    },
    fetch: call,
    troubles,
    answers,
    async forge() {
      const other = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      signingKey = other.privateKey
    },
    hasEnded: () => hasEnded,
    removeCodes() {
      codesState = 'none'
    },
  }
}

function createStore(accounts: readonly Account[] = []): AccountStore {
  const stored = new Map(accounts.map((account) => [account.id, account]))
  return {
    list: async () => [...stored.values()],
    find: async (id) => stored.get(id),
    async add(account) {
      stored.set(account.id, account)
    },
    async update(id, change) {
      const account = stored.get(id)
      if (account === undefined) return undefined
      stored.set(id, change(account))
      return stored.get(id)
    },
    async remove(id) {
      stored.delete(id)
    },
  }
}

/** As the Web Locks API: one after the other. */
function createLock(): Lock {
  let before: Promise<unknown> = Promise.resolve()
  return <T>(_: string, work: () => Promise<T>) => {
    const done = before.then(work)
    before = done.catch(() => undefined)
    return done
  }
}

type Server = Awaited<ReturnType<typeof createServer>>

function createPhone(server: Server, store = createStore(), more: Partial<AnswerOptions> = {}) {
  const call = createCaller({ fetch: server.fetch, now, timeout: 1000 })
  let ids = 0
  const options: AnswerOptions = {
    call,
    store,
    now,
    app: origin,
    lock: createLock(),
    randomId: () => `id${ids++}`,
    verify: async () => undefined,
    sleep: async () => undefined,
    ...more,
  }
  const approve = (code: string) =>
    answerRequest(options, 'dev', { request, decision: { decision: 'approve', code } })
  return { ...options, approve }
}

async function enrol(server: Server, phone: ReturnType<typeof createPhone>) {
  const offered = await fetchOffer(phone, server.link)
  assert.equal(offered.type, 'done')
  const device = { name: 'Telefon', platform: 'android' } as const
  const enrolled = await enrolDevice(phone, offered.offered, device)
  assert.equal(enrolled.type, 'done')
  return enrolled.account
}

async function setUp(more: Partial<AnswerOptions> = {}) {
  const server = await createServer()
  const phone = createPhone(server, createStore(), more)
  const account = await enrol(server, phone)
  return { server, phone, account }
}

const outcomeOf = (result: { type: string; answered?: Answered }) =>
  result.answered?.outcome ?? result.type

test('a phone enrols by a link, reads what waits, and answers', async () => {
  const { server, phone, account } = await setUp()
  assert.deepEqual([account.state, account.issuer, account.account], ['new', 'Beispiel', 'erika'])
  const fetched = await fetchRequests(phone, account)
  assert.deepEqual(fetched.type === 'done' && fetched.pending.requests, [request])
  assert.equal((await phone.store.find('dev'))?.state, 'active')
  assert.equal(outcomeOf(await phone.approve('042917')), 'approved')
  assert.deepEqual(server.answers, ['approve 042917'])
})

test('each answer moves the key on, and no key can be exported', async () => {
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

test('an answer whose reply was lost is sent again and counts once', async () => {
  const { server, phone } = await setUp()
  server.troubles.push('reply_lost', 'request_lost')
  assert.equal(outcomeOf(await phone.approve('1111')), 'approved')
  assert.deepEqual(server.answers, ['approve 1111'])
  assert.equal((await phone.store.find('dev'))?.answerKeys.length, 1)
})

test('after an answer that was lost for good, or whose reply was, the next one is taken and nothing ends', async () => {
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

test('two answers at the same time on one phone follow one another', async () => {
  const { server, phone } = await setUp()
  const both = await Promise.all([phone.approve('1111'), phone.approve('2222')])
  assert.deepEqual(both.map(outcomeOf), ['approved', 'approved'])
  assert.equal(server.hasEnded(), false)
})

test('of two copies of a storage the second one to answer is found out', async () => {
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

test('a wrapped key is opened by the secret of the passkey and by no other, and answers with it', async () => {
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
  await enrolDevice(phone, offered.offered, {
    name: 'Telefon',
    platform: 'android',
    answerKey: key,
    ...(opened && { signingKey: opened }),
  })
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

test('a server without the key of the link is not believed, neither at the enrolment nor later', async () => {
  const { server, phone, account } = await setUp()
  await server.forge()
  assert.equal((await fetchOffer(phone, server.link)).type, 'broken')
  assert.equal((await fetchRequests(phone, account)).type, 'broken')
  assert.equal(outcomeOf(await phone.approve('1111')), 'broken')
  const other = { ...server.link, serverKey: encodeBase64Url(new Uint8Array(32)) }
  assert.equal((await fetchOffer(phone, other)).type, 'broken')
})

test('a phone whose clock is wrong corrects itself by that of the server', async () => {
  const { phone, account } = await setUp()
  for (const clockOffset of [7_200_000, 40_000]) {
    const wrong = { ...account, clockOffset }
    await phone.store.add(wrong)
    assert.equal((await fetchRequests(phone, wrong)).type, 'done')
    assert.equal((await phone.store.find('dev'))?.clockOffset, 0)
  }
})

test('one-time codes come encrypted, with a key that cannot be exported, and go when the server has removed them', async () => {
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

test('codes are those of RFC 6238, appendix B', async () => {
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
