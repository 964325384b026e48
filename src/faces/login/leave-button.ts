/** The button with which a person leaves the login for an app, and the answer to it. Owns where the button stands. */
import { findCancelTo, type JourneyRequest } from '../../login/engine/journey.ts'
import type { Form } from '../../login/engine/prompt.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import { button } from '../../platform/ui/parts.ts'
import { leadBackPage } from '../frame/cancelled-pages.ts'
import type { RequestContext } from '../frame/context.ts'
import type { AskPage } from './ask-page.ts'
import { createNote } from './cancelled.ts'
import type { JourneyPagesOptions } from './form.ts'

const cancel = 'cancel'

/** Whether the page gets the button: an app waits for an answer, and the form itself has nothing that leaves. */
export function mustLeaveForApp({ prompts }: Form, request: JourneyRequest): boolean {
  const cancelTo = findCancelTo(request)
  if (cancelTo === undefined) return false
  return !prompts.some((prompt) => {
    if (prompt.type === 'link') return prompt.href === cancelTo
    return prompt.type === 'choice' && prompt.options.some(({ value }) => value === cancel)
  })
}

/** A form of its own, so that Enter in a field never presses it and it sends nothing that was typed. */
export function renderLeave({ action, leavesForApp, t }: AskPage, hidden: Html): Html | undefined {
  if (leavesForApp !== true) return undefined
  const look = { look: 'quiet', label: t(message('action.cancel')) } as const
  return html`<form class="leave" method="post" action="${action}">${hidden}${button({ name: 'action', value: cancel, ...look })}</form>`
}

/** The first page has begun nothing, so its button only leads back. `undefined`: another button was pressed. */
export async function answerLeave(
  options: JourneyPagesOptions,
  context: RequestContext,
  request: JourneyRequest,
  fields: Record<string, string>,
): Promise<Reply | undefined> {
  if (fields.action !== cancel) return undefined
  return await leadBack(options, context, { kind: 'login', request, text: undefined })
}

type Cancelled = NonNullable<Extract<JourneyView, { type: 'left' }>['cancelled']>

/**
 * `undefined`: no app waits for an answer. The policy of the page with the form also applies to redirects (form-action), so a
 * page leads on.
 */
export async function leadBack(
  { frame, appName }: JourneyPagesOptions,
  context: RequestContext,
  { kind, request, text }: Cancelled,
): Promise<Reply | undefined> {
  const href = findCancelTo(request)
  if (href === undefined) return undefined
  const { t } = context
  const app = (await appName(request.appId)) ?? t(message('app.home'))
  const { title } = createNote({ kind: kind === 'login' ? kind : 'step_up', text }) ?? {}
  const shown = { title: title ?? message('cancelled.login.title'), text, app, href }
  return frame.page(context, leadBackPage(shown, t), { keepsOpener: request.keepsOpener })
}
