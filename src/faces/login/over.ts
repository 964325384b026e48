/** The page of a journey that has already ended. Leads on the browser that has its session. Owns what the page says. */
import type { JourneyRequest } from '../../login/engine/journey.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import type { RequestContext } from '../frame/context.ts'
import { forwardPage, journeyEndPage } from '../frame/pages.ts'
import type { JourneyPagesOptions } from './form.ts'

export async function leadOn(
  options: JourneyPagesOptions,
  context: RequestContext,
  request: JourneyRequest,
): Promise<Reply> {
  const { returnTo: href } = request
  const page = await createForwardPage(options, context, request, { href })
  return options.frame.page(context, page, { keepsOpener: request.keepsOpener })
}

async function createForwardPage(
  { appName }: JourneyPagesOptions,
  { t }: RequestContext,
  { appId }: JourneyRequest,
  to: { readonly href: string; readonly after?: number },
): Promise<Page> {
  const app = (await appName(appId)) ?? t(message('app.home'))
  return forwardPage({ app, ...to }, t)
}

type Over = Extract<JourneyView, { type: 'over' }>

/** Milliseconds in which a tab of the same browser waits for the session that another tab has just got. */
const otherTab = seconds(2)

/** Milliseconds in which a browser whose response with the session was lost can still get the session. */
const sessionGrace = seconds(30)

/** Leads on the browser that has the journey's session; any other browser sees that the journey is over. */
export async function showOver(
  options: JourneyPagesOptions,
  context: RequestContext,
  view: Over,
): Promise<Reply> {
  const { frame } = options
  if (view.sessionId !== null && context.client.session?.id === view.sessionId)
    return await leadOn(options, context, view.request)
  const early =
    context.client.session === undefined ? await showJustEnded(options, context, view) : undefined
  if (early !== undefined) return early
  // A journey about an authenticator is not a login, so its end has other words.
  const end = view.request.authenticator === undefined ? 'ended' : 'closed'
  const why = end === 'ended' ? explainEnd(view) : undefined
  const page = journeyEndPage(end, view.restartPath, context.t, why)
  return frame.page(context, page, { status: 410, keepsOpener: view.request.keepsOpener })
}

/**
 * The browser holds the journey and has no session yet. Either another tab has just logged in and its cookie is still to
 * arrive, or the response with the cookie was lost and the session is handed over. After a logout neither applies.
 */
async function showJustEnded(
  options: JourneyPagesOptions,
  context: RequestContext,
  { sessionId, finishedAt, request }: Over,
): Promise<Reply | undefined> {
  const { frame, sessions, now } = options
  const { client, browserToken = '', request: asked } = context
  if (sessionId === null || now() >= finishedAt + sessionGrace) return undefined
  // HEAD changes nothing: it gets no token and no session is handed over.
  if (now() < finishedAt + otherTab || asked.method === 'HEAD') {
    if ((await sessions.findById(sessionId)) === undefined) return undefined
    const again = { href: context.path, after: 1 }
    const page = await createForwardPage(options, context, request, again)
    return frame.page(context, page, { keepsOpener: request.keepsOpener })
  }
  const { address, userAgent = null } = client
  const same = { address, userAgent, browserHash: sha256(browserToken) }
  const given = await sessions.handOver(sessionId, same)
  if (given === undefined) return undefined
  const reply = await leadOn(options, context, request)
  return { ...reply, cookies: [...reply.cookies, frame.cookies.set('session', given.token)] }
}

/** `undefined`: nothing that the person should read here. */
function explainEnd({ endReason }: { readonly endReason?: string }): Message | undefined {
  switch (endReason) {
    case 'not_me':
      return message('journey.ended.not_me')
    case 'ended_by_owner':
    case 'ended_by_admin':
      return message('journey.ended.with_sessions')
    case 'logout':
      return message('journey.ended.logout')
    case 'restored':
      return message('journey.ended.restored')
    default:
      return undefined
  }
}
