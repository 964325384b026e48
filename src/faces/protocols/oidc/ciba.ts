/**
 * Requests that an app makes at a person's phone (OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, poll
 * mode). Owns what such a request may contain. Also owns that an existing person cannot be told apart from a made-up one, by
 * the answer or by any wait: the phone is asked only after the answer is sent (ciba-asking.ts). login/backchannel owns whom to
 * ask and which level an approval has.
 */
import { decodeJwt } from 'jose'
import { type Buckets, createBuckets } from '../../../identity/limits/buckets.ts'
import { canonicalUsername } from '../../../identity/users/user.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { type Id, newSecret } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import {
  type AskingOptions,
  createPhoneAsking,
  type PhoneAsking,
  readLevels,
} from './ciba-asking.ts'
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
import type { RequestObjectChecks } from './request-objects.ts'
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

export interface CibaOptions extends AskingOptions {
  /** Refuses a signed request that was sent before. */
  readonly checkOnce: RequestObjectChecks['checkOnce']
  computeSid(loginSession: string, clientId: string): string
  readonly enter: EnterWithGrant
}

export function createCiba(options: CibaOptions) {
  const asking = createPhoneAsking(options)
  return {
    feature: describeFeature(options, asking),

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

/** Seconds that an app can wait for its tokens. */
export function readCibaLifetime({ oidc }: KoaContextWithOIDC): number {
  const { requested_expiry: requested } = oidc.params ?? {}
  return requested === undefined
    ? longestCibaLifetime
    : Math.min(Number(requested), longestCibaLifetime)
}

/** For the library's configuration. */
function describeFeature(options: CibaOptions, asking: PhoneAsking) {
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
      // Before a person is looked for, so that the answer is the same for every name.
      if (ctx.oidc.params?.user_code !== undefined) {
        throw new InvalidRequest('user_code is not supported: nobody would check it')
      }
      limitRequests(ctx, limits)
      await options.checkOnce(ctx)
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
      // One person can have several names and tokens. The answer is the same: otherwise it would show which names belong
      // together.
      const isAdmitted = asked.admit(sha256(`${appId} ${userId}`)) === undefined
      await asking.start({ appId, userId, id, params, code, expiresAt }, isAdmitted)
    },
  }
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
function namePerson({
  login_hint: name,
  id_token_hint: token,
}: WaitingRequest['params'] = {}): string {
  if (typeof name === 'string') return canonicalUsername(name) ?? name
  try {
    return `sub ${decodeJwt(`${token}`).sub}`
  } catch {
    return `${token}`
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
