/**
 * The address where a browser shows the ticket of its domain (RFC 4559). It is separate, so that no page that anybody may
 * open asks for a ticket. Owns the challenge to the browser. A ticket is accepted only together with a form of ours in this
 * browser, so no other site can log a person in.
 */
import type { JourneyRequest } from '../../login/engine/journey.ts'
import type { ClientFacts, FormError } from '../../login/engine/step.ts'
import type { TicketLogin } from '../../login/factors/ticket-login.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { button, heading, linkButton } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import {
  describeClient,
  expiredPage,
  type LoginPagesOptions,
  openRequest,
  respond,
} from './form.ts'

export interface TicketPagesOptions extends LoginPagesOptions {
  /** `undefined`: no tickets are taken, and nothing is here. */
  readonly tickets: TicketLogin | undefined
}

/** One request of a browser that may show a ticket. */
interface Attempt {
  readonly tickets: TicketLogin
  readonly request: JourneyRequest
  readonly client: ClientFacts
  readonly browserToken: string
  /** With the address of the login form beside the ticket button. */
  readonly context: RequestContext
  /** The page asked by itself. */
  readonly isSilent: boolean
}

/** Accepts the ticket that comes with the form, or asks the browser for one. */
export async function answerTicket(
  options: TicketPagesOptions,
  from: RequestContext,
): Promise<Reply> {
  const { frame, tickets } = options
  const { fields, context: asked } = await frame.receive(from)
  const browserToken = frame.checkForm(asked, fields)
  const context = { ...asked, path: asked.path.replace('/login/kerberos', '/login') }
  const request = openRequest(options, asked)
  if (request === undefined) return expiredPage(options, context)
  const client = describeClient(context, browserToken)
  if (tickets === undefined) throw new Fault('not_found', 'No tickets are taken')
  const isSilent = fields.silent === '1'
  if (!tickets.isOffered(request, client))
    return lead(frame, frame.redirect(context.path), isSilent)
  const attempt = { tickets, request, client, browserToken, context, isSilent }
  const token = readToken(context)
  if (token === undefined) return challenge(frame, attempt)
  return await show(options, attempt, token)
}

/** The address was opened without a form, for example with *Back*: leads to the login page. */
export function leaveTicket({ frame }: TicketPagesOptions, context: RequestContext): Reply {
  return frame.redirect(context.path.replace('/login/kerberos', '/login'))
}

async function show(options: TicketPagesOptions, attempt: Attempt, token: string): Promise<Reply> {
  const { frame, engine } = options
  const { tickets, request, client, browserToken, context, isSilent } = attempt
  const answer = await tickets.accept(token, client)
  const tried = frame.cookies.set('ticket_tried', '1')
  if (answer.type === 'refused') {
    if (isSilent) return { ...frame.json({}, 403), cookies: [tried] }
    return await refuse(options, attempt, answer.formError)
  }
  const ticket = { ...answer.ticket, isSilent }
  const first = { kind: 'login', request, browserToken, answers: {} } as const
  const view = await engine.begin(first, { ...client, ticket })
  const reply = await respond(options, context, view, { action: context.path, answers: {} })
  const hasPassed = view.type === 'moved' || view.type === 'finished'
  const wanted = hasPassed && !isSilent ? [frame.cookies.clear('ticket_off')] : []
  return lead(
    frame,
    {
      ...reply,
      headers: {
        ...reply.headers,
        ...(answer.answer && { 'www-authenticate': `Negotiate ${answer.answer}` }),
      },
      cookies: [...reply.cookies, tried, ...wanted],
    },
    isSilent,
  )
}

/** Shows the form again, with the reason. */
async function refuse(
  options: TicketPagesOptions,
  { request, client, context }: Attempt,
  formError: FormError,
): Promise<Reply> {
  const page = await options.engine.preview('login', request, client)
  const view = page.type === 'page' ? { ...page, formError } : page
  return await respond(options, context, view, { action: context.path, answers: {} })
}

/**
 * A browser that has a ticket repeats the request with it. A browser without a ticket stays on its page if it was asked
 * silently, and shows the page in this response if its user pressed the button.
 */
function challenge(frame: Frame, { context, browserToken, isSilent }: Attempt): Reply {
  const headers = { 'www-authenticate': 'Negotiate' }
  const cookies = [frame.cookies.set('ticket_tried', '1')]
  if (isSilent) return { ...frame.json({}, 401, headers), cookies }
  const form = { path: context.path, formToken: frame.formToken(browserToken) }
  return frame.page(context, createNoTicketPage(form, context.t), { status: 401, headers, cookies })
}

function createNoTicketPage(
  { path, formToken }: { readonly path: string; readonly formToken: string },
  t: Translate,
): Page {
  const title = t(message('ticket.none.title'))
  const again = button({ look: 'secondary', label: t(message('ticket.none.again')) })
  const password = linkButton(path, t(message('ticket.none.form')), 'primary')
  const body = html`${heading(title, { lead: t(message('ticket.none.text')), isFocused: true })}<form class="stack tight" method="post" action="${path.replace('/login', '/login/kerberos')}"><input type="hidden" name="form_token" value="${formToken}">${password}${again}</form>`
  return { title, body, width: 'narrow' }
}

/** The token after `Negotiate`, in any spelling (RFC 9110, 11.1). `undefined`: there is no token. */
function readToken({ request }: RequestContext): string | undefined {
  const header = request.headers.get('authorization') ?? ''
  return /^negotiate +([A-Za-z0-9+/=]+) *$/i.exec(header)?.[1]
}

/** A script gets the address to which a form would have been redirected. */
function lead(frame: Frame, reply: Reply, isSilent: boolean): Reply {
  if (!isSilent) return reply
  const { location, 'www-authenticate': answer } = reply.headers
  const headers = { ...(answer !== undefined && { 'www-authenticate': answer }) }
  return { ...frame.json({ next: location ?? null }, 200, headers), cookies: reply.cookies }
}
