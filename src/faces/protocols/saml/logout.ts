/**
 * Single logout (SAML core section 3.7, profiles section 4.4), both ways. An app that asks for it ends the login, and with it
 * what every app has of it; when a login ends otherwise, each app hears of it through the browser. Owns what the messages say
 * and which of them are believed; which app is next is the logout page's.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  buildRedirect,
  findClaimedIssuer,
  type NameId,
  type ReceivedMessage,
  readLogoutRequest,
  readLogoutResponse,
  type Status,
  writeLogoutRequest,
  writeLogoutResponse,
} from '#saml'
import type { Participant } from '../../../identity/sessions/participants.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { equalInConstantTime, hmac } from '../../../platform/kernel/crypto.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { type NodeHandler, redirect, sendPage } from '../answer.ts'
import { createDocumentId, type DocumentKeys } from '../document-keys.ts'
import { type ComeBack, findComeBack, type LogoutChannel, logoutPath } from '../logouts.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { SignedRequests } from '../signed-request.ts'
import type { FoundApp, SamlApps } from './apps.ts'
import { checkHead, maxRelayState } from './check-request.ts'
import { receiveMessage } from './message.ts'
import type { NameIds } from './name-ids.ts'
import { samlPaths } from './paths.ts'
import { type PendingLogout, participantDataSchema } from './pending-logout.ts'
import { noteAnswer, noteRefusal, type SamlRefusalReason } from './refusals.ts'

export interface LogoutOptions {
  readonly host: ProtocolHost
  readonly entityId: string
  readonly apps: SamlApps
  readonly nameIds: NameIds
  readonly keys: DocumentKeys
  readonly pendings: SignedRequests<PendingLogout>
}

export interface SamlLogout {
  /** A request or an answer of an app, by either binding. */
  readonly receive: NodeHandler
  /** The same request, from our own page. */
  readonly proceed: NodeHandler
  findChannel(participant: Participant, comeBack: ComeBack): Promise<LogoutChannel>
}

const requestField = 'request'
/** A row of the queue, in the RelayState of our requests. */
const queueId = /^[\da-f-]{36}$/

