/**
 * Single logout (SAML core section 3.7, profiles section 4.4), in both directions. An app that asks for it ends the session,
 * and with it everything that apps got from the session. When a session ends otherwise, each app is notified through the
 * browser. Owns which messages are accepted and what follows from them; the logout page decides which app is next.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  findClaimedIssuer,
  type ReceivedMessage,
  readLogoutRequest,
  readLogoutResponse,
  type Status,
} from '#saml'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import { afterLogout } from '../../../platform/http/headers.ts'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { type NodeHandler, redirect, sendPage } from '../answer.ts'
import { type LogoutCarrier, logoutPath } from '../logouts.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { SignedRequests } from '../signed-request.ts'
import type { FoundApp, SamlApps } from './apps.ts'
import { checkHead, maxRelayState, skew } from './check-request.ts'
import { type LogoutMessages, readLogoutState } from './logout-messages.ts'
import { receiveMessage, refuseSoap } from './message.ts'
import type { MessageLimit } from './message-limit.ts'
import type { NameIds } from './name-ids.ts'
import { samlPaths } from './paths.ts'
import type { ParticipantData, PendingLogout } from './pending-logout.ts'
import { describeUnknownApp, noteAnswer, noteRefusal, type SamlRefusalReason } from './refusals.ts'

export interface LogoutOptions {
  readonly host: ProtocolHost
  readonly apps: SamlApps
  readonly nameIds: NameIds
  readonly messages: LogoutMessages
  readonly pendings: SignedRequests<PendingLogout>
  readonly limit: MessageLimit
}

export interface SamlLogout {
  /** Receives a request or an answer of an app, by either binding. */
  readonly receive: NodeHandler
  /** Handles the same request after a redirect from `receive`. */
  readonly proceed: NodeHandler
}

const requestField = 'request'

export function createSamlLogout(options: LogoutOptions): SamlLogout {
  const { host, apps, pendings, limit } = options
  return {
    receive: limit.guard(async (req, res) => {
      if (refuseSoap(req, res)) return noteRefusal(host, 'unsupported_binding')
      const received = await receiveMessage(req, (size) => limit.admit(req, size))
      if (received.type === 'refused') return refuse(host, req, res, received)
      const { message } = received
      const issuer = findClaimedIssuer(message)
      const found = await apps.findByEntityId(issuer)
      if (found === undefined) {
        const detail = describeUnknownApp(issuer)
        return refuse(host, req, res, { reason: 'unknown_app', detail })
      }
      if (message.parameter === 'SAMLResponse') {
        return await finishOurs(options, req, res, { found, message })
      }
      const read = readRequest(options, found, message)
      if ('refused' in read) return refuse(host, req, res, { ...read.refused, appId: found.app.id })
      limit.takeBack(req, message)
      const { pending } = read
      // The browser does not send the session's cookie with a form that comes from another site.
      if (req.method === 'POST') {
        const carried = new URLSearchParams({ [requestField]: pendings.sign(pending) })
        return redirect(res, `${samlPaths.proceedLogout}?${carried}`)
      }
      await endLogin(options, req, res, { found, pending })
    }),
    async proceed(req, res) {
      const { searchParams } = new URL(req.url ?? '/', host.publicUrl)
      const pending = pendings.open(searchParams.get(requestField) ?? '')
      const found = pending && (await apps.findById(pending.appId))
      if (pending === undefined || found === undefined) {
        return refuse(host, req, res, {
          reason: 'request_expired',
          detail: 'a request that is over',
        })
      }
      await endLogin(options, req, res, { found, pending })
    },
  }
}

interface RefusedLogout {
  readonly reason: SamlRefusalReason
  readonly detail: string
  readonly appId?: string
}

function refuse(
  host: ProtocolHost,
  req: IncomingMessage,
  res: ServerResponse,
  { reason, detail, appId }: RefusedLogout,
): void {
  host.base.log.info({ reason, detail, appId }, 'A SAML logout was refused.')
  noteRefusal(host, reason, appId, req)
  sendPage(res, host.pages.renderError(req, { status: 400, code: reason, isLogout: true }))
}

type ReadLogout = { readonly pending: PendingLogout } | { readonly refused: RefusedLogout }

