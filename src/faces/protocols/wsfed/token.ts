/** The answer to a WS-Federation app: a token in a form that the browser submits. Owns the content of a token. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Claim, writeTokenResponse } from '#saml'
import type { App } from '../../../identity/apps/apps.ts'
import { acrPassword } from '../../../identity/policy/assurance.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import { hours } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { sendPage } from '../answer.ts'
import { sendFormPost } from '../document-answer.ts'
import { createDocumentId, type DocumentKeys } from '../document-keys.ts'
import type { ProtocolHost } from '../protocol.ts'
import { findClaims } from './claims.ts'
import { wsfedEvents } from './events.ts'
import type { Pending } from './pending.ts'
import type { WsfedAppSettings } from './settings.ts'

export interface Granted {
  readonly app: App
  readonly settings: WsfedAppSettings
  readonly pending: Pending
  readonly session: LiveSession
}

export type TokenAnswer = (
  req: IncomingMessage,
  res: ServerResponse,
  granted: Granted,
) => Promise<void>

export interface TokenOptions {
  readonly host: ProtocolHost
  readonly issuer: string
  readonly keys: DocumentKeys
}

/** The default of AD FS. The app's own session begins with the token and has its own lifetime. */
const tokenLifetime = hours(1)

const methods = {
  password: 'urn:oasis:names:tc:SAML:1.0:am:password',
  several: 'http://schemas.microsoft.com/claims/multipleauthn',
}

export function createTokenAnswer(options: TokenOptions): TokenAnswer {
  const { host } = options
  const { base, pages, users } = host
  return async (req, res, granted) => {
    const { app, pending, session } = granted
    const user = await users.find(base.db, session.userId)
    if (user === undefined) throw new Error('a live session has no user')
    const { releaseValues } = host
    const found = await findClaims({ db: base.db, releaseValues }, user, granted.settings)
    const missing = Object.keys(found.missing)
    if (missing.length > 0) {
      base.log.warn(
        { appId: app.id, userId: user.id, missing },
        'A token would have no such claim.',
      )
      host.noteRefusal({ protocol: 'wsfed', reason: 'missing_claim', appId: app.id })
      const { username } = user
      return sendPage(res, pages.renderClaimMissing(req, { appName: app.name, username }))
    }
    await noteSignIn(host, granted)
    const wresult = await writeToken(options, granted, found.claims)
    const { context } = pending
    sendFormPost(host, req, res, {
      action: pending.reply,
      fields: { wa: 'wsignin1.0', wresult, ...(context !== undefined && { wctx: context }) },
      appName: app.name,
      purpose: 'login',
      // Exchange accepts a token only from a page of its issuer and checks the Referer; an origin is enough.
      headers: { 'referrer-policy': 'strict-origin' },
    })
  }
}

async function noteSignIn(
  { base, noteEntry }: ProtocolHost,
  { app, session }: Granted,
): Promise<void> {
  await transact(base.db, async (tx) => {
    const entry = { userId: session.userId, sessionId: session.id, appId: app.id }
    await noteEntry(tx, { ...entry, protocol: app.protocol, data: {} })
    await base.audit.record(tx, wsfedEvents.signedIn, entry)
  })
}

async function writeToken(
  { host, issuer, keys }: TokenOptions,
  { pending, session }: Granted,
  claims: readonly Claim[],
): Promise<string> {
  const { clock, random } = host.base
  const now = clock.now()
  const token = {
    id: createDocumentId(random),
    issuer,
    audience: pending.realm,
    issuedAt: now,
    notOnOrAfter: now + tokenLifetime,
    claims,
    login: {
      at: session.authenticatedAt,
      method: session.acr === acrPassword ? methods.password : methods.several,
    },
  }
  return writeTokenResponse(token, await keys.findSigningKey())
}
