/**
 * The messages of a single logout to an app: our request, and our answer to its request. A message is written when the browser
 * arrives to take it along, and uses the binding of the app. Owns their content; other files decide when they are sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  buildPostFields,
  buildRedirect,
  type SentMessage,
  type Status,
  writeLogoutRequest,
  writeLogoutResponse,
} from '#saml'
import type { Participant } from '../../../identity/sessions/participants.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { hmac } from '../../../platform/kernel/crypto.ts'
import { findAddress, type NodeHandler, redirect, sendPage } from '../answer.ts'
import { sendFormPost } from '../document-answer.ts'
import { createDocumentId, type DocumentKeys } from '../document-keys.ts'
import { type LogoutCarrier, type LogoutChannel, logoutPath } from '../logouts.ts'
import type { FormPost } from '../pages.ts'
import type { ProtocolHost } from '../protocol.ts'
import { createSignedRequests } from '../signed-request.ts'
import type { FoundApp, SamlApps } from './apps.ts'
import { samlPaths } from './paths.ts'
import {
  type PendingAnswer,
  type PendingRequest,
  participantDataSchema,
  pendingAnswerSchema,
  pendingRequestSchema,
} from './pending-logout.ts'

export interface LogoutMessagesOptions {
  readonly host: ProtocolHost
  readonly entityId: string
  readonly apps: SamlApps
  readonly keys: DocumentKeys
}

/** The app's request that is answered. */
export interface AskedLogout {
  readonly requestId: string
  readonly relayState?: string | undefined
}

export interface Answer {
  readonly found: FoundApp
  readonly asked: AskedLogout
  readonly status: Status
}

export type LogoutMessages = ReturnType<typeof createLogoutMessages>

const field = 'request'

export function createLogoutMessages(options: LogoutMessagesOptions) {
  const { host, apps } = options
  const { base, sessions } = host
  const requests = createSignedRequests<PendingRequest>({
    key: base.keyring.derive('saml logout to ask for'),
    clock: base.clock,
    schema: pendingRequestSchema,
  })
  const answers = createSignedRequests<PendingAnswer>({
    key: base.keyring.derive('saml logout to answer'),
    clock: base.clock,
    schema: pendingAnswerSchema,
  })
  const addressOf = (path: string, signed: string) =>
    `${path}?${new URLSearchParams({ [field]: signed })}`
  const readSigned = (req: IncomingMessage) =>
    findAddress(req, host.publicUrl).searchParams.get(field) ?? ''

  const sendRequest: NodeHandler = async (req, res) => {
    const pending = requests.open(readSigned(req))
    const found = pending && (await apps.findById(pending.appId))
    const destination = found?.settings.logoutUrl
    if (pending === undefined || found === undefined || destination === undefined) {
      return refuseOver(host, req, res)
    }
    const relayState = writeLogoutState(pending)
    const message = { xml: writeRequest(options, pending, destination), relayState }
    await send(options, req, res, { found, destination, parameter: 'SAMLRequest', ...message })
  }

  const answer = async (
    req: IncomingMessage,
    res: ServerResponse,
    { found, asked, status }: Answer,
  ): Promise<void> => {
    const destination = findAnswerAddress(found)
    if (destination === undefined) return redirect(res, logoutPath)
    const document = writeAnswer(options, { destination, requestId: asked.requestId, status })
    const message = { xml: document, relayState: asked.relayState }
    await send(options, req, res, { found, destination, parameter: 'SAMLResponse', ...message })
  }

  const sendAnswer: NodeHandler = async (req, res) => {
    const pending = answers.open(readSigned(req))
    const found = pending && (await apps.findById(pending.appId))
    if (pending === undefined || found === undefined) return refuseOver(host, req, res)
    const isWhole = await sessions.areAppsLoggedOut(pending.sessionId)
    // The session itself has ended: `Success`. `PartialLogout` says that not every app was notified.
    const status: Status = { code: 'Success', ...(!isWhole && { reason: 'PartialLogout' }) }
    await answer(req, res, { found, asked: pending, status })
  }

  return {
    sendRequest,
    sendAnswer,
    answer,

    /** Where the browser gets the answer after all apps were logged out; `undefined` for an app that accepts no answer. */
    planAnswer(found: FoundApp, asked: AskedLogout, sessionId: string): string | undefined {
      if (findAnswerAddress(found) === undefined) return undefined
      const { requestId, relayState } = asked
      const signed = answers.sign({
        ...{ appId: found.app.id, sessionId, requestId, iat: base.clock.now() },
        ...(relayState !== undefined && { relayState }),
      })
      return addressOf(samlPaths.answerLogout, signed)
    },

    /** How an app is notified of the end of a session. */
    async findChannel(
      { appId, data }: Participant,
      carrier: LogoutCarrier,
    ): Promise<LogoutChannel> {
      const found = await apps.findById(appId)
      const { nameId, sessionIndex, hasAsked } = participantDataSchema.parse(data)
      // This app has logged the person out itself, and gets its answer last.
      if (hasAsked) return { type: 'back_channel', notify: async () => ({ type: 'sent' }) }
      if (found?.settings.logoutUrl === undefined || nameId === undefined) return { type: 'none' }
      const iat = base.clock.now()
      const signed = requests.sign({ appId, ...carrier, nameId, sessionIndex, iat })
      return { type: 'message', url: addressOf(samlPaths.askLogout, signed) }
    },

    computeRequestId: (id: string) => computeRequestId(options, id),
  }
}

