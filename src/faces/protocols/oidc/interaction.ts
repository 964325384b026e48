/**
 * The stop between an authorization request and its answer: lets the gate decide and either sends the browser to the
 * login page or hands the login to the library; or tells the app that the person has cancelled. Shows that a person may
 * not enter the app, and that a request is over: the back button of the browser leads here again after a login.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Apps } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Gate } from '../../../login/decision/gate.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type NodeHandler, redirect } from '../answer.ts'
import type { OverRequest, RefusedEntry } from '../pages.ts'
import { describeLogin, readWishes } from './entry.ts'
import { SessionNotFound } from './library.ts'
import { interactionPath } from './paths.ts'

const cancelled = '/cancel'
const refused = '/refused'

/**
 * What the app hears when its person does not get in (RFC 6749 section 4.1.2.1). One who may not enter is first told so on
 * our page, as an app that hears of it at once would often only begin again; the page has the way back to the app.
 */
const denials: Readonly<Record<string, string>> = {
  [cancelled]: 'the person has cancelled',
  [refused]: 'the person may not enter this app',
}

const appField = 'app'

export interface InteractionOptions {
  readonly provider: Provider
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  findSession(request: IncomingMessage): Promise<LiveSession | undefined>
  /** Answers with an error page. */
  fail(req: IncomingMessage, res: ServerResponse, status: number, code: string): Promise<void>
  /** Answers with a page that says that the person may not enter the app. */
  tellRefused(req: IncomingMessage, res: ServerResponse, refused: RefusedEntry): Promise<void>
  /** Answers with a page for a request that has been answered or is too old. */
  tellOver(req: IncomingMessage, res: ServerResponse, over: OverRequest): Promise<void>
}

export function createInteraction(options: InteractionOptions): NodeHandler {
  const { provider, db, apps, gate, findSession, fail, tellOver, tellRefused } = options
  return async (req, res) => {
    if (req.method !== 'GET') return fail(req, res, 405, 'invalid_request')
    const [path = '', query] = (req.url ?? '').split('?')
    if (!isInteractionPath(path)) return fail(req, res, 400, 'invalid_request')
    const interaction = await findInteraction(provider, req, res)
    if (!interaction) {
      return await tellOver(req, res, await overFor(options, query, await findSession(req)))
    }
    const own = `${interactionPath}/${interaction.uid}`
    const denial = findDenial(path, own)
    if (denial !== undefined) return await deny(provider, req, res, denial)
    if (path !== own) return fail(req, res, 400, 'invalid_request')
    const app = await apps.find(db, String(interaction.params.client_id))
    if (!app) return fail(req, res, 400, 'invalid_client')
    // When it is over, only the address still says which app it was for.
    const from = `?${new URLSearchParams({ [appField]: app.id })}`
    const decision = await gate.decide({
      app,
      session: await findSession(req),
      returnTo: `${own}${from}`,
      cancelTo: `${own}${cancelled}${from}`,
      ...readWishes(interaction.params, interaction.prompt.details.since),
    })
    switch (decision.type) {
      case 'login':
        return redirect(res, decision.location)
      case 'refused':
        return await tellRefused(req, res, {
          appName: app.name,
          username: decision.session.username,
          otherLoginUrl: decision.location,
          backUrl: `${own}${refused}${from}`,
        })
      case 'enter':
        return await provider.interactionFinished(req, res, describeEntry(decision.session))
    }
  }
}

/** What the app hears by this path; undefined: by this path it hears nothing. */
function findDenial(path: string, own: string): string | undefined {
  return path.startsWith(own) ? denials[path.slice(own.length)] : undefined
}

function describeEntry(session: LiveSession) {
  const { loginTs: ts, ...facts } = describeLogin(session)
  // `remember: false`: the library's cookie need not outlive the browser, as ours decides.
  const login = { accountId: session.userId, remember: false, ts, ...facts }
  // `consent: {}` answers `prompt=consent`: an app of the house needs none.
  return { login, session: session.id, consent: {} }
}

function isInteractionPath(path: string): boolean {
  const rest = path.slice(interactionPath.length + 1)
  return path.startsWith(`${interactionPath}/`) && /^[\w-]+(\/cancel|\/refused)?$/.test(rest)
}

/** The address names the app. Anybody can write it, so it leads nowhere but to where the app itself begins. */
async function overFor(
  { db, apps }: InteractionOptions,
  query: string | undefined,
  session: LiveSession | undefined,
): Promise<OverRequest> {
  const id = new URLSearchParams(query).get(appField)
  const app = id === null ? undefined : await apps.find(db, id)
  return {
    isSignedIn: session !== undefined,
    ...(app?.startUrl !== undefined && { app: { name: app.name, startUrl: app.startUrl } }),
  }
}

async function deny(
  provider: Provider,
  req: IncomingMessage,
  res: ServerResponse,
  description: string,
) {
  const answer = { error: 'access_denied', error_description: description }
  await provider.interactionFinished(req, res, answer)
}

async function findInteraction(provider: Provider, req: IncomingMessage, res: ServerResponse) {
  try {
    return await provider.interactionDetails(req, res)
  } catch (error) {
    if (error instanceof SessionNotFound) return undefined
    throw error
  }
}
