/**
 * A phone in the terminal that speaks the ForgeRock push protocol like the vendor's clients: it registers, receives requests,
 * answers them. Owns its accounts and the requests it has seen; receiver.ts receives messages, commands.ts has the user
 * interface.
 */
import {
  answerBody,
  type PhoneClient,
  parseNotification,
  parseRegistrationUri,
  type ReadNotification,
  type Registration,
  readMechanism,
  refreshBody,
  registerBody,
  type ThreeNumbers,
} from '#forgerock-push'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { createAccountFile, type StoredAccount } from './accounts.ts'
import { createCall, type Failure } from './call.ts'
import { codeAt, computeCodes } from './codes.ts'

/** An account without its secrets. */
export interface PhoneAccount extends Omit<StoredAccount, 'secret' | 'codes'> {
  readonly hasCode: boolean
}

export interface PhoneCode {
  readonly account: PhoneAccount
  readonly code: string
  /** How long it is shown. */
  readonly secondsLeft: number
}

export type ScanResult =
  | { readonly type: 'registered'; readonly account: PhoneAccount }
  | { readonly type: 'not_a_registration' }
  | { readonly type: 'unreadable'; readonly parameter: string }
  /** The same issuer and account are on this phone already; nothing was sent. */
  | { readonly type: 'already_registered'; readonly account: PhoneAccount }
  | Failure

export type RefreshResult =
  | { readonly type: 'refreshed'; readonly account: PhoneAccount }
  | { readonly type: 'unknown_account' }
  | Failure

export interface PhoneMessage {
  readonly messageId: string
  /** The JWT. */
  readonly message: string
}

/** What the server asks of the person. */
export interface PhoneRequest {
  readonly messageId: string
  readonly account: PhoneAccount
  readonly text: string
  readonly type: 'default' | 'challenge' | 'biometric'
  /** Three for `challenge`, else none. */
  readonly numbers: ThreeNumbers | readonly []
  readonly context: {
    readonly title?: string
    readonly app?: string
    readonly browser?: string
    readonly place?: string
    readonly time?: string
  }
  /** Milliseconds since the epoch, by the server's clock. */
  readonly expiresAt: number
}

export type ReceiveResult =
  | { readonly type: 'request'; readonly request: PhoneRequest }
  /** A message that was delivered twice. */
  | { readonly type: 'repeated'; readonly request: PhoneRequest }
  | { readonly type: 'unknown_account' }
  | { readonly type: 'bad_signature'; readonly account: PhoneAccount }
  | { readonly type: 'unreadable'; readonly account: PhoneAccount; readonly claim: string }

export type PhoneChoice =
  | { readonly type: 'approve'; readonly number?: number }
  | { readonly type: 'deny' }

export type AnswerResult =
  /** The phone does not learn whether the number was right; only the page shows that. */
  | { readonly type: 'sent' }
  | { readonly type: 'already_answered' }
  /** A number challenge cannot be approved without one of its numbers. */
  | { readonly type: 'number_missing' }
  | Failure

export interface PhoneOptions {
  /** The accounts; see accounts.ts. */
  readonly file: string
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The client that a newly scanned account imitates. Default `android`. */
  readonly client?: PhoneClient
}

export interface ScanOptions {
  readonly deviceName?: string
  /** The http address that receives the messages. */
  readonly deviceId: string
}

export type Phone = ReturnType<typeof createPhone>

