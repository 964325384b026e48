/**
 * Requests that an app makes at a person's phone (OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, poll
 * mode). Owns what such a request may contain. Also owns that an existing person cannot be told apart from a made-up one, by
 * the answer or by any wait: the phone is asked only after the answer is sent. login/backchannel owns whom to ask and which
 * level an approval has.
 */
import { decodeJwt } from 'jose'
import type { Apps } from '../../../identity/apps/apps.ts'
import { type Buckets, createBuckets } from '../../../identity/limits/buckets.ts'
import { canonicalUsername } from '../../../identity/users/user.ts'
import type { BackchannelLogins } from '../../../login/backchannel/backchannel.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { type Id, newSecret } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { ProtocolBase } from '../protocol.ts'
import type { CibaCounts } from './ciba-counts.ts'
import { readWishes } from './entry.ts'
import { oidcEvents } from './events.ts'
import {
  type BackchannelRequest,
  findCurrentContext,
  InvalidBindingMessage,
  InvalidRequest,
  type KoaContextWithOIDC,
  type Provider,
  TemporarilyUnavailable,
} from './library.ts'
import { createGrantId } from './record-ids.ts'
import { backchannelModel } from './records.ts'
import { checkLength } from './request-length.ts'
import { nameReachedLevel, readRequestedLogin } from './requested-claims.ts'
import { createGrant, describeApproval, type EnterWithGrant } from './waiting-grants.ts'
import { answer, findWaiting, type WaitingRequest } from './waiting-requests.ts'

/** Seconds. A phone is asked for two minutes; the app can still fetch the tokens after an approval at the last moment. */
const longestCibaLifetime = 150

/** Requests of an app in a minute, and how many of them may name the same person. */
const requestsPerMinute = 60
const samePersonPerMinute = 6

/**
 * As many characters as the phones show. Excludes control characters, characters that change the direction of a text, and
 * invisible ones except those that are part of an emoji.
 */
const bindingMessage =
  /^(?:\ufe0f|(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]){1,40}$/u
const visible = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u

export interface CibaOptions {
  readonly base: ProtocolBase
  readonly apps: Pick<Apps, 'find'>
  readonly backchannel: BackchannelLogins
  readonly counts: Pick<CibaCounts, 'count'>
  computeSid(loginSession: string, clientId: string): string
  readonly enter: EnterWithGrant
}

export function createCiba(options: CibaOptions) {
  const asking = createAsking(options)
  return {
    feature: describeFeature(options, asking.start),

    /** Finds the outcome of the request, for `settleBeforeTokens`. */
    async settle(
      provider: Provider,
      request: BackchannelRequest,
    ): Promise<Partial<BackchannelRequest>> {
      const changes = await settle(options, provider, request)
      if (changes === undefined) await asking.askAgain(request)
      return changes ?? {}
    },

    settled: asking.settled,
  }
}

/** A request for which a phone is asked after the answer. */
interface Asking extends Pick<PhoneRequest, 'id' | 'code' | 'message' | 'expiresAt'> {
  readonly appId: string
  readonly userId: string
  readonly params: Readonly<Record<string, unknown>>
}

type PhoneRequest = Parameters<BackchannelLogins['ask']>[0]

function createAsking(options: CibaOptions) {
  const running = new Set<Promise<void>>()

  function start(asking: Asking): void {
    const done = askPhone(options, asking).finally(() => running.delete(done))
    running.add(done)
  }

  return {
    start,
    /** Asks again, on any node, if the phone was busy and the app still waits. Of two polls at the same time, only one asks. */
    async askAgain({ jti: id }: BackchannelRequest): Promise<void> {
      const { db } = options.base
      const waiting = await findWaiting(db, backchannelModel, id)
      if (waiting?.held === undefined) return
      const { held, ...request } = waiting
      if (await answer(db, waiting, { held: undefined })) start(openHeld(options, request, held))
    },
    /** Waits until all running requests have asked their phones. */
    async settled(): Promise<void> {
      await Promise.all(running)
    },
  }
}

