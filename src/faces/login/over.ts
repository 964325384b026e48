/** A journey that has ended in a session before: leads on the browser that has it. Owns what such a page says. */
import type { JourneyRequest } from '../../login/engine/journey.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { seconds } from '../../platform/kernel/clock.ts'
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

/** Milliseconds in which a tab of the same browser waits for the session that another tab has just got. */
const sessionGrace = seconds(10)

/** Another tab has just logged in, and its cookie may not be here yet. After a logout there is nothing to wait for. */
async function isJustBegun(
  { now, sessions }: JourneyPagesOptions,
  { sessionId, finishedAt }: Extract<JourneyView, { type: 'over' }>,
): Promise<boolean> {
  if (sessionId === null || now() >= finishedAt + sessionGrace) return false
  return (await sessions.findById(sessionId)) !== undefined
}

/** Leads on the browser that has the session which the journey ended in. */
export async function showOver(
  options: JourneyPagesOptions,
  context: RequestContext,
  view: Extract<JourneyView, { type: 'over' }>,
): Promise<Reply> {
  const { frame } = options
  const { t, client } = context
  if (client.session === undefined && (await isJustBegun(options, view))) {
    const page = await createForwardPage(options, context, view.request, {
      href: context.path,
      after: 1,
    })
    return frame.page(context, page, { keepsOpener: view.request.keepsOpener })
  }
  if (view.sessionId === null || client.session?.id !== view.sessionId) {
    // What a person does with what they have is no login.
    const end = view.request.authenticator === undefined ? 'ended' : 'closed'
    const why = end === 'ended' ? explainEnd(view) : undefined
    return frame.page(context, journeyEndPage(end, view.restartPath, t, why), { status: 410 })
  }
  return await leadOn(options, context, view.request)
}

/** `undefined`: nothing that its person should hear here. */
function explainEnd({ endReason }: { readonly endReason?: string }): Message | undefined {
  switch (endReason) {
    case 'not_me':
      return message('journey.ended.not_me')
    case 'ended_by_owner':
    case 'ended_by_admin':
      return message('journey.ended.with_sessions')
    case 'logout':
      return message('journey.ended.logout')
    default:
      return undefined
  }
}
