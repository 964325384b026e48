/**
 * Answers a request, and moves the answer key on. Owns the order that makes a copy of the phone's storage known to the server
 * and costs the phone itself nothing when a reply is lost: the next key is stored before the answer leaves, and a newer key
 * is tried before an older one.
 */
import { signMessage } from '../protocol/jws.ts'
import type { PublicJwk } from '../protocol/keys.ts'
import {
  type Answer,
  type Answered,
  computeChallenge,
  type Moved,
  type Request,
  readAnswered,
  readMoved,
  types,
  type Verification,
  version,
} from '../protocol/messages.ts'
import type { Account, AccountStore, AnswerKey, Lock } from './account.ts'
import type { Call, Caller, Failure } from './call.ts'
import { toSeconds } from './enrol.ts'
import { createAnswerKey, createFreshKey, openKey } from './keys.ts'

/** What the passkey of the phone gives when it has verified the person. */
export interface Verified {
  readonly verification: Verification
  /** The result of its PRF, 32 bytes; absent: it has no PRF. */
  readonly secret?: Uint8Array<ArrayBuffer>
}

export interface AnswerOptions {
  readonly call: Caller
  readonly store: AccountStore
  readonly lock: Lock
  readonly now: () => number
  readonly randomId: () => string
  /** The origin of this app. */
  readonly app: string
  /** Asks the person, by their finger, face or PIN. `undefined`: they did not want to, or it did not work. */
  readonly verify: (
    account: Account,
    challenge: Uint8Array<ArrayBuffer>,
  ) => Promise<Verified | undefined>
  /** Waits before the same message is sent once more. Milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>
}

export type Decision = Pick<Answer, 'decision' | 'code' | 'scan'>

/** `not_verified`: the person was not verified on this phone. `copied`: the server knows none of the keys of this phone. */
export type AnswerFailure = Failure | { readonly type: 'not_verified' | 'copied' }

export type AnswerResult = AnswerFailure | { readonly type: 'done'; readonly answered: Answered }

export async function answerRequest(
  options: AnswerOptions,
  accountId: string,
  { request, decision }: { readonly request: Request; readonly decision: Decision },
): Promise<AnswerResult> {
  const { id: jti, nonce, verification } = request
  const result = await sign(options, accountId, {
    type: types.answer,
    address: 'answer',
    bound: { jti, nonce },
    mustVerify: verification === 'required' && decision.decision === 'approve',
    claims: { nonce, ...decision },
    reply: types.answered,
    read: readAnswered,
    isRight: (reply) => reply.jti === jti,
  })
  return result.type === 'done' ? { type: 'done', answered: result.reply } : result
}

export type MoveResult = AnswerFailure | { readonly type: 'done'; readonly moved: Moved }

/**
 * Asks for a registration for the phone that takes the place of this one.
 * @param password that of the account
 */
export async function openMove(
  options: AnswerOptions,
  accountId: string,
  password: string,
): Promise<MoveResult> {
  const jti = options.randomId()
  const result = await sign(options, accountId, {
    type: types.move,
    address: 'move',
    bound: { jti, nonce: jti },
    mustVerify: false,
    claims: { password },
    reply: types.moved,
    read: readMoved,
    isRight: (reply) => reply.move === jti,
  })
  return result.type === 'done' ? { type: 'done', moved: result.reply } : result
}

/** What the messages that move the key on have in common. */
interface Signed<T> extends Pick<Call<T>, 'address' | 'reply' | 'read'> {
  readonly type: string
  readonly bound: { readonly jti: string; readonly nonce: string }
  readonly mustVerify: boolean
  readonly claims: object
  readonly isRight: (reply: T) => boolean
}

interface Reply {
  readonly iss: string
  readonly sub: string
  readonly key: string
  readonly outcome: string
}

type SignResult<T> = AnswerFailure | { readonly type: 'done'; readonly reply: T }

async function sign<T extends Reply>(
  options: AnswerOptions,
  accountId: string,
  signed: Signed<T>,
): Promise<SignResult<T>> {
  return await options.lock(accountId, async () => {
    const account = await options.store.find(accountId)
    if (account === undefined || account.state === 'ended') return { type: 'ended' }
    const prepared = await prepare(options, account, signed)
    if (prepared === undefined) return { type: 'not_verified' }
    const { next } = prepared
    const stored = await options.store.update(accountId, (now) => ({
      ...now,
      answerKeys: [next, ...now.answerKeys],
    }))
    if (stored === undefined) return { type: 'ended' }
    const result = await sendWithKeys(options, account, signed, prepared)
    if (result.type === 'done') await forgetOtherKeys(options, accountId, result.reply.key)
    else if (result.type !== 'offline' && result.type !== 'broken') {
      await forgetKey(options, accountId, next)
    }
    if (result.type === 'ended') {
      await options.store.update(accountId, (now) => ({ ...now, state: 'ended' }))
    }
    return result
  })
}

interface Prepared {
  readonly next: AnswerKey
  readonly verified: Verified | undefined
}

/** The next key, and the person's verification where one is needed. `undefined`: they were not verified. */
async function prepare<T>(
  options: AnswerOptions,
  account: Account,
  { bound, mustVerify }: Signed<T>,
): Promise<Prepared | undefined> {
  const isWrapped = account.answerKeys.some(({ privateKey }) => privateKey.type === 'wrapped')
  if (!isWrapped && !mustVerify) return { next: await createAnswerKey(), verified: undefined }
  const fresh = isWrapped ? await createFreshKey() : undefined
  const plain = fresh === undefined ? await createAnswerKey() : undefined
  const thumbprint = fresh?.thumbprint ?? plain?.thumbprint ?? ''
  const verified = await options.verify(
    account,
    await computeChallenge({ ...bound, next: thumbprint }),
  )
  if (verified === undefined) return undefined
  if (plain !== undefined) return { next: plain, verified }
  if (fresh === undefined || verified.secret === undefined) return undefined
  return { next: await fresh.wrap(verified.secret), verified }
}

/** Signs with the newest key first; with the one that the server names, if this phone has it. */
async function sendWithKeys<T extends Reply>(
  options: AnswerOptions,
  account: Account,
  signed: Signed<T>,
  prepared: Prepared,
): Promise<SignResult<T>> {
  let [key] = account.answerKeys
  for (let tries = 0; key !== undefined && tries < 2; tries++) {
    const result = await sendOne(options, account, signed, { ...prepared, key })
    if (result.type !== 'done' || result.reply.outcome !== 'other_key') return result
    const { key: expected } = result.reply
    key = account.answerKeys.find(({ thumbprint }) => thumbprint === expected)
  }
  return { type: 'copied' }
}

const pauses = [500, 2000, 5000]

async function sendOne<T extends Reply>(
  options: AnswerOptions,
  account: Account,
  { type, address, bound, claims, reply, read, isRight }: Signed<T>,
  { next, verified, key }: Prepared & { readonly key: AnswerKey },
): Promise<SignResult<T>> {
  const { id, server, serverKey, clockOffset } = account
  const { call, now, app, sleep } = options
  const signingKey = await openKey(key.privateKey, verified?.secret)
  if (signingKey === undefined) return { type: 'not_verified' }
  const message = await signMessage(
    type,
    {
      v: version,
      aud: server,
      sub: id,
      iat: toSeconds(now() + clockOffset),
      jti: bound.jti,
      ...claims,
      app,
      key: key.thumbprint,
      next: next.jwk satisfies PublicJwk,
      ...(verified && { verification: verified.verification }),
    },
    signingKey,
  )
  // The very same message once more gets the reply that was lost; another one would not.
  for (const pause of [...pauses, undefined]) {
    const findKey = async () => serverKey
    const result = await call({ server, address, body: message, reply, read, findKey })
    if (result.type === 'offline' && pause !== undefined) await sleep(pause)
    else if (result.type !== 'done') return result
    else
      return isReply(account, result.reply) && isRight(result.reply) ? result : { type: 'broken' }
  }
  return { type: 'offline' }
}

const isReply = ({ id, server }: Account, { iss, sub }: Reply): boolean =>
  iss === server && sub === id

/** The server has said which key it expects, so the others are of no use any more. */
async function forgetOtherKeys(
  { store }: AnswerOptions,
  accountId: string,
  expected: string,
): Promise<void> {
  await store.update(accountId, (now) => {
    const expectedKeys = now.answerKeys.filter(({ thumbprint }) => thumbprint === expected)
    return expectedKeys.length === 0 ? now : { ...now, answerKeys: expectedKeys }
  })
}

/** The server has refused the message, so it does not know the key that the message named. */
async function forgetKey({ store }: AnswerOptions, accountId: string, key: AnswerKey) {
  await store.update(accountId, (now) => ({
    ...now,
    answerKeys: now.answerKeys.filter(({ thumbprint }) => thumbprint !== key.thumbprint),
  }))
}
