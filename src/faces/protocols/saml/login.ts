/**
 * The login of a person to a SAML app: from the app's request, or from our start address, to the response. Asks the gate and
 * makes no decision itself. A request travels in the address and is not stored before it is answered.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { findClaimedIssuer, type ReceivedMessage, readAuthnRequest, type Status } from '#saml'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { GateDecision } from '../../../login/decision/gate.ts'
import { type NodeHandler, redirect, sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { SignedRequests } from '../signed-request.ts'
import type { FoundApp, SamlApps } from './apps.ts'
import { type CheckedRequest, checkRequest } from './check-request.ts'
import { receiveMessage, refuseSoap } from './message.ts'
import type { MessageLimit } from './message-limit.ts'
import { readAppId, samlPaths } from './paths.ts'
import type { Pending } from './pending.ts'
import { describeUnknownApp, noteRefusal, type SamlRefusalReason } from './refusals.ts'
import type { Responder } from './respond.ts'

export interface LoginOptions {
  readonly host: ProtocolHost
  readonly apps: SamlApps
  readonly pendings: SignedRequests<Pending>
  readonly responder: Responder
  readonly limit: MessageLimit
}

export interface LoginHandlers {
  /** Receives an app's request, by either binding. */
  readonly receive: NodeHandler
  /** Continues after the login page. */
  readonly proceed: NodeHandler
  /** Continues after one of our pages, without a login; the app gets the reason. */
  leave(reason: 'AuthnFailed' | 'RequestDenied'): NodeHandler
  /** Begins a login without a request of the app. */
  readonly start: NodeHandler
}

const requestField = 'request'

export function createLogin(options: LoginOptions): LoginHandlers {
  const { host, apps, responder, limit } = options
  return {
    receive: limit.guard(async (req, res) => {
      if (refuseSoap(req, res)) return noteRefusal(host, 'unsupported_binding')
      const received = await readRequest(options, req)
      if (received.type === 'refused') {
        const { reason, detail, appId } = received
        host.base.log.info({ reason, detail, appId }, 'A SAML request was refused.')
        return fail(options, req, res, { reason, appId })
      }
      const { found, pending } = received
      if (received.type === 'denied') {
        return await responder.deny(req, res, { ...found, pending, status: received.status })
      }
      // The browser does not send the session's cookie with a form that comes from another site.
      if (req.method === 'POST') return redirect(res, addressOf(options, 'proceed', pending))
      await enter(options, req, res, { found, pending })
    }),
    async proceed(req, res) {
      const opened = await openPending(options, req)
      if (opened === undefined) return fail(options, req, res, { reason: 'request_expired' })
      await enter(options, req, res, opened)
    },
    leave: (reason) => async (req, res) => {
      const opened = await openPending(options, req)
      if (opened === undefined) return fail(options, req, res, { reason: 'request_expired' })
      const { found, pending } = opened
      if (reason === 'AuthnFailed' && pending.requestId === undefined) {
        // The app has asked nothing, so there is nothing to answer.
        const againUrl = addressOf(options, 'proceed', pending)
        const cancelled = { appName: found.app.name, againUrl }
        return sendPage(res, host.pages.renderCancelled(req, cancelled))
      }
      const status: Status = { code: 'Responder', reason }
      await responder.deny(req, res, { ...found, pending, status })
    },
    async start(req, res) {
      const { pathname } = new URL(req.url ?? '/', host.publicUrl)
      const found = await apps.findById(readAppId(pathname, samlPaths.start))
      if (found?.settings.unsolicited !== 'allowed') {
        return fail(options, req, res, { reason: 'unknown_app', status: 404 })
      }
      const pending = createUnsolicited(found, host.base.clock.now())
      await enter(options, req, res, { found, pending })
    },
  }
}

interface Failure {
  readonly reason: SamlRefusalReason
  readonly appId?: string | undefined
  readonly status?: number
}

function fail(
  { host }: LoginOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { reason, appId, status = 400 }: Failure,
): void {
  noteRefusal(host, reason, appId, req)
  sendPage(res, host.pages.renderError(req, { status, code: reason }))
}

/** A request of a known app. */
interface AppRequest {
  readonly found: FoundApp
  readonly pending: Pending
}