type Held = Pick<Asking, 'id' | 'userId' | 'code' | 'expiresAt'>

const heldContext = (id: string) => `oidc_records/${id}/held`

/** Stores the request until the phone is free, for the node that the app asks next. The code stays the one that the app shows. */
async function hold({ base: { db, keyring } }: CibaOptions, asking: Held): Promise<void> {
  const waiting = await findWaiting(db, backchannelModel, asking.id)
  if (waiting === undefined) return
  const { id, userId, code, expiresAt } = asking
  const text = JSON.stringify({ id, userId, code, expiresAt } satisfies Held)
  await answer(db, waiting, { held: keyring.seal(heldContext(waiting.id), Buffer.from(text)) })
}

function openHeld(
  { base: { keyring } }: CibaOptions,
  { id, clientId: appId, params }: Pick<WaitingRequest, 'id' | 'clientId' | 'params'>,
  held: string,
): Asking {
  const text = Buffer.from(keyring.open(heldContext(id), held)).toString()
  return { appId, params, message: readMessage(params), ...(JSON.parse(text) as Held) }
}

/** Seconds that an app can wait for its tokens. */
export function readCibaLifetime({ oidc }: KoaContextWithOIDC): number {
  const { requested_expiry: requested } = oidc.params ?? {}
  return requested === undefined
    ? longestCibaLifetime
    : Math.min(Number(requested), longestCibaLifetime)
}

/** For the library's configuration. */
function describeFeature(options: CibaOptions, start: (asking: Asking) => void) {
  const { base, backchannel } = options
  const { clock } = base
  const limits = {
    app: createBuckets({ clock, limit: requestsPerMinute }),
    person: createBuckets({ clock, limit: samePersonPerMinute }),
  }
  const asked = createBuckets({ clock, limit: samePersonPerMinute })
  return {
    enabled: true,
    deliveryModes: ['poll' as const],
    async validateRequestContext(ctx: KoaContextWithOIDC) {
      checkLength(ctx)
      limitRequests(ctx, limits)
    },
    async validateBindingMessage(_ctx: KoaContextWithOIDC, message?: string) {
      if (message !== undefined && !(bindingMessage.test(message) && visible.test(message))) {
        throw new InvalidBindingMessage('a binding_message has 1 to 40 characters to be read')
      }
    },
    processLoginHint: (_ctx: KoaContextWithOIDC, name = '') => backchannel.findPerson(name),
    async processLoginHintToken(): Promise<never> {
      throw new InvalidRequest('a person is named by login_hint or id_token_hint')
    },
    async verifyUserCode() {
      // Users have no such code: the person carries the code of the answer instead.
    },
    async triggerAuthenticationDevice(ctx: KoaContextWithOIDC, request: BackchannelRequest) {
      const code = backchannel.drawCode()
      ctx.body = { ...Object(ctx.body), einlass_code: code }
      const { clientId: appId = '', accountId: userId = '', jti: id, params = {} } = request
      const expiresAt = clock.now() + seconds(readCibaLifetime(ctx))
      const message = readMessage(params)
      // One person can have several names and tokens. The answer is the same: otherwise it would show which names belong
      // together.
      if (asked.admit(sha256(`${appId} ${userId}`)) !== undefined) {
        return noteNotAsked(options, appId, 'too_many')
      }
      start({ appId, userId, id, params, code, expiresAt, message })
    },
  }
}

/** The levels that the app requests, for the gate and for the check after it. */
function readLevels(params: Asking['params']): Pick<PhoneRequest, 'acrValues' | 'acceptsLevel'> {
  const requested = readRequestedLogin(params.claims)
  return {
    ...readWishes(params, undefined),
    acceptsLevel: (acr) => nameReachedLevel(acr, requested) !== undefined,
  }
}

function readMessage({ binding_message: message }: Asking['params']): string | undefined {
  return typeof message === 'string' ? message : undefined
}

