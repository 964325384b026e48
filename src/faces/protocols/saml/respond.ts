/**
 * The answer to an app, as a form that the browser submits. Owns the content of an assertion, and that a request is answered
 * with a login only once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  buildPostFields,
  type NameId,
  readCertificate,
  type Status,
  writeErrorResponse,
  writeResponse,
} from '#saml'
import { isVerifiedAddress } from '../../../identity/provisioning/verified-contacts.ts'
import type { Participant } from '../../../identity/sessions/participants.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { User } from '../../../identity/users/user.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { sendPage } from '../answer.ts'
import { sendFormPost } from '../document-answer.ts'
import { createDocumentId, type DocumentKeys } from '../document-keys.ts'
import type { FormPost } from '../pages.ts'
import type { ProtocolHost } from '../protocol.ts'
import { requestLifetime } from '../signed-request.ts'
import { takeRequest } from './answered.ts'
import type { FoundApp } from './apps.ts'
import { listAttributes } from './attributes.ts'
import { samlEvents } from './events.ts'
import { chooseClass } from './levels.ts'
import type { Named, NameIdKind, NameIds } from './name-ids.ts'
import type { Pending } from './pending.ts'
import { noteAnswer } from './refusals.ts'

export interface ResponderOptions {
  readonly host: ProtocolHost
  readonly entityId: string
  readonly nameIds: NameIds
  readonly keys: DocumentKeys
}

export interface Granted extends FoundApp {
  readonly pending: Pending
  readonly session: LiveSession
}

export interface Denied extends FoundApp {
  readonly pending: Pending
  readonly status: Status
}

export interface Responder {
  grant(req: IncomingMessage, res: ServerResponse, granted: Granted): Promise<void>
  deny(req: IncomingMessage, res: ServerResponse, denied: Denied): Promise<void>
}

/** How long an app may take to accept an assertion. Its clock may be wrong, and a browser may be slow. */
const assertionLifetime = minutes(5)

export function createResponder(options: ResponderOptions): Responder {
  const { host, nameIds } = options
  const { base, pages, users } = host
  return {
    async grant(req, res, granted) {
      const { pending, session, app, settings } = granted
      const user = await users.find(base.db, session.userId)
      if (user === undefined) throw new Error('a live session has no user')
      const named = { user, session, entityId: settings.entityId }
      const nameId = await findNameId(options, pending.nameId, named)
      if (nameId === undefined) {
        const status: Status = { code: 'Responder', reason: 'InvalidNameIDPolicy' }
        return await this.deny(req, res, { ...granted, status })
      }
      const data = { nameId, sessionIndex: nameIds.indexSession(named) }
      if (!(await take(options, granted, data))) {
        const over = { isSignedIn: true, ...describeStart(app) }
        return sendPage(res, pages.renderOver(req, over))
      }
      const xml = await writeGranted(options, granted, { user, ...data })
      sendFormPost(host, req, res, describePost(granted, xml, 'login'))
    },
    async deny(req, res, denied) {
      noteAnswer(host, denied.status, denied.app.id)
      const key = await options.keys.findSigningKey()
      const xml = writeErrorResponse(buildHead(options, denied.pending), denied.status, key)
      sendFormPost(host, req, res, describePost(denied, xml, 'error'))
    },
  }
}

/** `undefined`: the name would be an e-mail address that is not verified. The app would take the person for its owner. */
async function findNameId(
  { host: { base, findVerifiedContacts }, nameIds }: ResponderOptions,
  kind: NameIdKind,
  named: Named,
): Promise<NameId | undefined> {
  const { user, entityId } = named
  if (kind !== 'email') return nameIds.write(kind, named)
  const contacts = await findVerifiedContacts(base.db, user)
  if (isVerifiedAddress(contacts, user.email ?? '')) return nameIds.write(kind, named)
  const { id: userId } = user
  base.log.warn(
    { userId, entityId },
    'A SAML app calls users by verified addresses, and this user has none.',
  )
  return undefined
}

function describeStart(app: FoundApp['app']) {
  return app.startUrl === undefined ? {} : { app: { name: app.name, startUrl: app.startUrl } }
}

/** Records that the request is answered and that the app takes part in the session. `false`: it was answered before. */
function take(
  { host }: ResponderOptions,
  { pending, session, app }: Granted,
  data: Participant['data'],
): Promise<boolean> {
  const { base } = host
  return transact(base.db, async (tx) => {
    const { requestId } = pending
    const expiresAt = pending.iat + 2 * requestLifetime
    const isFirst =
      requestId === undefined || (await takeRequest(tx, { appId: app.id, requestId, expiresAt }))
    if (!isFirst) return false
    const entry = { userId: session.userId, sessionId: session.id, appId: app.id }
    await host.noteEntry(tx, { ...entry, protocol: app.protocol, data })
    await base.audit.record(tx, samlEvents.signedIn, entry)
    return true
  })
}

function buildHead({ host, entityId }: ResponderOptions, pending: Pending) {
  const { base } = host
  return {
    id: createDocumentId(base.random),
    issuer: entityId,
    issuedAt: base.clock.now(),
    destination: pending.consumerUrl,
    inResponseTo: pending.requestId,
  }
}

async function writeGranted(
  options: ResponderOptions,
  { pending, session, settings }: Granted,
  subject: { readonly user: User; readonly nameId: NameId; readonly sessionIndex: string },
): Promise<string> {
  const { host } = options
  const { user, nameId, sessionIndex } = subject
  const { random } = host.base
  const head = buildHead(options, pending)
  const { encryptionCertificate } = settings
  return writeResponse({
    head,
    key: await options.keys.findSigningKey(),
    assertion: {
      id: createDocumentId(random),
      issuer: head.issuer,
      issuedAt: head.issuedAt,
      notOnOrAfter: head.issuedAt + assertionLifetime,
      audience: settings.entityId,
      subject: { nameId, recipient: pending.consumerUrl, inResponseTo: pending.requestId },
      login: {
        at: session.authenticatedAt,
        sessionIndex,
        contextClass: chooseClass(session.acr, pending.classes),
      },
      attributes: await listAttributes(host, user, settings.attributes),
    },
    ...(encryptionCertificate !== undefined && {
      encryption: {
        key: readCertificate(encryptionCertificate),
        randomBytes: random.bytes,
      },
    }),
  })
}

function describePost(
  { pending, app }: Granted | Denied,
  xml: string,
  purpose: FormPost['purpose'],
): FormPost {
  const { consumerUrl: action, relayState } = pending
  const fields = buildPostFields({ parameter: 'SAMLResponse', xml, relayState })
  return { action, fields, appName: app.name, purpose }
}
