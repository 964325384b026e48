/**
 * The login as pages: the routes under `/login`. Owns the way from a form to the engine and from what the engine
 * shows to a response. Post, redirect, get: what is in the address bar can always be loaded again.
 */
import { Hono } from 'hono'
import { maxBodyBytes, readForm } from '../http/body.ts'
import { Fault } from '../kernel/fault.ts'
import { message } from '../ui/message.ts'
import { cookiesOffPage, forwardPage, journeyEndPage } from '../ui/pages.ts'
import type { Continuations } from './continuation.ts'
import type { Engine, Handle, JourneyPage, JourneyView } from './engine.ts'
import type { JourneyKind, JourneyRequest } from './journey.ts'
import { renderAsk } from './page.ts'
import type { Answers } from './step.ts'
import type { Visitor, Web } from './web.ts'

export interface JourneyPagesOptions {
  readonly web: Web
  readonly engine: Engine
  readonly now: () => number
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

export interface LoginRoutesOptions extends JourneyPagesOptions {
  readonly continuations: Continuations
  /** What a request needs of this browser: a whole login, a confirmation beside its session, or nothing more. */
  readonly wayFor: (
    visitor: Visitor,
    request: JourneyRequest,
  ) => Promise<'login' | 'step_up' | 'enter'>
}

export type VisitorEnv = { Variables: { visitor: Visitor } }

const home: JourneyRequest = { returnTo: '/' }

export function createLoginRoutes(options: LoginRoutesOptions): Hono<VisitorEnv> {
  const { web, engine } = options
  const routes = new Hono<VisitorEnv>()

  routes.get('/login', async (c) => await showFirstPage(options, c.get('visitor')))
  routes.post('/login', async (c) => await answerFirstPage(options, c.get('visitor')))

  routes.get('/login/:journey', async (c) => {
    const visitor = c.get('visitor')
    const journey = c.req.param('journey')
    const view = await engine.look(handleOf(visitor, journey), visitor.client)
    return await respond(options, visitor, view, `/login/${journey}`)
  })

  routes.post('/login/:journey', async (c) => {
    const visitor = c.get('visitor')
    const journey = c.req.param('journey')
    const fields = await readForm(visitor.request)
    web.checkForm(visitor, fields)
    const { version, answers } = submissionOf(fields)
    const view = await engine.submit(
      handleOf(visitor, journey),
      { version, answers },
      visitor.client,
    )
    return await respond(options, visitor, view, `/login/${journey}`)
  })

  routes.get('/login/:journey/status', async (c) => {
    const visitor = c.get('visitor')
    const status = await engine.status(handleOf(visitor, c.req.param('journey')), visitor.client)
    if (status === undefined) return web.json({ error: 'not_found' }, 404)
    return web.json({ final: status.final, status: visitor.t(status.status) })
  })

  return routes
}

async function showFirstPage(options: LoginRoutesOptions, visitor: Visitor): Promise<Response> {
  const request = requestOf(options, visitor)
  if (request === undefined) return expiredPage(options, visitor)
  const kind = await options.wayFor(visitor, request)
  if (kind === 'enter') return options.web.redirect(request.returnTo)
  return await showFirst(options, visitor, kind, request)
}

async function answerFirstPage(options: LoginRoutesOptions, visitor: Visitor): Promise<Response> {
  const { web } = options
  const fields = await readForm(visitor.request)
  if (visitor.browserToken === undefined) {
    return web.page(visitor, cookiesOffPage(visitor.path, visitor.t), { status: 403 })
  }
  web.checkForm(visitor, fields)
  const request = requestOf(options, visitor)
  if (request === undefined) return expiredPage(options, visitor)
  const kind = await options.wayFor(visitor, request)
  if (kind === 'enter') return web.redirect(request.returnTo)
  return await beginFirst(options, visitor, kind, request, submissionOf(fields).answers)
}

/** The first page of a journey, at whatever address. */
export async function showFirst(
  options: JourneyPagesOptions,
  visitor: Visitor,
  kind: JourneyKind,
  request: JourneyRequest,
): Promise<Response> {
  const view = await options.engine.preview(kind, request, visitor.client)
  return await respond(options, visitor, view, visitor.path)
}

/** Begins a journey with the answers to its first page. Call `checkForm` before. */
export async function beginFirst(
  options: JourneyPagesOptions,
  visitor: Visitor,
  kind: JourneyKind,
  request: JourneyRequest,
  answers: Answers,
): Promise<Response> {
  const browserToken = visitor.browserToken ?? ''
  const view = await options.engine.begin(kind, request, browserToken, answers, visitor.client)
  return await respond(options, visitor, view, visitor.path)
}

/** The request that the address carries. `undefined`: it carries one that is forged or too old. */
function requestOf(options: LoginRoutesOptions, visitor: Visitor): JourneyRequest | undefined {
  const signed = new URL(visitor.request.url).searchParams.getAll('continue')
  if (signed.length === 0) return home
  return signed.length === 1 ? options.continuations.open(signed[0] ?? '') : undefined
}

function expiredPage({ web }: LoginRoutesOptions, visitor: Visitor): Response {
  return web.page(visitor, journeyEndPage('expired', '/login', visitor.t), { status: 410 })
}

async function respond(
  options: JourneyPagesOptions,
  visitor: Visitor,
  view: JourneyView,
  action: string,
): Promise<Response> {
  const { web } = options
  switch (view.type) {
    case 'page':
      return showPage(options, visitor, view, action)
    case 'moved':
      return web.redirect(`/login/${view.journeyId}`)
    case 'finished':
      return web.redirect(afterEnd(visitor, view), [web.cookies.set('session', view.token)])
    case 'over':
      return await showOver(options, visitor, view)
    case 'left':
      return web.redirect(view.startOver)
    case 'expired':
      return web.page(visitor, journeyEndPage('expired', view.startOver, visitor.t), {
        status: 410,
      })
    case 'unknown':
      return web.page(visitor, journeyEndPage('ended', '/login', visitor.t), { status: 404 })
  }
}

function showPage(
  options: JourneyPagesOptions,
  visitor: Visitor,
  view: JourneyPage,
  action: string,
): Response {
  const { web } = options
  const browser = web.ensureBrowser(visitor)
  const { complaint } = view
  const shown = renderAsk({
    ask: view.ask,
    complaint,
    outdated: view.outdated,
    action,
    version: view.version,
    formToken: web.formToken(browser.token),
    t: visitor.t,
    now: options.now(),
    wait: { events: `${action}/events`, status: `${action}/status`, next: action },
  })
  const retryAfter = complaint?.retryAfter
  return web.page(visitor, shown, {
    status: complaint?.status ?? (view.outdated ? 409 : 200),
    cookies: browser.cookies,
    ...(retryAfter !== undefined && { headers: { 'retry-after': `${retryAfter}` } }),
  })
}

/** A form must not be redirected to another origin (form-action), so a page leads on from it to an app. */
function afterEnd(
  { request }: Visitor,
  { journeyId, request: { returnTo, authenticator } }: Extract<JourneyView, { type: 'finished' }>,
): string {
  const isDirect = request.method === 'GET' || authenticator !== undefined
  return isDirect ? returnTo : `/login/${journeyId}`
}

/** Leads on whoever holds the session that the journey ended in. */
async function showOver(
  options: JourneyPagesOptions,
  visitor: Visitor,
  view: Extract<JourneyView, { type: 'over' }>,
): Promise<Response> {
  const { web } = options
  const { t, client } = visitor
  if (view.sessionId === null || client.session?.id !== view.sessionId) {
    return web.page(visitor, journeyEndPage('ended', view.startOver, t), { status: 410 })
  }
  const app = (await options.appName(view.request.appId)) ?? t(message('app.home'))
  return web.page(visitor, forwardPage({ app, href: view.request.returnTo }, t))
}

/** A browser without a cookie has no journey. */
function handleOf(visitor: Visitor, journeyId: string): Handle {
  return { journeyId, browserToken: visitor.browserToken ?? '' }
}

function submissionOf(fields: Record<string, string>) {
  const { version = '', form_token: _, ...answers } = fields
  if (!/^\d{1,9}$/.test(version)) throw new Fault('bad_request', 'The form has no version')
  for (const answer of Object.values(answers)) {
    if (answer.length > maxBodyBytes / 16) throw new Fault('bad_request', 'A field is too long')
  }
  return { version: Number(version), answers }
}