type ReadRequest =
  | ({ readonly type: 'pending' } & AppRequest)
  | ({ readonly type: 'denied'; readonly status: Status } & AppRequest)
  | {
      readonly type: 'refused'
      readonly reason: SamlRefusalReason
      readonly detail: string
      readonly appId?: string
    }

async function readRequest(options: LoginOptions, req: IncomingMessage): Promise<ReadRequest> {
  const received = await receiveMessage(req, (size) => options.limit.admit(req, size))
  if (received.type === 'refused') {
    return { type: 'refused', reason: received.reason, detail: received.detail }
  }
  const { message } = received
  const issuer = findClaimedIssuer(message)
  const found = await options.apps.findByEntityId(issuer)
  if (found === undefined) {
    return { type: 'refused', reason: 'unknown_app', detail: describeUnknownApp(issuer) }
  }
  const checked = checkMessage(options, req, { found, message })
  if (checked.type !== 'refused') return { ...checked, found }
  return { ...checked, appId: found.app.id }
}

function checkMessage(
  { host: { publicUrl, base }, limit }: LoginOptions,
  req: IncomingMessage,
  { found, message }: { readonly found: FoundApp; readonly message: ReceivedMessage },
): CheckedRequest {
  const mustBeSigned = found.settings.signedRequests === 'required'
  const read = readAuthnRequest(message, { keys: found.keys, mustBeSigned })
  if (read.type === 'refused') {
    return { type: 'refused', reason: read.reason, detail: read.detail }
  }
  const checked = checkRequest({
    ...found,
    request: read.request,
    relayState: message.relayState,
    ownUrl: `${publicUrl}${samlPaths.login}`,
    now: base.clock.now(),
  })
  if (read.request.isSigned && checked.type !== 'refused') limit.takeBack(req, message)
  return checked
}

/** Opens the request in an address. Meanwhile the app may have lost an address. */
async function openPending(
  { host, apps, pendings }: LoginOptions,
  req: IncomingMessage,
): Promise<AppRequest | undefined> {
  const { searchParams } = new URL(req.url ?? '/', host.publicUrl)
  const pending = pendings.open(searchParams.get(requestField) ?? '')
  if (pending === undefined) return undefined
  const found = await apps.findById(pending.appId)
  if (!found?.settings.consumerUrls.includes(pending.consumerUrl)) return undefined
  return { found, pending }
}

function addressOf(
  { pendings }: LoginOptions,
  path: 'proceed' | 'cancel' | 'refused',
  pending: Pending,
): string {
  return `${samlPaths[path]}?${new URLSearchParams({ [requestField]: pendings.sign(pending) })}`
}

async function enter(
  options: LoginOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { found, pending }: AppRequest,
): Promise<void> {
  const { host, responder } = options
  const session = await host.sessions.findByCookie(req.headers.cookie)
  const decision = await decide(options, { found, pending }, session)
  if (decision.type === 'enter') {
    return await responder.grant(req, res, { ...found, pending, session: decision.session })
  }
  if (pending.isPassive) {
    const reason = decision.type === 'refused' ? 'RequestDenied' : 'NoPassive'
    const status: Status = { code: 'Responder', reason }
    return await responder.deny(req, res, { ...found, pending, status })
  }
  if (decision.type === 'login') return redirect(res, decision.location)
  const page = host.pages.renderNotAllowed(req, {
    appName: found.app.name,
    username: decision.session.username,
    otherLoginUrl: decision.location,
    backUrl: addressOf(options, 'refused', pending),
  })
  sendPage(res, page)
}

function decide(
  options: LoginOptions,
  { found, pending }: AppRequest,
  session: LiveSession | undefined,
): Promise<GateDecision> {
  return options.host.gate.decide({
    app: found.app,
    session,
    returnTo: addressOf(options, 'proceed', pending),
    cancelTo: addressOf(options, 'cancel', pending),
    ...(pending.isForced && { authenticatedSince: pending.iat }),
    ...(pending.acrValues && { acrValues: pending.acrValues }),
  })
}

function createUnsolicited({ app, settings }: FoundApp, now: number): Pending {
  return {
    appId: app.id,
    consumerUrl: settings.consumerUrls[0] ?? '',
    nameId: settings.nameId,
    isForced: false,
    isPassive: false,
    iat: now,
  }
}
