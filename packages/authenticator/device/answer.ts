/**
 * Answers a request, and replaces the answer key. Owns the order in which this happens: the next key is stored before the
 * answer leaves, and a newer key is tried before an older one. So the server detects a copy of the phone's storage, and a lost
 * reply does not harm the phone itself.
 */
import { computeChallenge } from '../protocol/challenge.ts'
import { computeMessageId, signMessage } from '../protocol/jws.ts'
import { signKeyProof } from '../protocol/key-proof.ts'
import type { PublicJwk } from '../protocol/keys.ts'
import {
  type Answer,
  type Answered,
  type Moved,
  mostUnanswered,
  type Request,
  readAnswered,
  readMoved,
  types,
  type Verification,
  version,
} from '../protocol/messages.ts'
import {
  type Account,
  type AccountStore,
  type AnsweredHere,
  type AnswerKey,
  ignoreFull,
  isFull,
  type Lock,
  toSeconds,
} from './account.ts'
import type { Call, Caller, Failure } from './call.ts'
import { createAnswerKey, createFreshKey, openKey } from './keys.ts'
import { correctClock } from './requests.ts'

/** The result of the phone's passkey after it has verified the person. */
export interface Verified {
  readonly verification: Verification
  /** The result of its PRF, 32 bytes; absent: the passkey has no PRF. */
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
  /** Verifies the person by finger, face or PIN. `undefined`: they declined, or it failed. */
  readonly verify: (
    account: Account,
    challenge: Uint8Array<ArrayBuffer>,
  ) => Promise<Verified | undefined>
  /** Waits before the same message is sent again. Milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>
}

export type Decision = Pick<Answer, 'decision' | 'code' | 'scan'>

/**
 * `not_verified`: the person was not verified on this phone. `full`: the disk of the phone is full, so nothing was sent.
 * `copied`: also if the server knows none of the phone's keys.
 */
export type AnswerFailure = Failure | { readonly type: 'not_verified' | 'full' }

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
    isRight: (reply, messageId) => reply.jti === jti && reply.answer === messageId,
    note: noteAnswer,
  })
  return result.type === 'done' ? { type: 'done', answered: result.reply } : result
}

export type MoveResult = AnswerFailure | { readonly type: 'done'; readonly moved: Moved }

/**
 * Asks for a registration for the phone that will replace this one.
 * @param password the password of the account
 */
export async function openMove(
  options: AnswerOptions,
  accountId: string,
  password: string,
): Promise<MoveResult> {
  const jti = options.randomId()
  const account = await options.store.find(accountId)
  const result = await sign(options, accountId, {
    type: types.move,
    address: 'move',
    bound: { jti, nonce: jti },
    mustVerify: account?.credentialId !== undefined,
    claims: { password },
    reply: types.moved,
    read: readMoved,
    isRight: (reply, messageId) => reply.move === jti && reply.message === messageId,
    note: (account) => account,
  })
  return result.type === 'done' ? { type: 'done', moved: result.reply } : result
}

/** What the messages that replace the answer key have in common. */
interface Signed<T> extends Pick<Call<T>, 'address' | 'reply' | 'read'> {
  readonly type: string
  readonly bound: { readonly jti: string; readonly nonce: string }
  readonly mustVerify: boolean
  readonly claims: object
  readonly isRight: (reply: T, messageId: string) => boolean
  /** What the account stores from the reply, besides the keys. */
  readonly note: (account: Account, reply: T) => Account
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
    if (account === undefined) return { type: 'ended' }
    const { state } = account
    if (state === 'ended' || state === 'copied') return { type: state }
    const prepared = await prepare(options, account, signed)
    if (prepared === undefined) return { type: 'not_verified' }
    const { next } = prepared
    const stored = await storeKey(options, accountId, next)
    if (stored !== 'done') return { type: stored }
    const result = await correctClock(options, account, (now) =>
      sendWithKeys(options, now, signed, prepared),
    )
    await settle(options, accountId, next, result).catch(ignoreFull)
    if (result.type === 'done') {
      const { reply } = result
      await options.store.update(accountId, (now) => signed.note(now, reply)).catch(ignoreFull)
    }
    return result
  })
}

/** Stores the next key before a message names it. */
async function storeKey(
  { store }: AnswerOptions,
  accountId: string,
  next: AnswerKey,
): Promise<'done' | 'ended' | 'full'> {
  try {
    const change = (now: Account) => ({ ...now, answerKeys: addKey(next, now.answerKeys) })
    return (await store.update(accountId, change)) === undefined ? 'ended' : 'done'
  } catch (error) {
    if (!isFull(error)) throw error
    return 'full'
  }
}

/** How many of its answers a phone stores. */
const mostAnswered = 20

function noteAnswer(account: Account, { jti: id, outcome, left = 0 }: Answered): Account {
  const isAnswer = outcome === 'approved' || outcome === 'denied' || outcome === 'reported'
  if (!isAnswer && (outcome !== 'wrong_code' || left > 0)) return account
  const others = (account.answered ?? []).filter((one) => one.id !== id)
  return { ...account, answered: [{ id, outcome }, ...others].slice(0, mostAnswered) }
}

