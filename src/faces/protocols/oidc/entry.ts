/**
 * Turns an authorization request into an entry. Asks the gate, binds the library's session to the Einlass session, and grants
 * what a first-party app requested. Makes no decision itself and owns no page.
 */
import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Apps } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { GateRequest } from '../../../login/decision/gate.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { isAllowedAt } from './allowed-places.ts'
import type { CheckEntry } from './entry-checks.ts'
import {
  AccessDenied,
  Check,
  LoginRequired,
  nameGrant,
  Prompt,
  renameSession,
  UnmetAuthenticationRequirements,
} from './library.ts'
import { registeredMember } from './members.ts'
import { createGrantId } from './record-ids.ts'
import type { Records } from './records.ts'
import { checkLength } from './request-length.ts'
import { listAllowedClaims, nameReachedLevel, readRequestedLogin } from './requested-claims.ts'
import type { ComputeSubject } from './subjects.ts'

export interface EntryOptions {
  readonly db: Queries
  readonly clock: Clock
  readonly random: Random
  readonly apps: Apps
  readonly checkEntry: CheckEntry
  /** The Einlass session that the cookies of this request name, if it is alive. */
  findSession(request: IncomingMessage): Promise<LiveSession | undefined>
  /** The storage of requests. */
  readonly requests: Pick<Records, 'storeWithCode'> & {
    /** Called before a request is stored for later; throws when there are too many. */
    limit(ctx: KoaContextWithOIDC): void
  }
  readonly ids: {
    readonly computeSubject: ComputeSubject
    /** The `sid` of an app in a login (OpenID Connect Back-Channel Logout 1.0 section 2.1). */
    computeSid(loginSession: string, clientId: string): string
  }
}

export interface Entry {
  /** For the library's configuration: the order in which a person may be asked. */
  readonly policy: InstanceType<typeof Prompt>[]
  /** For the library's configuration: a grant if the person may enter, otherwise `undefined`. */
  grantFor(provider: Provider, ctx: KoaContextWithOIDC): Promise<Grant | undefined>
}

export function createEntry(options: EntryOptions): Entry {
  const decided = new WeakMap<KoaContextWithOIDC, Promise<LiveSession | undefined>>()
  const entering = (ctx: KoaContextWithOIDC) => {
    const known = decided.get(ctx) ?? decide(options, ctx)
    decided.set(ctx, known)
    return known
  }

  const needsLogin = async (ctx: KoaContextWithOIDC) => {
    checkLength(ctx)
    const session = await entering(ctx)
    if (!session) return true
    const { subject } = readRequestedLogin(ctx.oidc.params?.claims)
    const { client } = ctx.oidc
    const known = client && options.ids.computeSubject(session.userId, client)
    const isOther = (id: unknown) => id !== undefined && id !== known
    // Another login would not help: the person is the wrong one (OpenID Connect Core 1.0 section 3.1.2.1).
    if (isOther(hintedPerson(ctx))) throw new LoginRequired('id_token_hint names another person')
    if (isOther(subject)) throw new LoginRequired('the claims parameter names another person')
    return false
  }

  const describeWishes = (ctx: KoaContextWithOIDC) => {
    options.requests.limit(ctx)
    return { since: authenticatedSince(ctx, options.clock), person: hintedPerson(ctx) }
  }
  // Asked before the login: a session that is too weak for the app may belong to the wrong person.
  const selectAccount = new Prompt({ name: 'select_account', requestable: true }, (ctx) => ({
    ...describeWishes(ctx),
    choosesBefore: options.clock.now(),
  }))
  const login = new Prompt(
    { name: 'login', requestable: true },
    describeWishes,
    new Check('login', 'the person has to log in', 'login_required', needsLogin),
  )
  const needsConsent = async (ctx: KoaContextWithOIDC) => {
    const session = await entering(ctx)
    return session !== undefined && (await mustAllow(options, ctx, session))
  }
  const consent = new Prompt(
    { name: 'consent', requestable: true },
    (ctx) => {
      options.requests.limit(ctx)
      return {}
    },
    new Check('consent', 'the person has to let in the app', 'consent_required', needsConsent),
  )
  return {
    policy: [selectAccount, login, consent],
    async grantFor(provider, ctx) {
      if (['login', 'select_account', 'consent'].some((name) => ctx.oidc.promptPending(name))) {
        return undefined
      }
      const session = await entering(ctx)
      if (session === undefined || (await needsConsent(ctx))) return undefined
      return await grant(options, provider, ctx, session)
    },
  }
}