export function createSamlLogout(options: LogoutOptions): SamlLogout {
  const { host, apps, pendings } = options
  return {
    async receive(req, res) {
      const received = await receiveMessage(req)
      if (received.type === 'refused') return refuse(host, req, res, received)
      const { message } = received
      const found = await apps.findByEntityId(findClaimedIssuer(message))
      if (found === undefined) {
        const detail = 'no app has this entity id'
        return refuse(host, req, res, { reason: 'unknown_app', detail })
      }
      if (message.parameter === 'SAMLResponse') {
        return finishOurs(options, req, res, { found, message })
      }
      const read = readRequest(options, found, message)
      if ('refused' in read) return refuse(host, req, res, { ...read.refused, appId: found.app.id })
      const { pending } = read
      // The browser leaves the session's cookie out of a form that comes from another site.
      if (req.method === 'POST') {
        const carried = new URLSearchParams({ [requestField]: pendings.sign(pending) })
        return redirect(res, `${samlPaths.proceedLogout}?${carried}`)
      }
      await endLogin(options, req, res, { found, pending })
    },
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
    findChannel: (participant, comeBack) => findChannel(options, participant, comeBack),
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
  noteRefusal(host, reason, appId)
  sendPage(res, host.pages.renderError(req, { status: 400, code: reason }))
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
  const wrong = checkHead(request, { ownUrl: `${host.publicUrl}${samlPaths.logout}`, now })
  if (wrong !== undefined) return refused(wrong)
  if ((request.notOnOrAfter ?? now + 1) <= now) return refused('request_expired')
  const { relayState } = message
  if (Buffer.byteLength(relayState ?? '') > maxRelayState) return refused('relay_state_too_long')
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

function refused(reason: SamlRefusalReason): ReadLogout {
  return { refused: { reason, detail: reason } }
}

interface AppLogout {
  readonly found: FoundApp
  readonly pending: PendingLogout
}

/** Ends the login that this browser has, if it is the one that the app means; the page of the logout has its answer last. */
async function endLogin(
  options: LogoutOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { found, pending }: AppLogout,
): Promise<void> {
  const { host } = options
  const session = await host.sessions.findByCookie(req.headers.cookie)
  if (session !== undefined && !(await isMeant(options, { found, pending }, session))) {
    const status: Status = { code: 'Requester', reason: 'UnknownPrincipal' }
    return await answer(options, res, { found, pending, status })
  }
  if (session === undefined) {
    return await answer(options, res, { found, pending, status: { code: 'Success' } })
  }
  const { requestId: id, relayState } = pending
  const participant: Participant = {
    ...{ sessionId: session.id, userId: session.userId },
    ...{ appId: found.app.id, protocol: found.app.protocol },
    data: { asked: { id, ...(relayState !== undefined && { relayState }) } },
  }
  await transact(host.base.db, (tx) => host.noteEntry(tx, participant))
  res.setHeader('set-cookie', [...(await host.sessions.logOut(session))])
  redirect(res, logoutPath)
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

/** Where no login has to end. */
async function answer(
  options: LogoutOptions,
  res: ServerResponse,
  { found, pending, status }: AppLogout & { readonly status: Status },
): Promise<void> {
  noteAnswer(options.host, status, found.app.id)
  const { requestId: id, relayState } = pending
  const asked = { id, ...(relayState !== undefined && { relayState }) }
  redirect(res, (await buildAnswer(options, found, asked, status)) ?? logoutPath)
}

/** The address with our answer; undefined for an app without one. */
async function buildAnswer(
  { host, entityId, keys }: LogoutOptions,
  { settings }: FoundApp,
  asked: { readonly id: string; readonly relayState?: string | undefined },
  status: Status,
): Promise<string | undefined> {
  const destination = settings.logoutResponseUrl ?? settings.logoutUrl
  if (destination === undefined) return undefined
  const { clock, random } = host.base
  const xml = writeLogoutResponse({
    id: createDocumentId(random),
    issuer: entityId,
    issuedAt: clock.now(),
    destination,
    inResponseTo: asked.id,
    status,
  })
  const key = await keys.findSigningKey()
  const { relayState } = asked
  return buildRedirect(destination, { parameter: 'SAMLResponse', xml, relayState, key })
}

/** How an app hears of the end of a session: our request, or our answer where it asked itself. */
async function findChannel(
  options: LogoutOptions,
  { appId, data }: Participant,
  { done }: ComeBack,
): Promise<LogoutChannel> {
  const found = await options.apps.findById(appId)
  if (found === undefined) return { type: 'none' }
  const { nameId, sessionIndex, asked } = participantDataSchema.parse(data)
  if (asked !== undefined) {
    const url = await buildAnswer(options, found, asked, { code: 'Success' })
    return url === undefined ? { type: 'none' } : { type: 'redirect', url, isFinal: true }
  }
  const { logoutUrl, logoutBinding } = found.settings
  if (nameId === undefined || logoutUrl === undefined || logoutBinding !== 'redirect') {
    return { type: 'none' }
  }
  const id = findQueueId(done)
  const url = await buildRequest(options, {
    ...{ destination: logoutUrl, id, sessionIndex },
    nameId: withoutAbsent(nameId),
  })
  return { type: 'redirect', url }
}

function withoutAbsent({ value, format, nameQualifier, spNameQualifier }: Absent): NameId {
  return {
    value,
    ...(format !== undefined && { format }),
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
  }
}

type Absent = { readonly [Key in keyof NameId]: NameId[Key] | undefined } & Pick<NameId, 'value'>

const findQueueId = (path: string): string => path.split('/').at(-2) ?? ''

async function buildRequest(
  options: LogoutOptions,
  request: {
    readonly destination: string
    readonly id: string
    readonly nameId: NameId
    readonly sessionIndex: string | undefined
  },
): Promise<string> {
  const { host, entityId, keys } = options
  const { destination, id, nameId, sessionIndex } = request
  const now = host.base.clock.now()
  const xml = writeLogoutRequest({
    id: computeRequestId(options, id),
    issuer: entityId,
    issuedAt: now,
    destination,
    notOnOrAfter: now + minutes(5),
    nameId,
    ...(sessionIndex !== undefined && { sessionIndex }),
  })
  const key = await keys.findSigningKey()
  return buildRedirect(destination, { parameter: 'SAMLRequest', xml, relayState: id, key })
}

/** The id of our request follows from its row, so that an answer to it is known without another one. */
function computeRequestId({ host }: LogoutOptions, id: string): string {
  return `_${hmac(host.base.keyring.derive('saml logout request'), id)}`
}

/** The answer to a request of ours. */
function finishOurs(
  options: LogoutOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { found, message }: { readonly found: FoundApp; readonly message: ReceivedMessage },
): void {
  const comeBack = findEnd(options, found, message)
  if (typeof comeBack === 'string') redirect(res, comeBack)
  else refuse(options.host, req, res, { ...comeBack, appId: found.app.id })
}

/** Where the browser goes on after an answer, or what is wrong with it. */
function findEnd(
  options: LogoutOptions,
  { keys }: FoundApp,
  message: ReceivedMessage,
): string | RefusedLogout {
  const read = readLogoutResponse(message, keys)
  if (read.type === 'refused') return read
  const id = message.relayState ?? ''
  const { inResponseTo, status } = read.response
  const isOurs =
    queueId.test(id) && equalInConstantTime(inResponseTo, computeRequestId(options, id))
  if (!isOurs) return { reason: 'unknown_answer', detail: 'an answer to no request of ours' }
  const comeBack = findComeBack(id)
  return status.isSuccess ? comeBack.done : comeBack.failed
}
