/**
 * Decides whether a request to a proxy may continue to the app: one decision for all dialects. Reads only the grant of the
 * browser, once. The gate decides again once a minute, and at once after a change of the app. Sends no answer.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isAtLeast } from '../../../identity/policy/assurance.ts'
import { type Clock, isFromFuture, minutes } from '../../../platform/kernel/clock.ts'
import type { EntryFacts, Grant, Grants } from './grants.ts'
import type { IdentityTokens } from './identity-tokens.ts'
import type { FoundApp, ProtectedApp, ProtectedApps } from './protected-apps.ts'
import { type ForwardedRequest, type RequestTarget, readTarget } from './request-target.ts'
import { findPathRequirement, isInGroups, type PathRequirement } from './rules.ts'

export interface CheckedRequest {
  readonly forwarded: ForwardedRequest | undefined
  /** As the browser sent them to the proxy. */
  readonly headers: IncomingHttpHeaders
}

export type CheckResult =
  /** Names and values in turn. */
  | { readonly type: 'enter'; readonly headers: readonly string[] }
  /** Nobody is logged in, or not strongly enough. */
  | { readonly type: 'login'; readonly found: FoundApp; readonly target: RequestTarget }
  /** A login would change nothing; a page at our origin says so. */
  | { readonly type: 'not_allowed'; readonly found: FoundApp; readonly target: RequestTarget }
  | { readonly type: 'bad_request' }

export interface CheckOptions {
  readonly clock: Clock
  readonly apps: ProtectedApps
  readonly grants: Pick<Grants, 'find' | 'renew'>
  readonly tokens: Pick<IdentityTokens, 'find'>
  /** Asks the gate again. `undefined`: the person may no longer enter. */
  decideAgain(grant: Grant, app: ProtectedApp): Promise<EntryFacts | undefined>
  markActive(session: Grant['session']): void
  noteBadRequest(): void
}

export type Check = (request: CheckedRequest) => Promise<CheckResult>

const badRequest = { type: 'bad_request' } as const

/** How old a decision may be. */
const decisionLifetime = minutes(1)

export function createCheck(options: CheckOptions): Check {
  const decide = createDecisions(options)
  return async (request) => {
    const looked = await look(options, request)
    if (looked === undefined) {
      options.noteBadRequest()
      return badRequest
    }
    const { place, grant } = looked
    const facts = grant && (await decide(grant, place.found.app))
    if (grant === undefined || facts === undefined) return answerAnonymous(place)
    options.markActive(grant.session)
    const requirement = findPathRequirement(place.found.app.rules, place.target)
    const unmet = findUnmet(requirement, grant, facts)
    if (unmet !== undefined) return { type: unmet, ...place }
    return { type: 'enter', headers: await listHeaders(options, place.found, { grant, facts }) }
  }
}

/** Includes the token if the app gets one. */
async function listHeaders(
  { tokens }: CheckOptions,
  { app: { tokenHeader } }: FoundApp,
  { grant, facts }: { readonly grant: Grant; readonly facts: EntryFacts },
): Promise<readonly string[]> {
  if (tokenHeader === undefined) return facts.headers
  return [...facts.headers, tokenHeader, await tokens.find(grant, facts)]
}

/** The app that a request is for, and the path in it. */
interface Place {
  readonly found: FoundApp
  readonly target: RequestTarget
}

/** Checks with the current row of the app. `undefined`: the request is invalid, or pretends to be something else. */
async function look(
  options: CheckOptions,
  request: CheckedRequest,
): Promise<{ readonly place: Place; readonly grant: Grant | undefined } | undefined> {
  const { apps } = options
  const { headers } = request
  const known = await locate(apps.find, request)
  if (known === undefined) return undefined
  const { app } = known.found
  const grant = await findGrant(options, headers, known.found)
  const updatedAt = grant?.appUpdatedAt ?? (await apps.findVersion(app.id))
  if (updatedAt === app.updatedAt) return { place: known, grant }
  const place = await locate(apps.findLatest, request)
  return place && { place, grant: await findGrant(options, headers, place.found) }
}

/** `undefined`: the request is invalid, or pretends to be something else. */
async function locate(
  find: ProtectedApps['find'],
  { forwarded, headers }: CheckedRequest,
): Promise<Place | undefined> {
  const target = forwarded && readTarget(forwarded)
  const found = target && (await find(target))
  if (target === undefined || found === undefined) return undefined
  if (found.app.isDisguised(headers)) return undefined
  return isForeignSocket(headers, found) ? undefined : { found, target }
}

/** Nobody is logged in, or the person may not enter. */
function answerAnonymous(place: Place): CheckResult {
  const { app } = place.found
  const { isPublic } = findPathRequirement(app.rules, place.target)
  return isPublic ? { type: 'enter', headers: app.anonymousHeaders } : { type: 'login', ...place }
}

/** A cookie of another app or of another origin is not valid here. */
async function findGrant(
  { grants }: CheckOptions,
  headers: IncomingHttpHeaders,
  { app, address, cookies }: FoundApp,
): Promise<Grant | undefined> {
  const token = cookies.read(headers.cookie, app.cookieName)
  const grant = token === undefined ? undefined : await grants.find(token)
  return grant?.appId === app.id && grant.origin === address.origin ? grant : undefined
}

function findUnmet(
  requirement: PathRequirement,
  { session }: Grant,
  facts: EntryFacts,
): 'login' | 'not_allowed' | undefined {
  const { level } = requirement
  if (!isInGroups(requirement, facts.groups)) return 'not_allowed'
  return level !== undefined && !isAtLeast(session.acr, level) ? 'login' : undefined
}

export function isUpgrade({ upgrade, 'sec-websocket-key': key }: IncomingHttpHeaders): boolean {
  return upgrade !== undefined || key !== undefined
}

/**
 * A page of any origin of the same site can open a WebSocket with the cookies of its host, without a preflight. Browsers send
 * the origin of the page (RFC 6455 section 10.2).
 */
function isForeignSocket(headers: IncomingHttpHeaders, { app }: FoundApp): boolean {
  const { origin } = headers
  if (origin === undefined || !isUpgrade(headers)) return false
  return !app.addresses.some((address) => address.origin === origin)
}

/** The facts of a grant: as stored, or decided again. Of requests at the same time, the first one makes the decision. */
function createDecisions({ clock, grants, decideAgain }: CheckOptions) {
  const pending = new Map<string, Promise<EntryFacts | undefined>>()

  async function renew(grant: Grant, app: ProtectedApp): Promise<EntryFacts | undefined> {
    // A change of the app during the decision must not look like an earlier one.
    const decidedAt = clock.now()
    const facts = await decideAgain(grant, app)
    if (facts !== undefined) await grants.renew(grant, { facts, decidedAt })
    return facts
  }

  return (grant: Grant, app: ProtectedApp): EntryFacts | Promise<EntryFacts | undefined> => {
    const age = clock.now() - grant.decidedAt
    const isRecent = age < decisionLifetime && !isFromFuture(grant.decidedAt, clock.now())
    if (isRecent && grant.decidedAt > app.updatedAt) return grant.facts
    const name = `${grant.tokenHash} ${app.updatedAt}`
    const known = pending.get(name)
    if (known !== undefined) return known
    const renewing = renew(grant, app).finally(() => pending.delete(name))
    pending.set(name, renewing)
    return renewing
  }
}
