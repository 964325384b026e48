/** For tests: a server that follows docs/authenticator-protocol.md, for one phone, and a network that loses messages. */
import assert from 'node:assert/strict'
import type { Account, AccountStore, Lock } from '../device/account.ts'
import { type AnswerOptions, answerRequest } from '../device/answer.ts'
import { createCaller } from '../device/call.ts'
import { enrolDevice, fetchOffer } from '../device/enrol.ts'
import { encodeBase64Url } from '../protocol/base64url.ts'
import { encryptText } from '../protocol/jwe.ts'
import { computeMessageId, openMessage, signMessage } from '../protocol/jws.ts'
import { isKeyProof } from '../protocol/key-proof.ts'
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

export const origin = 'https://login.example.org'
const secret = encodeBase64Url(new Uint8Array(16).fill(1))
const nonce = encodeBase64Url(new Uint8Array(32).fill(2))
export const now = () => 1_790_000_000_000
const iat = now() / 1000

export const request: Request = {
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

/**
 * What happens to the next call: it never arrives, its reply is lost, it gets an earlier reply again, or exceeds the limit. A
 * response: the call arrives, and something else answers.
 */
export type Trouble = 'request_lost' | 'reply_lost' | 'replay' | 'limit' | Response

interface State {
  readonly jwk: PublicJwk
  signingKey: CryptoKey
  readonly used: PublicJwk[]
  readonly answers: string[]
  current: PublicJwk | undefined
  reader: PublicJwk | undefined
  last: { readonly message: string; readonly reply: string } | undefined
  hasEnded: boolean
  codes: 'active' | 'none'
}

/** A server as the protocol describes it, with one registration and one device. */
export async function createServer() {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const jwk = await exportPublicKey(pair.publicKey)
  const troubles: Trouble[] = []
  const state: State = {
    ...{ jwk, signingKey: pair.privateKey, used: [], answers: [] },
    ...{ hasEnded: false, codes: 'active' },
    ...{ current: undefined, reader: undefined, last: undefined },
  }
  const call: typeof fetch = async (url, init) => {
    const trouble = troubles.shift()
    if (trouble === 'request_lost') throw new TypeError('no network')
    if (trouble === 'limit') return fail(429, 'limit')
    const earlier = state.last?.reply
    const response = await handle(state, String(url), String(init?.body))
    if (trouble instanceof Response) return trouble
    if (trouble === 'replay') return new Response(earlier)
    if (trouble === 'reply_lost') throw new TypeError('no network')
    return response
  }
  return {
    link: { origin, registration: 'reg', secret, serverKey: await computeThumbprint(jwk) },
    fetch: call,
    troubles,
    answers: state.answers,
    async forge() {
      const other = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      state.signingKey = other.privateKey
    },
    hasEnded: () => state.hasEnded,
    removeCodes() {
      state.codes = 'none'
    },
  }
}

const reply = ({ signingKey }: State, type: string, claims: object) =>
  signMessage(type, { v: version, iss: origin, iat, ...claims }, signingKey)

const fail = (status: number, error: string) => Response.json({ error }, { status })

async function handle(state: State, url: string, body: string): Promise<Response> {
  if (url.endsWith('/answer')) return await answerMessage(state, body)
  if (url.endsWith('/enrol')) return await takeEnrolment(state, body)
  if (url.endsWith('/fetch')) return await fetchPending(state, body)
  const offer = { sub: 'reg', exp: iat + 300, issuer: 'Beispiel', account: 'erika' }
  const claims = { v: version, iss: origin, iat, ...offer }
  return new Response(await signMessage(types.offer, claims, state.signingKey, state.jwk))
}

async function answerMessage(state: State, message: string): Promise<Response> {
  const opened = openMessage(message)
  const answer = readAnswer(opened?.claims)
  if (opened?.type !== types.answer || answer === undefined) return fail(400, 'malformed')
  if (state.hasEnded) return fail(410, 'ended')
  if (state.last?.message === message) return new Response(state.last.reply)
  assert.ok(state.current)
  const expected = await computeThumbprint(state.current)
  const base = { sub: 'dev', jti: answer.jti, answer: await computeMessageId(message) }
  if (answer.key !== expected) {
    const isCopy = await Promise.all(state.used.map(computeThumbprint))
    state.hasEnded = isCopy.includes(answer.key)
    if (state.hasEnded) return fail(410, 'ended')
    assert.ok(state.reader && (await isKeyProof(opened.type, answer, state.reader)))
    const claims = { ...base, outcome: 'other_key', key: expected }
    return new Response(await reply(state, types.answered, claims))
  }
  assert.equal(await opened.isSignedBy(await importPublicKey(state.current)), true)
  state.used.push(state.current)
  state.current = answer.next
  state.answers.push(`${answer.decision} ${answer.code ?? answer.scan ?? ''}`.trim())
  const key = await computeThumbprint(state.current)
  const text = await reply(state, types.answered, { ...base, outcome: 'approved', key })
  state.last = { message, reply: text }
  return new Response(text)
}

async function takeEnrolment(state: State, message: string): Promise<Response> {
  const opened = openMessage(message)
  const claims = readEnrol(opened?.claims)
  assert.ok(opened?.jwk && claims)
  assert.equal(await opened.isSignedBy(await importPublicKey(opened.jwk)), true)
  assert.equal(claims.secret, secret)
  state.current = opened.jwk
  state.reader = claims.reader
  const key = await computeThumbprint(state.current)
  assert.ok(claims.codes)
  const totp = await encryptText(JSON.stringify(parameters), claims.codes)
  const said = { sub: 'dev', registration: claims.sub, key, totp }
  return new Response(await reply(state, types.enrolled, said))
}

async function fetchPending(state: State, message: string): Promise<Response> {
  const opened = openMessage(message)
  const claims = readFetch(opened?.claims)
  assert.ok(claims && state.reader)
  if (Math.abs(claims.iat - iat) > 300)
    return Response.json({ error: 'clock', now: iat }, { status: 400 })
  assert.equal(await opened?.isSignedBy(await importPublicKey(state.reader)), true)
  const names = { issuer: 'Beispiel', account: 'erika' }
  const pending = { fetch: claims.jti, state: 'active', codes: state.codes, ...names }
  const said = { sub: 'dev', ...pending, requests: [request] }
  return new Response(await reply(state, types.pending, said))
}

export function createStore(accounts: readonly Account[] = []): AccountStore {
  const stored = new Map(accounts.map((account) => [account.id, account]))
  return {
    list: async () => [...stored.values()],
    find: async (id) => stored.get(id),
    hasRoom: async () => true,
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

/** Like the Web Locks API: runs work one after the other. */
function createLock(): Lock {
  let before: Promise<unknown> = Promise.resolve()
  return <T>(_: string, work: () => Promise<T>) => {
    const done = before.then(work)
    before = done.catch(() => undefined)
    return done
  }
}

type Server = Awaited<ReturnType<typeof createServer>>

export function createPhone(
  server: Server,
  store = createStore(),
  more: Partial<AnswerOptions> = {},
) {
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

export async function setUp(more: Partial<AnswerOptions> = {}) {
  const server = await createServer()
  const phone = createPhone(server, createStore(), more)
  const account = await enrol(server, phone)
  return { server, phone, account }
}

export const outcomeOf = (result: { type: string; answered?: Answered }) =>
  result.answered?.outcome ?? result.type