async function decide(
  { db, clock, apps, checkEntry, findSession }: EntryOptions,
  ctx: KoaContextWithOIDC,
): Promise<LiveSession | undefined> {
  const { session: own, client, result } = ctx.oidc
  const live = await findSession(ctx.req)
  const bound = result?.session ?? own?.uid
  if (!live || bound !== live.id || own?.accountId !== live.userId) return undefined
  const app = client && (await apps.find(db, client.clientId))
  if (!app) return undefined
  // After an interaction, its own gate decision has checked the age of the login. Another check would never end.
  const since = result?.login ? undefined : authenticatedSince(ctx, clock)
  const wishes = readWishes(ctx.oidc.params ?? {}, since)
  const entry = await checkEntry(ctx.req, { app, session: live, ...wishes })
  // With `login_required`, the app would ask once more, with a page.
  if (entry === 'refused' && ctx.oidc.prompts.has('none')) {
    throw new AccessDenied('the person may not enter this app')
  }
  if (entry !== 'enter') return undefined
  if (findLevelToTell(ctx, live) !== undefined) return live
  throw new UnmetAuthenticationRequirements('an essential acr cannot be reached here')
}

/** The person must allow an app that registered itself, once in each session for each place to which it sends them. */
async function mustAllow(
  { db }: EntryOptions,
  { oidc: { client, params, result } }: KoaContextWithOIDC,
  { id: sessionId }: LiveSession,
): Promise<boolean> {
  if (client?.[registeredMember] !== true || result?.consent !== undefined) return false
  const entry = { sessionId, appId: client.clientId }
  return !(await isAllowedAt(db, entry, String(params?.redirect_uri)))
}

const findLevelToTell = ({ oidc }: KoaContextWithOIDC, { acr }: LiveSession) =>
  nameReachedLevel(acr, readRequestedLogin(oidc.params?.claims))

/** The requirements of an authorization request for the login, in the gate's terms. */
export function readWishes(
  params: Readonly<Record<string, unknown>>,
  since: unknown,
): Pick<GateRequest, 'acrValues' | 'authenticatedSince'> {
  const { acr_values: wished } = params
  const asked = typeof wished === 'string' ? wished.split(' ').filter(Boolean) : undefined
  // The specification leaves open what both together mean; the parameter can express more.
  const acrValues = readRequestedLogin(params.claims).acrValues ?? asked
  return {
    ...(acrValues !== undefined && { acrValues }),
    ...(typeof since === 'number' && { authenticatedSince: since }),
  }
}

function authenticatedSince(ctx: KoaContextWithOIDC, clock: Clock): number | undefined {
  if (ctx.oidc.prompts.has('login')) return clock.now()
  const maxAge = ctx.oidc.params?.max_age
  return maxAge === undefined ? undefined : clock.now() - Number(maxAge) * 1000
}

/** The `sub` of an `id_token_hint`. The library reads the hint only once, so later it comes from the interaction. */
function hintedPerson(ctx: KoaContextWithOIDC): unknown {
  const { IdTokenHint, Interaction } = ctx.oidc.entities
  return IdTokenHint?.payload.sub ?? Interaction?.prompt.details.person
}

/** Each entry has its own grant: a replayed code revokes only what it gave. */
async function grant(
  { random, ids, requests }: EntryOptions,
  provider: Provider,
  ctx: KoaContextWithOIDC,
  live: LiveSession,
): Promise<Grant> {
  const { session, client } = ctx.oidc
  if (!session || !client) throw new Error('a grant needs a session and a client')
  const { clientId } = client
  renameSession(ctx, live.id)
  const acr = findLevelToTell(ctx, live) ?? live.acr
  session.loginAccount({ accountId: live.userId, ...describeLogin(live), acr })
  session.sidFor(clientId, ids.computeSid(live.id, clientId))
  const made = new provider.Grant({ clientId, accountId: live.userId })
  nameGrant(made, createGrantId(live.id, newSecret(random)))
  made.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '))
  addApiScopes(made, ctx)
  const claims = listAllowedClaims(ctx.oidc.requestParamClaims, client.scope?.split(' '))
  if (claims.length > 0) made.addOIDCClaims(claims)
  requests.storeWithCode(ctx.req)
  await made.save()
  return made
}

/** Adds the scopes that the app requested at each API that it may use. */
function addApiScopes(made: Grant, { oidc }: KoaContextWithOIDC): void {
  for (const [uri, api] of Object.entries(oidc.resourceServers ?? {})) {
    const asked = [...oidc.requestParamScopes].filter((scope) => api.scopes.has(scope))
    if (asked.length > 0) made.addResourceScope(uri, asked.join(' '))
  }
}

/** When and how the person logged in, in the library's terms (seconds). */
export function describeLogin(live: Pick<LiveSession, 'acr' | 'amr' | 'authenticatedAt'>): {
  acr: string
  amr: string[]
  loginTs: number
} {
  return { acr: live.acr, amr: [...live.amr], loginTs: Math.floor(live.authenticatedAt / 1000) }
}