function refuseOver(
  { pages }: Pick<ProtocolHost, 'pages'>,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const problem = { status: 400, code: 'request_expired', isLogout: true }
  sendPage(res, pages.renderError(req, problem))
}

function findAnswerAddress({ settings }: FoundApp): string | undefined {
  return settings.logoutResponseUrl ?? settings.logoutUrl
}

const inWindow = '.window'

/** The RelayState of our request, at most 80 bytes (SAML bindings section 3.4.3). */
function writeLogoutState({ id, place }: LogoutCarrier): string {
  return place === 'window' ? `${id}${inWindow}` : id
}

export function readLogoutState(relayState = ''): LogoutCarrier | undefined {
  const isWindow = relayState.endsWith(inWindow)
  const id = isWindow ? relayState.slice(0, -inWindow.length) : relayState
  return /^[\da-f-]{36}$/.test(id) ? { id, place: isWindow ? 'window' : 'frame' } : undefined
}

/** The id of our request is computed from its row, so that its answer is recognized without another stored id. */
function computeRequestId({ host }: LogoutMessagesOptions, id: string): string {
  return `_${hmac(host.base.keyring.derive('saml logout request'), id)}`
}

type Unsigned = (key?: Parameters<typeof writeLogoutRequest>[1]) => string

function writeRequest(
  options: LogoutMessagesOptions,
  { id, nameId, sessionIndex }: PendingRequest,
  destination: string,
): Unsigned {
  const now = options.host.base.clock.now()
  const { value, format, nameQualifier, spNameQualifier } = nameId
  const request = {
    id: computeRequestId(options, id),
    issuer: options.entityId,
    issuedAt: now,
    destination,
    notOnOrAfter: now + minutes(5),
    nameId: {
      value,
      ...(format !== undefined && { format }),
      ...(nameQualifier !== undefined && { nameQualifier }),
      ...(spNameQualifier !== undefined && { spNameQualifier }),
    },
    ...(sessionIndex !== undefined && { sessionIndex }),
  }
  return (key) => writeLogoutRequest(request, key)
}

function writeAnswer(
  { host, entityId }: LogoutMessagesOptions,
  answer: {
    readonly destination: string
    readonly requestId: string
    readonly status: Status
  },
): Unsigned {
  const { clock, random } = host.base
  const { destination, requestId, status } = answer
  const response = {
    id: createDocumentId(random),
    issuer: entityId,
    issuedAt: clock.now(),
    destination,
    inResponseTo: requestId,
    status,
  }
  return (key) => writeLogoutResponse(response, key)
}

interface Sending extends Pick<SentMessage, 'parameter' | 'relayState'> {
  readonly found: FoundApp
  readonly destination: string
  readonly xml: Unsigned
}

/** Sends by the binding of the app: signed in the query, or inside of the document. */
async function send(
  { host, keys }: LogoutMessagesOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { found, destination, parameter, xml, relayState }: Sending,
): Promise<void> {
  const key = await keys.findSigningKey()
  if (found.settings.logoutBinding === 'redirect') {
    return redirect(res, buildRedirect(destination, { parameter, xml: xml(), relayState, key }))
  }
  const form: FormPost = {
    action: destination,
    fields: buildPostFields({ parameter, xml: xml(key), relayState }),
    appName: found.app.name,
    purpose: parameter === 'SAMLRequest' ? 'logout' : 'logged_out',
  }
  sendFormPost(host, req, res, form)
}
