/**
 * The login as pages, under `/login`. Owns how a form reaches the engine, and how the engine's view becomes a response.
 * Post, redirect, get: the address in the browser's address bar can always be loaded again.
 */

import type { Credentials, KnownBrowsers } from '../../identity/limits/known-browsers.ts'
import type { HandOver } from '../../identity/operations/hand-over.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { canonicalUsername } from '../../identity/users/user.ts'
import type { Continuations } from '../../login/engine/continuation.ts'
import type { Engine } from '../../login/engine/engine.ts'
import type { JourneyKind, JourneyRequest, NextJourney } from '../../login/engine/journey.ts'
import type { Answers, ClientFacts } from '../../login/engine/step.ts'
import type { JourneyPage, JourneyReference, JourneyView } from '../../login/engine/view.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { addLogoutLine } from '../frame/logout-link.ts'
import { cookiesOffPage, journeyEndPage } from '../frame/pages.ts'
import { readCancelled, writeCancelled } from './cancelled.ts'
import { addEndedNote, type OpenApps } from './ended-note.ts'
import { answerLeave, leadBack, mustLeaveForApp } from './leave-button.ts'
import { leadOn, showOver } from './over.ts'
import { renderForm } from './page.ts'
import { createBusyError, keepPlace, writePlace } from './place.ts'
import { addressQuery } from './qr-page.ts'
import { applyRefusal, isRefused, type Refusal, readRefusal, writeRefusal } from './refusal.ts'
import { keepAfterLogin, readRemembered } from './remembered.ts'
import { asksForTicket } from './silent-ticket.ts'
import { readSubmission } from './submission.ts'
import { shownQuery } from './wait-page.ts'

export interface JourneyPagesOptions {
  readonly frame: Frame
  readonly engine: Engine
  readonly knownBrowsers: KnownBrowsers
  readonly now: () => number
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  readonly sessions: Pick<Sessions, 'findById' | 'findEnd'> & OpenApps & { handOver: HandOver }
}

export interface LoginPagesOptions extends JourneyPagesOptions {
  readonly continuations: Continuations
  readonly findNextJourney: (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ) => Promise<NextJourney>
}

const home: JourneyRequest = { returnTo: '/' }

const accountKinds: readonly JourneyKind[] = ['enrol', 'remove', 'trial']

/** What the routes of the login call. Each throws `Fault`. */
export function createLoginPages(options: LoginPagesOptions) {
  return {
    showFirst: (context: RequestContext) => showFirstPage(options, context),
    answerFirst: (context: RequestContext) => answerFirstPage(options, context),
    look: (context: RequestContext, journeyId: string) => look(options, context, journeyId),
    submit: (context: RequestContext, journeyId: string) => submit(options, context, journeyId),
    tellStatus: (context: RequestContext, journeyId: string) =>
      tellStatus(options, context, journeyId),
  }
}

export type LoginPages = ReturnType<typeof createLoginPages>

async function look(
  options: LoginPagesOptions,
  context: RequestContext,
  id: string,
): Promise<Reply> {
  const view = await options.engine.look(createReference(context, id), context.client)
  return await respond(options, context, view, { action: `/login/${id}` })
}

async function submit(
  options: LoginPagesOptions,
  from: RequestContext,
  id: string,
): Promise<Reply> {
  const { fields, context } = await options.frame.receive(from)
  options.frame.checkForm(context, fields)
  const { version, answers } = readSubmission(fields)
  const reference = createReference(context, id)
  const view = await options.engine.submit(reference, { version, answers }, context.client)
  return await respond(options, context, view, { action: `/login/${id}`, answers })
}

async function tellStatus(
  { frame, engine }: LoginPagesOptions,
  context: RequestContext,
  id: string,
): Promise<Reply> {
  const said = new URL(context.request.url).searchParams.get(shownQuery)
  const shown = said === null ? undefined : said.slice(0, 40)
  const status = await engine.status(createReference(context, id), context.client, shown)
  if (status === undefined) return frame.json({ error: 'not_found' }, 404)
  return frame.json({ final: status.final, status: context.t(status.status) })
}

