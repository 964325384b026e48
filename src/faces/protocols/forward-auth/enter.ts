/**
 * The stop at our own origin between an app and its user: asks the gate, then sends the browser to the login, or back to the
 * app with a one-time code, or shows that the person may not enter. Makes no decision itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../../identity/apps/apps.ts'
import { isAtLeast } from '../../../identity/policy/assurance.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { GateDecision } from '../../../login/decision/gate.ts'
import type { Reply } from '../../../platform/http/reply.ts'
import { findAddress, redirect, sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { EntryRequest, EntryRequests } from './entry-request.ts'
import type { ReadFacts } from './facts.ts'
import type { Decision, Grants, NewGrant } from './grants.ts'
import { callbackPath, cancelPath, enterPath } from './paths.ts'
import type { FoundApp, ProtectedApps } from './protected-apps.ts'
import { noteRefusal } from './refusals.ts'
import { readTarget } from './request-target.ts'
import { findPathRequirement, type PathRequirement } from './rules.ts'

export interface EnterOptions {
  readonly host: ProtocolHost
  readonly protectedApps: ProtectedApps
  readonly requests: EntryRequests
  readonly grants: Pick<Grants, 'create'>
  readonly readFacts: ReadFacts
}

export function createEnter(options: EnterOptions) {
  const { host } = options
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const decidedAt = host.base.clock.now()
    const opened = await openRequest(options, req, res)
    if (opened === undefined) return
    const { request, signed, app, found, requirement } = opened
    const session = await host.sessions.findByCookie(req.headers.cookie)
    const decision = await decide(options, { app, session, signed, requirement })
    if (decision.type === 'login') return redirect(res, decision.location)
    const refusal = findRefusal(options, req, { app, decision, requirement })
    if (refusal !== undefined) return sendPage(res, refusal)
    const facts = await options.readFacts(found.app, decision.session.userId)
    if (facts === undefined) throw new Error('the person of a session is gone')
    const { session: entered } = decision
    redirect(res, await createReturn(options, request, { session: entered, facts, decidedAt }))
  }
}

/** The page after a cancelled login: the app cannot be told, and its proxy would only ask for the same login again. */
export function createCancel(options: EnterOptions) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const opened = await openRequest(options, req, res)
    if (opened === undefined) return
    const { app, signed } = opened
    const againUrl = `${enterPath}?request=${signed}`
    sendPage(res, options.host.pages.renderCancelled(req, { appName: app.name, againUrl }))
  }
}

interface Opened extends Place {
  readonly request: EntryRequest
  readonly signed: string
}

/** `undefined`: the browser was answered. */
async function openRequest(
  options: EnterOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Opened | undefined> {
  const { host, requests } = options
  const signed = findAddress(req, host.publicUrl).searchParams.get('request') ?? ''
  const request = requests.open(signed)
  const place = request && (await findPlace(options, request))
  if (request !== undefined && place !== undefined) return { ...place, request, signed }
  noteRefusal(host, 'invalid_request', request?.appId)
  sendPage(res, host.pages.renderError(req, { status: 400, code: 'invalid_request' }))
  return undefined
}

type Entering = Exclude<GateDecision, { readonly type: 'login' }>

/** The page for a person who may not enter; `undefined`: they may. */
function findRefusal(
  { host: { pages } }: EnterOptions,
  req: IncomingMessage,
  {
    app,
    decision,
    requirement: { level },
  }: Pick<Asked, 'app' | 'requirement'> & { decision: Entering },
): Reply | undefined {
  const { username, acr } = decision.session
  if (decision.type === 'refused') {
    const page = { appName: app.name, username, otherLoginUrl: decision.location }
    return pages.renderNotAllowed(req, page)
  }
  // The gate requires only levels that can be enrolled here. Without this refusal, the check would send the person back for
  // ever.
  if (level === undefined || isAtLeast(acr, level)) return undefined
  return pages.renderLevelMissing(req, { appName: app.name })
}

interface Place {
  readonly app: App
  readonly found: FoundApp
  readonly requirement: PathRequirement
}

/** `undefined`: the address of the app has changed since the browser was there. */
async function findPlace(
  { host: { base, apps }, protectedApps }: EnterOptions,
  { appId, origin, to }: EntryRequest,
): Promise<Place | undefined> {
  const { protocol, host } = new URL(origin)
  const target = readTarget({ scheme: protocol.slice(0, -1), host, uri: to })
  // The result is stored and used for a minute.
  const found = target && (await protectedApps.findLatest(target))
  if (target === undefined || found?.app.id !== appId) return undefined
  const app = await apps.find(base.db, appId)
  return app && { app, found, requirement: findPathRequirement(found.app.rules, target) }
}

interface Asked {
  readonly app: App
  readonly session: LiveSession | undefined
  /** The request in the address. */
  readonly signed: string
  readonly requirement: PathRequirement
}

/** Applies the rule of the app, then each list of groups of the path, as if it were the app's own. */
async function decide(
  { host: { gate } }: EnterOptions,
  { app, session, signed, requirement: { level, groups } }: Asked,
): Promise<GateDecision> {
  const request = {
    ...{ app, session },
    returnTo: `${enterPath}?request=${signed}`,
    cancelTo: `${cancelPath}?request=${signed}`,
    ...(level !== undefined && { acrValues: [level] }),
  }
  let decision = await gate.decide(request)
  for (const allowedGroups of groups) {
    if (decision.type !== 'enter') break
    const narrowed = { ...app, policy: { ...app.policy, allowedGroups: [...allowedGroups] } }
    decision = await gate.decide({ ...request, app: narrowed })
  }
  return decision
}

async function createReturn(
  { grants }: EnterOptions,
  { appId, origin, browserHash, to, long }: EntryRequest,
  entered: Pick<NewGrant, 'session'> & Decision,
): Promise<string> {
  const code = await grants.create({ appId, origin, browserHash, ...entered })
  return `${origin}${callbackPath}?code=${code}${long === undefined ? '' : `&long=${long}`}&to=${to}`
}
