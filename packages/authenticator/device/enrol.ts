/** Turns an enrolment link into an account on this phone. */
import { createReceiver } from '../protocol/jwe.ts'
import { signMessage } from '../protocol/jws.ts'
import { algorithm, computeThumbprint, exportPublicKey, type PublicJwk } from '../protocol/keys.ts'
import type { EnrolLink } from '../protocol/links.ts'
import {
  type Enrol,
  type NewCredential,
  type Offer,
  readEnrolled,
  readOffer,
  type Subscription,
  types,
  version,
} from '../protocol/messages.ts'
import { type Account, type AccountStore, type AnswerKey, isFull, toSeconds } from './account.ts'
import type { Caller, Failure, Result } from './call.ts'
import { createAnswerKey, createFreshKey, openKey } from './keys.ts'
import { openCodes } from './received-codes.ts'

export interface EnrolOptions {
  readonly call: Caller
  readonly store: AccountStore
  readonly now: () => number
  /** The origin of this app. */
  readonly app: string
}

/** An offer whose signature fits the link. */
export interface CheckedOffer {
  readonly link: EnrolLink
  readonly offer: Offer
  readonly serverKey: PublicJwk
  /** The clock of the server, see `Account`. */
  readonly clockOffset: number
}

/** Asks the server of a link which account the link is for. Changes nothing there. */
export async function fetchOffer(
  { call, now }: Pick<EnrolOptions, 'call' | 'now'>,
  link: EnrolLink,
): Promise<Failure | { readonly type: 'done'; readonly offered: CheckedOffer }> {
  const { registration, secret, origin, serverKey } = link
  const result: Result<Offer> = await call({
    server: origin,
    address: 'offer',
    body: JSON.stringify({ registration, secret }),
    reply: types.offer,
    read: readOffer,
    findKey: async (named) =>
      named && (await computeThumbprint(named)) === serverKey ? named : undefined,
  })
  if (result.type !== 'done') return result
  const { reply: offer, key } = result
  const isRight = offer.iss === origin && offer.sub === registration && key !== undefined
  if (!isRight) return { type: 'broken' }
  const clockOffset = offer.iat * 1000 - now()
  return { type: 'done', offered: { link, offer, serverKey: key, clockOffset } }
}

/** The data that the person and the phone add to an offer. */
export interface NewDevice extends Pick<Enrol, 'name' | 'platform'> {
  readonly subscription?: Subscription
  /** The passkey that verifies the person; absent: the phone has none. */
  readonly made?: MadeCredential
  /** The first answer key; absent: a new one. */
  readonly answerKey?: AnswerKey
}

export interface MadeCredential {
  readonly credential: NewCredential
  /** The result of its PRF, 32 bytes, which wraps the keys; absent: the passkey has no PRF. */
  readonly secret?: Uint8Array<ArrayBuffer>
}

interface FirstKey {
  readonly answerKey: AnswerKey
  readonly signingKey: CryptoKey
}

async function createFirstKey({ made, answerKey }: NewDevice): Promise<FirstKey> {
  const secret = made?.secret
  const first =
    answerKey ??
    (secret === undefined ? await createAnswerKey() : await (await createFreshKey()).wrap(secret))
  const signingKey = await openKey(first.privateKey, secret)
  if (signingKey === undefined) throw new Error('a key that its own secret does not open')
  return { answerKey: first, signingKey }
}

/** `full`: the disk of the phone is full. */
export type EnrolFailure = Failure | { readonly type: 'full' }

/**
 * Enrols this phone. Stores the account as soon as the server has it; the account is *new* until its first answer. Without room
 * for the account the server learns nothing.
 */
export async function enrolDevice(
  options: EnrolOptions,
  { link, offer, serverKey, clockOffset }: CheckedOffer,
  device: NewDevice,
): Promise<EnrolFailure | { readonly type: 'done'; readonly account: Account }> {
  const { call, store, now, app } = options
  if (!(await store.hasRoom())) return { type: 'full' }
  const { answerKey, signingKey } = await createFirstKey(device)
  const credential = device.made?.credential
  const reader = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const receiver = await createReceiver()
  const claims: Enrol = {
    v: version,
    aud: link.origin,
    sub: link.registration,
    iat: toSeconds(now() + clockOffset),
    secret: link.secret,
    app,
    name: device.name,
    platform: device.platform,
    reader: await exportPublicKey(reader.publicKey),
    codes: receiver.publicKey,
    ...(device.subscription && { subscription: device.subscription }),
    ...(credential && { credential }),
  }
  const result = await call({
    server: link.origin,
    address: 'enrol',
    body: await signMessage(types.enrol, claims, signingKey, answerKey.jwk),
    reply: types.enrolled,
    read: readEnrolled,
    findKey: async () => serverKey,
  })
  if (result.type !== 'done') return result
  const { reply } = result
  const { thumbprint } = answerKey
  const isRight =
    reply.iss === link.origin &&
    reply.registration === link.registration &&
    reply.key === thumbprint
  if (!isRight) return { type: 'broken' }
  const codes = reply.totp && (await openCodes(reply.totp, receiver.privateKey))
  const account: Account = {
    id: reply.sub,
    server: link.origin,
    serverKey,
    issuer: offer.issuer,
    account: offer.account,
    answerKeys: [answerKey],
    readingKey: reader.privateKey,
    ...(credential && { credentialId: credential.id }),
    ...(offer.vapid && { vapid: offer.vapid }),
    ...(offer.from && { from: offer.from }),
    ...(codes && { codes }),
    clockOffset,
    state: 'new',
    setupEnds: offer.exp * 1000,
    addedAt: now(),
  }
  try {
    await store.add(account)
  } catch (error) {
    if (!isFull(error)) throw error
    return { type: 'full' }
  }
  return { type: 'done', account }
}
