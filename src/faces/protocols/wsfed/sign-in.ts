/** The login of a person to a WS-Federation app. Asks the gate and makes no decision itself. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../../identity/apps/apps.ts'
import { listRealmForms, matchRealm } from '../../../identity/apps/match-address.ts'
import { quoteReceived } from '../../../platform/kernel/text.ts'
import { type NodeHandler, redirect, sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { SignedRequests } from '../signed-request.ts'
import { wsfedPaths } from './paths.ts'
import type { Pending } from './pending.ts'
import type { WsfedRefusalReason } from './refusals.ts'
import { checkSignIn } from './request.ts'
import { readSettings, type WsfedAppSettings } from './settings.ts'
import type { TokenAnswer } from './token.ts'

export interface SignInOptions {
  readonly host: ProtocolHost
  readonly pendings: SignedRequests<Pending>
  readonly answer: TokenAnswer
}

export interface SignIn {
  receive(
    req: IncomingMessage,
    res: ServerResponse,
    query: ReadonlyMap<string, string>,
  ): Promise<void>
  /** Continues after the login page. */
  readonly proceed: NodeHandler
  /** Says that the login was cancelled. WS-Federation has no answer for that, and the app would begin the login again. */
  readonly cancel: NodeHandler
}

interface AppRequest {
  readonly app: App
  readonly settings: WsfedAppSettings
  readonly pending: Pending
}

const requestField = 'request'

export function createSignIn(options: SignInOptions): SignIn {
  const { host } = options
  return {
    async receive(req, res, query) {
      const realm = query.get('wtrealm') ?? ''
      const app = await findByRealm(host, realm)
      if (app === undefined)
        return refuse(host, req, res, { reason: 'unknown_realm', detail: realm })
      const settings = readSettings(app)
      const now = host.base.clock.now()
      const checked = checkSignIn(query, settings, now)
      if (checked.type === 'refused') {
        const { reason } = checked
        const detail = reason === 'unknown_reply_url' ? (query.get('wreply') ?? realm) : undefined
        return refuse(host, req, res, { reason, appId: app.id, detail })
      }
      const { acrValues, ...wishes } = checked.wishes
      const pending: Pending = {
        // The app compares the audience of its token with the name that it has sent.
        ...{ appId: app.id, realm: listRealmForms(realm)[0] ?? realm, iat: now },
        ...wishes,
        ...(acrValues && { acrValues: [...acrValues] }),
      }
      await enter(options, req, res, { app, settings, pending })
    },
    async proceed(req, res) {
      const opened = await open(options, req)
      if (opened === undefined) return refuse(host, req, res, { reason: 'request_expired' })
      await enter(options, req, res, opened)
    },
    async cancel(req, res) {
      const opened = await open(options, req)
      if (opened === undefined) return refuse(host, req, res, { reason: 'request_expired' })
      const againUrl = addressOf(options, 'proceed', opened.pending)
      const { app } = opened
      sendPage(res, host.pages.renderCancelled(req, { appName: app.name, againUrl }))
    },
  }
}

async function findByRealm({ apps, base }: ProtocolHost, realm: string): Promise<App | undefined> {
  for (const form of listRealmForms(realm)) {
    const app = await apps.findByIdentifier(base.db, 'wsfed', form)
    if (app !== undefined) return app
  }
  return undefined
}

interface Refusal {
  readonly reason: WsfedRefusalReason
  readonly appId?: string
  /** What the app sent, for the log. */
  readonly detail?: string | undefined
}

export function refuse(
  { base, pages, noteRefusal }: ProtocolHost,
  req: IncomingMessage,
  res: ServerResponse,
  { reason, appId, detail }: Refusal,
): void {
  const written = detail === undefined ? {} : { detail: quoteReceived(detail) }
  base.log.info({ reason, appId, ...written }, 'A WS-Federation request was refused.')
  noteRefusal({ protocol: 'wsfed', reason, appId, request: req })
  sendPage(res, pages.renderError(req, { status: 400, code: reason }))
}

/** Opens the request in an address. Meanwhile the app may have lost an address. */
async function open(
  { host, pendings }: SignInOptions,
  req: IncomingMessage,
): Promise<AppRequest | undefined> {
  const { searchParams } = new URL(req.url ?? '/', host.publicUrl)
  const pending = pendings.open(searchParams.get(requestField) ?? '')
  const app = pending && (await host.apps.find(host.base.db, pending.appId))
  if (app?.protocol !== 'wsfed' || pending === undefined) return undefined
  const settings = readSettings(app)
  const { realms, replyUrls } = settings
  const isKnown =
    matchRealm(realms, pending.realm) !== undefined &&
    [...realms, ...replyUrls].includes(pending.reply)
  return isKnown ? { app, settings, pending } : undefined
}

function addressOf(
  { pendings }: SignInOptions,
  path: 'proceed' | 'cancel',
  pending: Pending,
): string {
  return `${wsfedPaths[path]}?${new URLSearchParams({ [requestField]: pendings.sign(pending) })}`
}

async function enter(
  options: SignInOptions,
  req: IncomingMessage,
  res: ServerResponse,
  { app, settings, pending }: AppRequest,
): Promise<void> {
  const { host, answer } = options
  const session = await host.sessions.findByCookie(req.headers.cookie)
  const decision = await host.gate.decide({
    app,
    session,
    returnTo: addressOf(options, 'proceed', pending),
    cancelTo: addressOf(options, 'cancel', pending),
    ...(pending.since !== undefined && { authenticatedSince: pending.since }),
    ...(pending.acrValues && { acrValues: pending.acrValues }),
  })
  switch (decision.type) {
    case 'login':
      return redirect(res, decision.location)
    case 'refused':
      return sendPage(
        res,
        host.pages.renderNotAllowed(req, {
          appName: app.name,
          username: decision.session.username,
          otherLoginUrl: decision.location,
        }),
      )
    case 'enter':
      return await answer(req, res, { app, settings, pending, session: decision.session })
  }
}