async function showFirstPage(options: LoginPagesOptions, context: RequestContext): Promise<Reply> {
  const request = openRequest(options, context)
  if (request === undefined) return expiredPage(options, context)
  const kind = await options.findNextJourney(context.client.session, request)
  if (kind !== 'enter') return await showFirst(options, context, { kind, request })
  // A form of this page may have redirected here, and another tab may have logged in meanwhile.
  if (request.appId !== undefined) return await leadOn(options, context, request)
  return options.frame.redirect(request.returnTo)
}

async function answerFirstPage(options: LoginPagesOptions, from: RequestContext): Promise<Reply> {
  const { frame } = options
  const { fields, context } = await frame.receive(from)
  if (context.browserToken === undefined) {
    return frame.page(context, cookiesOffPage(context.path, context.t), { status: 403 })
  }
  frame.checkForm(context, fields)
  const request = openRequest(options, context)
  if (request === undefined) return expiredPage(options, context)
  const left = await answerLeave(options, context, request, fields)
  if (left !== undefined) return left
  if (fields.forget !== undefined)
    return frame.redirect(context.path, [frame.cookies.clear('name')])
  const isOther = isOfAnother(context, fields)
  const kind = isOther ? 'login' : await options.findNextJourney(context.client.session, request)
  if (kind === 'enter')
    return frame.redirect(findNextAddress(context, { journeyId: undefined, request }))
  const first = { kind, request }
  return await sendFirst(options, context, first, { fields, isOther }).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'busy') throw error
    return answerBusy(options, context, first, { fields, fault: error })
  })
}

interface FirstForm {
  readonly fields: Record<string, string>
  /** It logs in another person than the one whose session the browser has. */
  readonly isOther: boolean
}

async function sendFirst(
  options: LoginPagesOptions,
  context: RequestContext,
  first: FirstPage,
  { fields, isOther }: FirstForm,
): Promise<Reply> {
  const { remember, ...answers } = readSubmission(fields).answers
  // A redirect to the page would lead on the session of this browser, so this response shows the refusal itself.
  if (isOther) return await beginFirst(options, context, first, answers)
  const view = await begin(options, context, first, answers)
  const sent = { action: context.path, answers: { ...answers, ...(remember && { remember }) } }
  const reply = await respond(options, context, view, sent)
  if (first.kind !== 'login' || !hasPassed(view)) return reply
  return {
    ...reply,
    cookies: [...reply.cookies, ...keepAfterLogin(options.frame, context, fields)],
  }
}

/** Nothing was judged. The browser keeps the page and what was typed, or gets the same form with the name. */
async function answerBusy(
  options: LoginPagesOptions,
  context: RequestContext,
  { kind, request }: FirstPage,
  { fields, fault }: { readonly fields: Record<string, string>; readonly fault: Fault },
): Promise<Reply> {
  const { frame } = options
  const { username = '', remember } = fields
  const place = writePlace(frame, context, { username, now: options.now() })
  const stays = frame.fault(fault, context, '/login')
  if (stays.status === 204) return { ...stays, cookies: [...stays.cookies, place] }
  const client = describeClient(context, context.browserToken ?? '')
  const view = await options.engine.preview(kind, request, client)
  const refusal = {
    formError: createBusyError(fault),
    ...{ typed: { username }, isNameTicked: remember !== undefined },
  }
  const reply = await respond(options, context, view, { action: context.path, refusal })
  return { ...reply, cookies: [...reply.cookies, place] }
}

/** A login that has no row yet. */
const isFirstPage = ({ kind, version }: JourneyPage): boolean => kind === 'login' && version === 0