function readRequest(
  { host }: LogoutOptions,
  { app, keys }: FoundApp,
  message: ReceivedMessage,
): ReadLogout {
  const read = readLogoutRequest(message, keys)
  if (read.type === 'refused') return { refused: read }
  const { request } = read
  const now = host.base.clock.now()
  const wrong = checkHead(request, { ownUrl: findOwnUrl(host), now })
  if (wrong !== undefined) return refused(wrong)
  if ((request.notOnOrAfter ?? now) <= now - skew) return refused('request_expired')
  const { relayState } = message
  // Measured as JSON, because it is stored in a cookie.
  if (Buffer.byteLength(JSON.stringify(relayState ?? '')) > maxRelayState + 2)
    return refused('relay_state_too_long')
  const pending = {
    appId: app.id,
    requestId: request.id,
    ...(relayState !== undefined && { relayState }),
    nameId: request.nameId.value,
    sessionIndexes: [...request.sessionIndexes],
    iat: now,
  }
  return { pending }
}

/** The address to which apps send messages of a logout (SAML bindings section 3.5.5.2). */
function findOwnUrl({ publicUrl }: Pick<ProtocolHost, 'publicUrl'>): string {
  return `${publicUrl}${samlPaths.logout}`
}

function refused(reason: SamlRefusalReason): ReadLogout {
  return { refused: { reason, detail: reason } }
}

interface AppLogout {
  readonly found: FoundApp
  readonly pending: PendingLogout
}

/** Ends the session of this browser, if the app means this session. The app gets its answer after all others were logged out. */
async function endLogin(
  options: LogoutOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { found, pending }: AppLogout,
): Promise<void> {
  const { host, messages } = options
  const session = await host.sessions.findByCookie(req.headers.cookie)
  if (session !== undefined && !(await isMeant(options, { found, pending }, session))) {
    const status: Status = { code: 'Requester', reason: 'UnknownPrincipal' }
    noteAnswer(host, status, found.app.id)
    return await messages.answer(req, res, { found, asked: pending, status })
  }
  if (session === undefined) {
    const status: Status = { code: 'Success' }
    return await messages.answer(req, res, { found, asked: pending, status })
  }
  const { id: appId, name: appName, protocol } = found.app
  const participant = { sessionId: session.id, userId: session.userId, appId, protocol }
  const data: ParticipantData = { hasAsked: true }
  await transact(host.base.db, (tx) => host.noteEntry(tx, { ...participant, data }))
  const url = messages.planAnswer(found, pending, session.id)
  const cookies = await host.sessions.logOut(session, url === undefined ? url : { appName, url })
  res.setHeader(...afterLogout).setHeader('set-cookie', [...cookies])
  const isWaiting = await host.sessions.waitsForBrowser(session.id)
  redirect(res, isWaiting ? logoutPath : (url ?? logoutPath))
}

async function isMeant(
  { host, nameIds }: LogoutOptions,
  { found, pending }: AppLogout,
  session: LiveSession,
): Promise<boolean> {
  const user = await host.users.find(host.base.db, session.userId)
  if (user === undefined) return false
  const named = { user, session, entityId: found.settings.entityId }
  const { nameId: value, sessionIndexes } = pending
  const isSession =
    sessionIndexes.length === 0 || sessionIndexes.includes(nameIds.indexSession(named))
  return isSession && nameIds.isOf({ value }, named)
}

/** Handles the answer to a request of ours. In a frame the browser does not send our cookies, and the answer needs none. */
async function finishOurs(
  options: LogoutOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { found, message }: { readonly found: FoundApp; readonly message: ReceivedMessage },
): Promise<void> {
  const answer = readAnswer(options, found, message)
  if ('reason' in answer) return refuse(options.host, req, res, { ...answer, appId: found.app.id })
  options.limit.takeBack(req, message)
  await options.host.sessions.noteLogoutAnswer(answer.id, answer.isLoggedOut)
  if (answer.place === 'window') return redirect(res, logoutPath)
  res.writeHead(204, { 'cache-control': 'no-store' }).end()
}

type Answer = LogoutCarrier & { readonly isLoggedOut: boolean }

/** What an app answered, or what is wrong with the answer. */
function readAnswer(
  options: LogoutOptions,
  { keys }: FoundApp,
  message: ReceivedMessage,
): Answer | RefusedLogout {
  const read = readLogoutResponse(message, keys)
  if (read.type === 'refused') return read
  const carrier = readLogoutState(message.relayState)
  const { inResponseTo, status, destination } = read.response
  const ownUrl = findOwnUrl(options.host)
  if (destination !== undefined && destination !== ownUrl) {
    return { reason: 'wrong_destination', detail: 'an answer for another address' }
  }
  if (
    carrier === undefined ||
    !equalInConstantTime(inResponseTo, options.messages.computeRequestId(carrier.id))
  )
    return { reason: 'unknown_answer', detail: 'an answer to no request of ours' }
  const isPartial = status.reason?.endsWith(':PartialLogout') === true
  return { ...carrier, isLoggedOut: status.isSuccess && !isPartial }
}