/** Stores the consequences of the result for the keys and the account. */
async function settle(
  options: AnswerOptions,
  accountId: string,
  next: AnswerKey,
  result: SignResult<Reply>,
): Promise<void> {
  switch (result.type) {
    case 'done':
      return await forgetOtherKeys(options, accountId, result.reply.key)
    case 'not_verified':
      // No message has named this key.
      return await forgetKey(options, accountId, next)
    case 'ended':
    case 'copied': {
      const state = result.type
      await options.store.update(accountId, (now) => ({ ...now, state }))
      return
    }
    default:
      // The message may have arrived, so the next key stays.
      return
  }
}

/** If there are too many, the oldest one stays: it is the key of the last reply. */
function addKey(next: AnswerKey, keys: readonly AnswerKey[]): readonly AnswerKey[] {
  const oldest = keys.slice(-1)
  return [next, ...keys.slice(0, -1).slice(0, mostUnanswered - 1), ...oldest]
}

interface Prepared {
  readonly next: AnswerKey
  readonly verified: Verified | undefined
}

/** The next key, and the person's verification if the request requires it. `undefined`: the person was not verified. */
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

const listKeys = ({ answerKeys, formerKeys = [] }: Account) => [...answerKeys, ...formerKeys]

/**
 * Signs with the newest key first; then with the key that the server names, if this phone has it. If the phone never had that
 * key, a copy of the phone has replaced it: a message with the oldest key, which the server knows as used, lets the server
 * detect the copy.
 */
async function sendWithKeys<T extends Reply>(
  options: AnswerOptions,
  account: Account,
  signed: Signed<T>,
  prepared: Prepared,
): Promise<SignResult<T>> {
  const oldest = account.answerKeys.at(-1)
  let [key] = account.answerKeys
  for (let tries = 0; key !== undefined && tries < 3; tries++) {
    const sent = key
    const result = await sendOne(options, account, signed, { ...prepared, key })
    if (result.type !== 'done' || result.reply.outcome !== 'other_key') return result
    const { key: expected } = result.reply
    const named = listKeys(account).find(({ thumbprint }) => thumbprint === expected)
    key = named ?? (sent === oldest ? undefined : oldest)
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
  const named = {
    aud: server,
    sub: id,
    iat: toSeconds(now() + clockOffset),
    jti: bound.jti,
    key: key.thumbprint,
    next: next.jwk satisfies PublicJwk,
  }
  const message = await signMessage(
    type,
    {
      v: version,
      ...named,
      ...claims,
      app,
      proof: await signKeyProof(type, named, account.readingKey),
      ...findUnanswered(account, key),
      ...(verified && { verification: verified.verification }),
    },
    signingKey,
  )
  const messageId = await computeMessageId(message)
  // Sending the identical message again gets the lost reply; another message would not.
  for (const pause of [...pauses, undefined]) {
    const findKey = async () => serverKey
    const result = await call({ server, address, body: message, reply, read, findKey })
    const isLost = result.type === 'offline' || result.type === 'down'
    if (isLost && pause !== undefined) await sleep(pause)
    else if (result.type !== 'done') return result
    else
      return isReply(account, result.reply) && isRight(result.reply, messageId)
        ? result
        : { type: 'broken' }
  }
  return { type: 'offline' }
}

/**
 * Keys of earlier messages that may still be in transit. If one arrives after this message, the server knows that no copy sent
 * it.
 */
function findUnanswered(
  account: Account,
  key: AnswerKey,
): { readonly unanswered?: readonly string[] } {
  const keys = listKeys(account)
  const newer = keys.slice(0, keys.indexOf(key)).slice(0, mostUnanswered)
  return newer.length === 0 ? {} : { unanswered: newer.map(({ thumbprint }) => thumbprint) }
}

const isReply = ({ id, server }: Account, { iss, sub }: Reply): boolean =>
  iss === server && sub === id

/** How many keys that have signed an answer are stored. */
const mostFormer = 50

/** Removes the other keys after the server has named the key that it expects. */
async function forgetOtherKeys(
  { store }: AnswerOptions,
  accountId: string,
  expected: string,
): Promise<void> {
  await store.update(accountId, (now) => {
    const answerKeys = now.answerKeys.filter(({ thumbprint }) => thumbprint === expected)
    if (answerKeys.length === 0) return now
    const others = listKeys(now).filter(({ thumbprint }) => thumbprint !== expected)
    return { ...now, answerKeys, formerKeys: others.slice(0, mostFormer) }
  })
}

async function forgetKey(
  { store }: AnswerOptions,
  accountId: string,
  { thumbprint }: AnswerKey,
): Promise<void> {
  await store.update(accountId, (now) => ({
    ...now,
    answerKeys: now.answerKeys.filter((one) => one.thumbprint !== thumbprint),
  }))
}

/** How a request was answered on this phone. Waits for an answer that another tab is sending. */
export async function findAnswered(
  { lock, store }: Pick<AnswerOptions, 'lock' | 'store'>,
  accountId: string,
  requestId: string,
): Promise<AnsweredHere | undefined> {
  const account = await lock(accountId, () => store.find(accountId))
  return account?.answered?.find(({ id }) => id === requestId)
}