export function createPhone({ file, fetch, clock, random, log, client = 'android' }: PhoneOptions) {
  const accounts = createAccountFile(file, random)
  const call = createCall({ fetch, log })
  /** By message id, with the notification that the answer needs. */
  const seen = new Map<string, SeenRequest>()

  async function scan(uri: string, options: ScanOptions): Promise<ScanResult> {
    const reading = parseRegistrationUri(uri.trim())
    if (reading.type === 'refused')
      return reading.reason === 'unreadable'
        ? { type: 'unreadable', parameter: reading.parameter }
        : { type: 'not_a_registration' }
    const { registration } = reading
    // Counter-based codes (HOTP). No server that this phone is made for uses them.
    if (registration.oath?.kind === 'hotp') return { type: 'unreadable', parameter: 'totp' }
    const present = accounts.read().find((account) => isSameAccount(account, registration))
    if (present !== undefined)
      return { type: 'already_registered', account: withoutSecrets(present) }
    return register(registration, options)
  }

  async function register(registration: Registration, options: ScanOptions): Promise<ScanResult> {
    const account = createAccount(registration, options, { client, random, clock })
    const { messageId, challenge, sharedSecret: secret } = registration
    const body = registerBody({ messageId, challenge, secret, phone: describeDevice(account) })
    const failure = await call(account, 'register', registration.registerUrl, body)
    if (failure !== undefined) return failure
    accounts.change((others) => [...others, account])
    return { type: 'registered', account: withoutSecrets(account) }
  }

  async function refresh(id: string, newDeviceId: string): Promise<RefreshResult> {
    const account = accounts.read().find((candidate) => candidate.id === id)
    if (account === undefined) return { type: 'unknown_account' }
    const changed = { ...account, deviceId: newDeviceId }
    const body = buildRefresh(changed)
    const url = account.registerUrl.replace('_action=register', '_action=refresh')
    const failure = await call(account, 'refresh', url, body)
    if (failure !== undefined) return failure
    update(id, { deviceId: newDeviceId })
    return { type: 'refreshed', account: withoutSecrets(changed) }
  }

  function receive({ messageId, message }: PhoneMessage): ReceiveResult {
    const repeated = seen.get(messageId)
    if (repeated !== undefined) return { type: 'repeated', request: repeated.request }
    const uid = readMechanism(message)
    const account = accounts.read().find((candidate) => candidate.mechanismUid === uid)
    if (account === undefined) return { type: 'unknown_account' }
    const reading = parseNotification(message, readSecret(account))
    if (reading.type === 'refused')
      return reading.reason === 'unreadable'
        ? { type: 'unreadable', account: withoutSecrets(account), claim: reading.claim }
        : { type: 'bad_signature', account: withoutSecrets(account) }
    const { notification } = reading
    if (account.username === undefined && notification.username !== undefined)
      update(account.id, { username: notification.username })
    const request = buildRequest(messageId, account, notification, clock)
    seen.set(messageId, { request, account, notification, state: 'open' })
    return { type: 'request', request }
  }

  async function answer({ messageId }: PhoneRequest, choice: PhoneChoice): Promise<AnswerResult> {
    const request = seen.get(messageId)
    if (request === undefined) throw new Error('The request was not received by this phone')
    if (request.state !== 'open') return { type: 'already_answered' }
    if (!isPossible(choice, request.notification)) return { type: 'number_missing' }
    request.state = 'sending'
    const { account, notification } = request
    const sender = { ...account, cookie: notification.cookie }
    const body = buildAnswer(messageId, request, choice)
    const failure = await call(sender, 'authenticate', account.authenticateUrl, body)
    // After a failure the request stays open, so that the person can try again.
    request.state = failure === undefined ? 'answered' : 'open'
    return failure ?? { type: 'sent' }
  }

  function remove(id: string): boolean {
    const known = accounts.read().some((account) => account.id === id)
    if (known) accounts.change((all) => all.filter((account) => account.id !== id))
    return known
  }

  function update(id: string, change: Partial<StoredAccount>): void {
    accounts.change((all) =>
      all.map((account) => (account.id === id ? { ...account, ...change } : account)),
    )
  }

  return {
    scan,
    list: () => accounts.read().map(withoutSecrets),
    /** The current codes of the accounts that have codes. */
    codes: () => accounts.read().flatMap((account) => computeCode(account, clock)),
    remove,
    refresh,
    receive,
    answer,
  }
}