/** The name and the password, or what replaces them, were right. */
function hasPassed({ type }: JourneyView): boolean {
  return type === 'moved' || type === 'finished'
}

/** Whether the form logs in another person than the one whose session the browser has got since the form was shown. */
function isOfAnother(
  { client }: RequestContext,
  { username = '' }: Record<string, string>,
): boolean {
  const typed = canonicalUsername(username)
  if (client.session === undefined || typed === undefined) return false
  return typed !== canonicalUsername(client.session.username)
}

/** Which journey begins, and for what. */
export interface FirstPage {
  readonly kind: JourneyKind
  readonly request: JourneyRequest
}

/** The first page of a journey, at any address. */
export async function showFirst(
  options: JourneyPagesOptions,
  context: RequestContext,
  { kind, request }: FirstPage,
): Promise<Reply> {
  const { token, cookies } = options.frame.ensureBrowser(context)
  const first = await options.engine.preview(kind, request, describeClient(context, token))
  const view = await addEndedNote(options, context, first)
  const to = { ...context, browserToken: token }
  const reply = await respond(options, to, view, { action: context.path })
  return { ...reply, cookies: [...reply.cookies, ...cookies] }
}

/** Begins a journey with the answers to that page. Call `checkForm` before. */
export async function beginFirst(
  options: JourneyPagesOptions,
  context: RequestContext,
  first: FirstPage,
  answers: Answers,
): Promise<Reply> {
  const view = await begin(options, context, first, answers)
  return await respond(options, context, view, { action: context.path })
}

function begin(
  { engine, frame, now }: JourneyPagesOptions,
  context: RequestContext,
  { kind, request }: FirstPage,
  answers: Answers,
): Promise<JourneyView> {
  const browserToken = context.browserToken ?? ''
  const client = describeClient(context, browserToken)
  const place = { username: answers.username, now: now() }
  return keepPlace(frame, context, place, () =>
    engine.begin({ kind, request, browserToken, answers }, client),
  )
}

/** Ties the first page to the browser that shows it. */
export function describeClient({ client }: RequestContext, browserToken: string): ClientFacts {
  return { ...client, browserHash: sha256(browserToken) }
}

/** The request that the address carries. `undefined`: the request is forged or too old. */
export function openRequest(
  options: LoginPagesOptions,
  context: RequestContext,
): JourneyRequest | undefined {
  if (!context.path.includes('?')) return home
  const signed = new URL(context.request.url).searchParams.getAll('continue')
  if (signed.length === 0) return home
  return signed.length === 1 ? options.continuations.open(signed[0] ?? '') : undefined
}

export function expiredPage({ frame }: LoginPagesOptions, context: RequestContext): Reply {
  return frame.page(context, journeyEndPage('expired', '/login', context.t), { status: 410 })
}

interface AtPage {
  /** The address of the page, to which its form posts as well. */
  readonly action: string
  /** What was sent, if the page can be loaded again from the same address; absent: nothing was sent. */
  readonly answers?: Answers
  /** What the page says of it at once, without a redirect. */
  readonly refusal?: Refusal
}

export async function respond(
  options: JourneyPagesOptions,
  context: RequestContext,
  view: JourneyView,
  { action, answers, refusal }: AtPage,
): Promise<Reply> {
  const { frame } = options
  switch (view.type) {
    case 'page':
      return answers !== undefined && isRefused(view)
        ? frame.redirect(action, [writeRefusal(frame, context, view, answers)])
        : showPage(options, context, view, { action, refusal })
    case 'moved':
      return frame.redirect(`/login/${view.journeyId}`)
    case 'finished':
      return frame.redirect(findNextAddress(context, view), createCookies(options, context, view))
    case 'over':
      return await showOver(options, context, view)
    case 'left':
      return await answerLeft(options, context, view)
    case 'expired':
      // The page links to the login of the same app, which may wait in the window that opened this one.
      return frame.page(context, journeyEndPage('expired', view.restartPath, context.t), {
        status: 410,
        keepsOpener: view.request.keepsOpener,
      })
    case 'unknown':
      return frame.page(context, journeyEndPage('ended', '/login', context.t), { status: 404 })
  }
}

