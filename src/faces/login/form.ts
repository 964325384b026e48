/**
 * The login as pages: what is under `/login`. Owns the way from a form to the engine and from what the engine
 * shows to a response. Post, redirect, get: what is in the address bar can always be loaded again.
 */

import type { KnownBrowsers } from '../../identity/limits/known-browsers.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { canonicalUsername } from '../../identity/users/user.ts'
import type { Continuations } from '../../login/engine/continuation.ts'
import type { Engine } from '../../login/engine/engine.ts'
import type { JourneyKind, JourneyRequest, NextJourney } from '../../login/engine/journey.ts'
import type { Answers, ClientFacts } from '../../login/engine/step.ts'
import type { JourneyPage, JourneyReference, JourneyView } from '../../login/engine/view.ts'
import { maxBodyBytes } from '../../platform/http/body.ts'
import { type Reply, toResponse } from '../../platform/http/reply.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { message } from '../../platform/ui/message.ts'
import { cookiesOffPage, forwardPage, journeyEndPage } from '../frame/pages.ts'
import type { Visitor, Web } from '../frame/web.ts'
import { renderForm } from './page.ts'

export interface JourneyPagesOptions {
  readonly web: Web
  readonly engine: Engine
  readonly knownBrowsers: KnownBrowsers
  readonly now: () => number
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

export interface LoginPagesOptions extends JourneyPagesOptions {
  readonly continuations: Continuations
  readonly findNextJourney: (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ) => Promise<NextJourney>
}

export type VisitorEnv = { Variables: { visitor: Visitor } }

const home: JourneyRequest = { returnTo: '/' }

/** Answers a request for an address of the login. Throws `Fault`. */
export type LoginPages = (visitor: Visitor, address: LoginAddress) => Promise<Reply>

/** `/login`, `/login/<journey>` or `/login/<journey>/status`. */
export interface LoginAddress {
  readonly journeyId: string | undefined
  readonly isStatus: boolean
}

/** `path` is without a query. */
export function parseLoginAddress(path: string): LoginAddress | undefined {
  // Most requests are for other things; this is the cheapest way to see it.
  if (!path.startsWith('/login')) return undefined
  if (path === '/login') return { journeyId: undefined, isStatus: false }
  const match = /^\/login\/([^/]+)(\/status)?$/.exec(path)
  return match === null ? undefined : { journeyId: match[1], isStatus: match[2] !== undefined }
}

/**
 * Not routes of Hono: more than everything else on a server, the login is what many people want at the same moment,
 * and its requests are answered without the objects that a route takes and returns.
 */
export function createLoginPages(options: LoginPagesOptions): LoginPages {
  return async (visitor, { journeyId, isStatus }) => {
    const { method } = visitor.request
    const isGet = method === 'GET' || method === 'HEAD'
    if (journeyId !== undefined && isStatus) {
      if (!isGet) return refuseMethod(options, visitor, 'GET, HEAD')
      return await tellStatus(options, visitor, journeyId)
    }
    if (!isGet && method !== 'POST') return refuseMethod(options, visitor, 'GET, HEAD, POST')
    if (journeyId === undefined) {
      return await (isGet ? showFirstPage(options, visitor) : answerFirstPage(options, visitor))
    }
    return await (isGet ? look(options, visitor, journeyId) : submit(options, visitor, journeyId))
  }
}

/** RFC 9110, 15.5.6. */
function refuseMethod({ web }: LoginPagesOptions, visitor: Visitor, allow: string): Reply {
  const fault = new Fault('method_not_allowed', 'This address is not for this method')
  const reply = web.replies.fault(fault, visitor)
  return { ...reply, headers: { ...reply.headers, allow } }
}

async function look(options: LoginPagesOptions, visitor: Visitor, id: string): Promise<Reply> {
  const view = await options.engine.look(handleOf(visitor, id), visitor.client)
  return await respond(options, visitor, view, `/login/${id}`)
}

async function submit(options: LoginPagesOptions, from: Visitor, id: string): Promise<Reply> {
  const { fields, visitor } = await options.web.receive(from)
  options.web.checkForm(visitor, fields)
  const { version, answers } = submissionOf(fields)
  const reference = handleOf(visitor, id)
  const view = await options.engine.submit(reference, { version, answers }, visitor.client)
  return await respond(options, visitor, view, `/login/${id}`)
}

async function tellStatus(
  { web, engine }: LoginPagesOptions,
  visitor: Visitor,
  id: string,
): Promise<Reply> {
  const status = await engine.status(handleOf(visitor, id), visitor.client)
  if (status === undefined) return web.replies.json({ error: 'not_found' }, 404)
  return web.replies.json({ final: status.final, status: visitor.t(status.status) })
}

async function showFirstPage(options: LoginPagesOptions, visitor: Visitor): Promise<Reply> {
  const request = requestOf(options, visitor)
  if (request === undefined) return expiredPage(options, visitor)
  const kind = await options.findNextJourney(visitor.client.session, request)
  if (kind !== 'enter') return await showFirstOf(options, visitor, kind, request)
  if (isLeadingOn(visitor)) return await leadOn(options, visitor, request)
  return options.web.replies.redirect(request.returnTo)
}

async function answerFirstPage(options: LoginPagesOptions, from: Visitor): Promise<Reply> {
  const { web } = options
  const { replies } = web
  const { fields, visitor } = await web.receive(from)
  if (visitor.browserToken === undefined) {
    return replies.page(visitor, cookiesOffPage(visitor.path, visitor.t), { status: 403 })
  }
  web.checkForm(visitor, fields)
  const request = requestOf(options, visitor)
  if (request === undefined) return expiredPage(options, visitor)
  const kind = isOfAnother(visitor, fields)
    ? 'login'
    : await options.findNextJourney(visitor.client.session, request)
  if (kind === 'enter') return replies.redirect(addressAfter(visitor, undefined, request))
  return await begin(options, visitor, kind, request, submissionOf(fields).answers)
}

/** Whether the form logs in somebody else than the person whose session the browser has got since the form was shown. */
function isOfAnother({ client }: Visitor, { username = '' }: Record<string, string>): boolean {
  const typed = canonicalUsername(username)
  if (client.session === undefined || typed === undefined) return false
  return typed !== canonicalUsername(client.session.username)
}

/** The first page of a journey at another address than the login's, as a route of Hono. */
export async function showFirst(...first: Parameters<typeof showFirstOf>): Promise<Response> {
  return toResponse(await showFirstOf(...first))
}

/** Begins a journey with the answers to that page. Call `checkForm` before. */
export async function beginFirst(...first: Parameters<typeof begin>): Promise<Response> {
  return toResponse(await begin(...first))
}

async function showFirstOf(
  options: JourneyPagesOptions,
  visitor: Visitor,
  kind: JourneyKind,
  request: JourneyRequest,
): Promise<Reply> {
  const { token, cookies } = options.web.ensureBrowser(visitor)
  const view = await options.engine.preview(kind, request, clientOf(visitor, token))
  const reply = await respond(options, { ...visitor, browserToken: token }, view, visitor.path)
  return { ...reply, cookies: [...reply.cookies, ...cookies] }
}

async function begin(
  options: JourneyPagesOptions,
  visitor: Visitor,
  kind: JourneyKind,
  request: JourneyRequest,
  answers: Answers,
): Promise<Reply> {
  const browserToken = visitor.browserToken ?? ''
  const client = clientOf(visitor, browserToken)
  const view = await options.engine.begin(kind, request, browserToken, answers, client)
  return await respond(options, visitor, view, visitor.path)
}

/** What the first page asks for is for the browser that it is shown in. */
function clientOf({ client }: Visitor, browserToken: string): ClientFacts {
  return { ...client, browserHash: sha256(browserToken) }
}

/** The request that the address carries. `undefined`: it carries one that is forged or too old. */
function requestOf(options: LoginPagesOptions, visitor: Visitor): JourneyRequest | undefined {
  if (!visitor.path.includes('?')) return home
  const signed = new URL(visitor.request.url).searchParams.getAll('continue')
  if (signed.length === 0) return home
  return signed.length === 1 ? options.continuations.open(signed[0] ?? '') : undefined
}

function expiredPage({ web }: LoginPagesOptions, visitor: Visitor): Reply {
  return web.replies.page(visitor, journeyEndPage('expired', '/login', visitor.t), { status: 410 })
}

async function respond(
  options: JourneyPagesOptions,
  visitor: Visitor,
  view: JourneyView,
  action: string,
): Promise<Reply> {
  const { replies } = options.web
  switch (view.type) {
    case 'page':
      return showPage(options, visitor, view, action)
    case 'moved':
      return replies.redirect(`/login/${view.journeyId}`)
    case 'finished':
      return replies.redirect(
        addressAfter(visitor, view.journeyId, view.request),
        cookiesAfter(options, visitor, view),
      )
    case 'over':
      return await showOver(options, visitor, view)
    case 'left':
      return replies.redirect(view.restartPath)
    case 'expired':
      return replies.page(visitor, journeyEndPage('expired', view.restartPath, visitor.t), {
        status: 410,
      })
    case 'unknown':
      return replies.page(visitor, journeyEndPage('ended', '/login', visitor.t), { status: 404 })
  }
}

function showPage(
  options: JourneyPagesOptions,
  visitor: Visitor,
  view: JourneyPage,
  action: string,
): Reply {
  const { web } = options
  const browser = web.ensureBrowser(visitor)
  const { formError } = view
  const shown = renderForm({
    form: view.form,
    formError,
    outdated: view.outdated,
    action,
    version: view.version,
    formToken: web.formToken(browser.token),
    t: visitor.t,
    now: options.now(),
    wait: { events: `${action}/events`, status: `${action}/status`, next: action },
  })
  const retryAfter = formError?.retryAfter
  return web.replies.page(visitor, shown, {
    status: formError?.status ?? (view.outdated ? 409 : 200),
    cookies: browser.cookies,
    ...(retryAfter !== undefined && { headers: { 'retry-after': `${retryAfter}` } }),
  })
}

type Finished = Extract<JourneyView, { type: 'finished' }>

/** What marks the first page's address when it only leads on. */
const leadingOn = 'forward'

/** A form must not be redirected to another origin (form-action), so a page leads on from it to an app. */
function addressAfter(
  { request, path }: Visitor,
  journeyId: string | undefined,
  { returnTo, appId }: JourneyRequest,
): string {
  if (request.method === 'GET' || appId === undefined) return returnTo
  return journeyId === undefined ? `${path}&${leadingOn}` : `/login/${journeyId}`
}

function isLeadingOn({ path, request }: Visitor): boolean {
  return path.includes(leadingOn) && new URL(request.url).searchParams.has(leadingOn)
}

async function leadOn(
  { web, appName }: JourneyPagesOptions,
  visitor: Visitor,
  { appId, returnTo }: JourneyRequest,
): Promise<Reply> {
  const { t } = visitor
  const app = (await appName(appId)) ?? t(message('app.home'))
  return web.replies.page(visitor, forwardPage({ app, href: returnTo }, t))
}

/** After a login the browser is one in which the person has logged in before. */
function cookiesAfter(
  { web: { cookies }, knownBrowsers }: JourneyPagesOptions,
  { client }: Visitor,
  { token, userId: id, credentialVersion }: Finished,
): string[] {
  const session = cookies.set('session', token)
  if (credentialVersion === undefined) return [session]
  const device = knownBrowsers.remember(client.device, { id, credentialVersion })
  return [session, cookies.set('device', device)]
}

/** Leads on whoever holds the session that the journey ended in. */
async function showOver(
  options: JourneyPagesOptions,
  visitor: Visitor,
  view: Extract<JourneyView, { type: 'over' }>,
): Promise<Reply> {
  const { replies } = options.web
  const { t, client } = visitor
  if (view.sessionId === null || client.session?.id !== view.sessionId) {
    // What a person does with what they have is no login.
    const end = view.request.authenticator === undefined ? 'ended' : 'closed'
    return replies.page(visitor, journeyEndPage(end, view.restartPath, t), { status: 410 })
  }
  return await leadOn(options, visitor, view.request)
}

/** A browser without a cookie has no journey. */
function handleOf(visitor: Visitor, journeyId: string): JourneyReference {
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