interface SeenRequest {
  readonly request: PhoneRequest
  readonly account: StoredAccount
  readonly notification: ReadNotification
  state: 'open' | 'sending' | 'answered'
}

function createAccount(
  registration: Registration,
  options: ScanOptions,
  { client, random, clock }: Required<Pick<PhoneOptions, 'client' | 'random' | 'clock'>>,
): StoredAccount {
  const uuid = random.uuid()
  return {
    id: uuid.slice(0, 8),
    client,
    issuer: registration.issuer,
    accountName: registration.accountName,
    registerUrl: registration.registerUrl,
    authenticateUrl: registration.authenticateUrl,
    secret: Buffer.from(registration.sharedSecret).toString('base64'),
    mechanismUid: client === 'ios' ? uuid.toUpperCase() : uuid,
    cookie: registration.cookie,
    deviceId: options.deviceId,
    deviceName: options.deviceName ?? 'Terminal',
    ...(registration.userId !== undefined && { username: registration.userId }),
    ...(registration.oath !== undefined && { codes: computeCodes(registration.oath) }),
    registeredAt: clock.now(),
  }
}

function buildRequest(
  messageId: string,
  account: StoredAccount,
  notification: ReadNotification,
  clock: Clock,
): PhoneRequest {
  const { kind, text, attributes, context } = notification
  const { title, app } = attributes
  const browser = attributes.browser ?? context.userAgent
  const place = attributes.place ?? context.remoteIp
  return {
    messageId,
    account: withoutSecrets(account),
    text,
    type: kind.type,
    numbers: kind.type === 'challenge' ? kind.numbers : [],
    context: {
      ...(title !== undefined && { title }),
      ...(app !== undefined && { app }),
      ...(browser !== undefined && { browser }),
      ...(place !== undefined && { place }),
      ...(attributes.time !== undefined && { time: attributes.time }),
    },
    expiresAt: (notification.createdAt ?? clock.now()) + notification.ttlSeconds * 1000,
  }
}

function isPossible(choice: PhoneChoice, { kind }: ReadNotification): boolean {
  if (choice.type === 'deny' || kind.type !== 'challenge') return true
  return choice.number !== undefined && kind.numbers.includes(choice.number)
}

function encodeChoice(choice: PhoneChoice, { kind }: ReadNotification) {
  const challenge = kind.type === 'challenge'
  if (choice.type === 'deny') return { type: 'deny', challenge } as const
  return challenge ? choice : ({ type: 'approve' } as const)
}

function buildRefresh(account: StoredAccount): string {
  return refreshBody({
    client: account.client,
    secret: readSecret(account),
    ...(account.username !== undefined && { username: account.username }),
    phone: describeDevice(account),
  })
}

function buildAnswer(
  messageId: string,
  { account, notification }: SeenRequest,
  choice: PhoneChoice,
): string {
  return answerBody({
    client: account.client,
    messageId,
    challenge: notification.challenge,
    secret: readSecret(account),
    answer: encodeChoice(choice, notification),
  })
}

function describeDevice({ client, deviceId, deviceName, mechanismUid }: StoredAccount) {
  const platform =
    client === 'ios'
      ? ({ deviceType: 'ios', communicationType: 'apns' } as const)
      : ({ deviceType: 'android', communicationType: 'gcm' } as const)
  return { ...platform, deviceId, deviceName, mechanismUid }
}

function readSecret({ secret }: StoredAccount): Uint8Array {
  return Buffer.from(secret, 'base64')
}

function withoutSecrets({ secret: _, codes, ...account }: StoredAccount): PhoneAccount {
  return { ...account, hasCode: codes !== undefined }
}

function computeCode(account: StoredAccount, clock: Clock): PhoneCode[] {
  if (account.codes === undefined) return []
  return [{ account: withoutSecrets(account), ...codeAt(account.codes, clock.now()) }]
}

function isSameAccount(account: StoredAccount, registration: Registration): boolean {
  return account.issuer === registration.issuer && account.accountName === registration.accountName
}