function limitRequests(
  ctx: KoaContextWithOIDC,
  { app, person }: { readonly app: Buckets; readonly person: Buckets },
): void {
  const { params, client } = ctx.oidc
  const clientId = `${client?.clientId}`
  const refused = app.admit(clientId) ?? person.admit(sha256(`${clientId} ${namePerson(params)}`))
  if (refused === undefined) return
  ctx.set('retry-after', `${refused.retryAfter}`)
  const error = new TemporarilyUnavailable('too many requests')
  throw Object.assign(error, { statusCode: 429 })
}

/** Returns the same text for every spelling of a name and for every token of a person. An invalid token is refused later. */
function namePerson({ login_hint: name, id_token_hint: token }: Asking['params'] = {}): string {
  if (typeof name === 'string') return canonicalUsername(name) ?? name
  try {
    return `sub ${decodeJwt(`${token}`).sub}`
  } catch {
    return `${token}`
  }
}

function noteNotAsked({ base, counts }: CibaOptions, appId: string, reason: string): void {
  counts.count('not_asked')
  base.log.info({ appId, reason }, 'An app asked for an approval, and no phone was asked.')
}

/** Never throws: the app already has its answer. */
async function askPhone(options: CibaOptions, { appId, params, ...asking }: Asking): Promise<void> {
  const { base, apps, backchannel, counts } = options
  const { db, log, audit } = base
  const { message } = asking
  const userId = asking.userId as Id<'user'>
  try {
    const app = await apps.find(db, appId)
    if (app === undefined) return
    const request = { ...asking, app, userId, ...readLevels(params) }
    const outcome = await backchannel.ask(request)
    if (outcome === 'asked') {
      counts.count('asked')
      const facts = { userId, appId, ...(message !== undefined && { message }) }
      await audit.record(db, oidcEvents.phoneAsked, facts)
    } else {
      noteNotAsked(options, appId, outcome)
    }
    if (outcome === 'busy') await hold(options, { ...asking, userId })
  } catch (error) {
    log.error({ error, appId }, 'A phone could not be asked.')
  }
}

/**
 * Only for the app that sent the request, so that no other app can change a request whose id it has found.
 * @returns `undefined`: the person has not answered
 */
async function settle(
  options: CibaOptions,
  provider: Provider,
  request: BackchannelRequest,
): Promise<Partial<BackchannelRequest> | undefined> {
  const { base, apps, backchannel, counts } = options
  const { db, random } = base
  const { accountId, clientId: appId = '', jti: id } = request
  const client = findCurrentContext()?.oidc.client
  const isOver = request.isExpired || Boolean(request.consumed)
  if (client?.clientId !== appId || isOver) return {}
  const waiting = await findWaiting(db, backchannelModel, id)
  const app = await apps.find(db, appId)
  if (waiting === undefined || app === undefined) return {}
  let approval: Partial<BackchannelRequest> = {}
  const login = { app, userId: accountId as Id<'user'>, id }
  const outcome = await backchannel.finish(
    { ...login, ...readLevels(waiting.params) },
    async (tx, session) => {
      const grantId = createGrantId(session.id, newSecret(random))
      const sid = options.computeSid(session.id, appId)
      approval = { ...describeApproval(waiting, session, sid), grantId }
      if (!(await answer(tx, waiting, approval))) throw new Error('it was answered twice')
      const { id: sessionId, userId } = session
      const grant = await createGrant(provider, { id: grantId, request: waiting, client, userId })
      await options.enter(tx, { sessionId, userId, appId }, grant)
    },
  )
  if (outcome === 'waiting') return undefined
  counts.count(outcome === 'finished' ? 'approved' : outcome)
  return outcome === 'finished' ? approval : await refuse(db, waiting, outcome)
}

const reasons = {
  denied: 'the person has refused',
  refused: 'the person may not enter this app by an approval alone',
} as const

async function refuse(
  db: Database,
  waiting: Parameters<typeof answer>[1],
  outcome: keyof typeof reasons,
): Promise<Partial<BackchannelRequest>> {
  const refusal = { error: 'access_denied', errorDescription: reasons[outcome] }
  await answer(db, waiting, refusal)
  return refusal
}
