/**
 * The stop between an authorization request and its answer: lets the gate decide and either sends the browser to the
 * login page or hands the login to the library; or tells the app that the person has cancelled. Shows nothing, except
 * that a request is too old.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { SessionNotFound } from 'oidc-provider/lib/helpers/errors.js'
import type { LiveSession } from '../../sessions/session.ts'
import type { Queries } from '../../storage/database.ts'
import type { Apps } from '../apps.ts'
import type { Gate } from '../gate.ts'
import { loginFacts, requestWishes } from './entry.ts'

export const interactionPath = '/sso/oidc'
const cancelled = '/cancel'

export interface InteractionOptions {
  readonly provider: Provider
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  sessionOf(request: IncomingMessage): Promise<LiveSession | undefined>
  /** Answers with an error page. */
  fail(req: IncomingMessage, res: ServerResponse, status: number, code: string): Promise<void>
}

export type NodeHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export function createInteraction(options: InteractionOptions): NodeHandler {
  const { provider, db, apps, gate, sessionOf, fail } = options
  return async (req, res) => {
    if (req.method !== 'GET') return fail(req, res, 405, 'invalid_request')
    const interaction = await findInteraction(provider, req, res)
    if (!interaction) return fail(req, res, 400, 'invalid_request')
    const own = `${interactionPath}/${interaction.uid}`
    const [path] = (req.url ?? '').split('?')
    if (path === `${own}${cancelled}`) return await cancel(provider, req, res)
    if (path !== own) return fail(req, res, 400, 'invalid_request')
    const app = await apps.find(db, String(interaction.params.client_id))
    if (!app) return fail(req, res, 400, 'invalid_client')
    const decision = await gate.decide({
      app,
      session: await sessionOf(req),
      returnTo: own,
      cancelTo: `${own}${cancelled}`,
      ...requestWishes(interaction.params.acr_values, interaction.prompt.details.since),
    })
    if (decision.type === 'login') return redirect(res, decision.location)
    const { session } = decision
    const { loginTs: ts, ...facts } = loginFacts(session)
    // `remember: false`: the library's cookie need not outlive the browser, as ours decides.
    const login = { accountId: session.userId, remember: false, ts, ...facts }
    // `consent: {}` answers `prompt=consent`: an app of the house needs none.
    await provider.interactionFinished(req, res, { login, session: session.id, consent: {} })
  }
}

/** The app hears that the person does not want to confirm (RFC 6749 section 4.1.2.1). */
async function cancel(provider: Provider, req: IncomingMessage, res: ServerResponse) {
  const description = 'the person has cancelled'
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

function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' })
  res.end()
}