async function answerLeft(
  options: JourneyPagesOptions,
  context: RequestContext,
  view: Extract<JourneyView, { type: 'left' }>,
): Promise<Reply> {
  const { frame } = options
  const back = view.cancelled && (await leadBack(options, context, view.cancelled))
  return back ?? frame.redirect(view.restartPath, writeCancelled(frame, context, view))
}

function showPage(
  options: JourneyPagesOptions,
  context: RequestContext,
  found: JourneyPage,
  { action, refusal: given }: Pick<AtPage, 'action'> & { refusal: Refusal | undefined },
): Reply {
  const { frame } = options
  const browser = frame.ensureBrowser(context)
  const refusal = given ?? readRefusal(frame, context, found)
  const view = refusal === undefined ? found : applyRefusal(found, refusal)
  const { formError } = view
  const isBegin = view.version === 0 && formError === undefined && !view.outdated
  const cancelled = isBegin ? readCancelled(frame, context) : undefined
  const isSaid = refusal !== undefined || cancelled !== undefined
  const form = renderForm({
    form: view.form,
    formError,
    cancelled,
    outdated: view.outdated,
    leavesForApp: mustLeaveForApp(view.form, view.request),
    action,
    version: view.version,
    formToken: frame.formToken(browser.token),
    t: context.t,
    now: options.now(),
    showsAddress:
      context.path.includes('?') && new URL(context.request.url).searchParams.has(addressQuery),
    remembered: isFirstPage(view) ? readRemembered(frame, context, refusal) : undefined,
    asksForTicket: isBegin && !isSaid && isFirstPage(view) && asksForTicket(frame, context),
    wait: { events: `${action}/events`, status: `${action}/status`, next: action },
  })
  const isOfAccount = accountKinds.includes(view.kind)
  const shown = isOfAccount ? addLogoutLine(form, context.t) : form
  const retryAfter = formError?.retryAfter
  return frame.page(context, shown, {
    status: formError?.status ?? (view.outdated ? 409 : 200),
    keepsOpener: view.request.keepsOpener,
    cookies: [
      ...browser.cookies,
      ...(isSaid ? [frame.cookies.clear('refusal')] : []),
      ...(view.provenPerson ? [createDeviceCookie(options, context, view.provenPerson)] : []),
    ],
    ...(retryAfter !== undefined && { headers: { 'retry-after': `${retryAfter}` } }),
  })
}

type Finished = Extract<JourneyView, { type: 'finished' }>

/** The response to a form must not redirect to another origin (form-action), so a page leads on to the app. */
function findNextAddress(
  { request, path }: RequestContext,
  { journeyId, request: { returnTo, appId } }: Pick<Finished, 'journeyId' | 'request'>,
): string {
  if (request.method === 'GET' || appId === undefined) return returnTo
  return journeyId === undefined ? path : `/login/${journeyId}`
}

/** After a login, a cookie marks the browser as one in which the person has logged in before. */
function createCookies(
  options: JourneyPagesOptions,
  context: RequestContext,
  { token, userId: id, credentialVersion }: Finished,
): string[] {
  const session = options.frame.cookies.set('session', token)
  if (credentialVersion === undefined) return [session]
  return [session, createDeviceCookie(options, context, { id, credentialVersion })]
}

function createDeviceCookie(
  { frame, knownBrowsers }: JourneyPagesOptions,
  { client }: RequestContext,
  person: Credentials,
): string {
  return frame.cookies.set('device', knownBrowsers.remember(client.device, person))
}

/** A browser without a cookie has no journey. */
function createReference(context: RequestContext, journeyId: string): JourneyReference {
  return { journeyId, browserToken: context.browserToken ?? '' }
}
