/**
 * The pages for a person who has forgotten a password: the request for a mail, and the link in it. Each request is answered
 * before its user is looked up. Opening the page behind a link changes nothing.
 */
import { createTieredLimit } from '../../identity/limits/tiered-limit.ts'
import { acrPossession } from '../../identity/policy/assurance.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { loginAddress } from '../../login/engine/continuation.ts'
import type { JourneyRequest } from '../../login/engine/journey.ts'
import type { FormError } from '../../login/engine/step.ts'
import { resetEndPath } from '../../login/journeys/reset.ts'
import type { ResetRequests } from '../../login/reset/requests.ts'
import type { Config } from '../../platform/config/schema.ts'
import { sharedRanges } from '../../platform/http/client.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { RequestContext } from '../frame/context.ts'
import { createLinkTokens, type FoundLink, type LinkTokens } from '../frame/link-tokens.ts'
import { cookiesOffPage, forgotPasswordPage } from '../frame/pages.ts'
import { declarePages, type FaceRoute } from '../frame/route.ts'
import { readCancelled } from '../login/cancelled.ts'
import { beginFirst, type FirstPage, type JourneyPagesOptions, showFirst } from '../login/form.ts'
import { renderForm } from '../login/page.ts'
import { createRequestForm, createTooManyError, endedPage, missingName, sentPage } from './pages.ts'

export interface ResetPagesOptions extends JourneyPagesOptions {
  readonly config: Pick<Config, 'mail' | 'passwords' | 'networks'>
  readonly directory: Pick<Directory, 'passwordReset'>
  readonly requests: Pick<ResetRequests, 'add'>
  readonly clock: Clock
}

export type ResetPages = ReturnType<typeof createResetPages>

const requestPath = '/forgot-password'
const linkPath = `${requestPath}/link`
const sentPath = `${requestPath}/sent`

export function createResetPages(given: ResetPagesOptions) {
  const tokens = createLinkTokens(given.frame, { cookie: 'reset', path: linkPath })
  const options = { ...given, tokens, limits: createLimits(given), ...findWays(given) }
  return {
    ask: (context: RequestContext) => askName(options, context),
    request: (context: RequestContext) => request(options, context),
    showSent: (context: RequestContext) => showSent(options, context),
    showEnded: (context: RequestContext) => showEnded(options, context),
    open: (context: RequestContext, token: string) => tokens.take(context, token),
    showLink: (context: RequestContext) => showLink(options, context),
    begin: (context: RequestContext) => begin(options, context),
  }
}

interface Options extends ResetPagesOptions {
  readonly limits: Limits
  readonly tokens: LinkTokens
  /** People may request links themselves. Otherwise only the service desk can. */
  readonly isAskedHere: boolean
  /** Links are sent, at least by the service desk. */
  readonly isOn: boolean
}

const { get, post } = declarePages<ResetPages>()

export const resetRoutes: readonly FaceRoute<ResetPages>[] = [
  get(requestPath, 'ask whose password is forgotten', (pages, context) => pages.ask(context)),
  post(requestPath, 'request a link by mail', (pages, context) => pages.request(context)),
  get(sentPath, 'where the link is', (pages, context) => pages.showSent(context)),
  get(resetEndPath, 'why there is no new password', (pages, context) => pages.showEnded(context)),
  get('/forgot-password/link/:token', 'open a link from a mail', (pages, context, { token }) =>
    pages.open(context, token),
  ),
  get(linkPath, 'whose password a link changes', (pages, context) => pages.showLink(context)),
  post(linkPath, 'begin to choose a new password', (pages, context) => pages.begin(context)),
]

function findWays({ config, directory }: ResetPagesOptions) {
  const { mail, passwords } = config
  const isOn = mail !== undefined && directory.passwordReset !== undefined
  return { isOn, isAskedHere: isOn && passwords.forgotten === 'mail' }
}

/**
 * For an address and the networks around it, and never for all together: one network must not turn the page off for everybody.
 * The number of mails to one user and one mailbox is limited where they are written.
 */
function createLimits({ clock, config }: ResetPagesOptions) {
  const isShared = sharedRanges(config.networks).has
  return createTieredLimit({ clock, isShared, limit: 5, span: minutes(10) })
}

type Limits = ReturnType<typeof createLimits>

/** The link back leads to the login of the app that the person came from. */
function findBack({ request }: RequestContext) {
  const signed = new URL(request.url).searchParams.get('continue')
  if (signed === null) return { backUrl: '/login', query: '' }
  return { backUrl: loginAddress(signed), query: `?continue=${encodeURIComponent(signed)}` }
}

function askName(options: Options, context: RequestContext): Reply {
  const { frame } = options
  if (options.isAskedHere) return showRequest(options, context, '')
  const { backUrl } = findBack(context)
  return frame.page(context, forgotPasswordPage({ backUrl, support: frame.support }, context.t))
}

function showRequest(
  { frame, now }: Options,
  context: RequestContext,
  username: string,
  formError?: FormError,
): Reply {
  const { backUrl, query } = findBack(context)
  const browser = frame.ensureBrowser(context)
  const page = renderForm({
    form: createRequestForm(username, backUrl),
    formError,
    action: `${requestPath}${query}`,
    version: 0,
    formToken: frame.formToken(browser.token),
    t: context.t,
    now: now(),
  })
  const retryAfter = formError?.retryAfter
  return frame.page(context, page, {
    cookies: browser.cookies,
    ...(formError && { status: formError.status }),
    ...(retryAfter !== undefined && { headers: { 'retry-after': `${retryAfter}` } }),
  })
}

async function request(options: Options, from: RequestContext): Promise<Reply> {
  const { frame } = options
  const { fields, context } = await frame.receive(from)
  if (!options.isAskedHere) return frame.redirect(context.path)
  if (context.browserToken === undefined) {
    return frame.page(context, cookiesOffPage(context.path, context.t), { status: 403 })
  }
  frame.checkForm(context, fields)
  const typed = fields.username ?? ''
  if (typed.trim() === '') return showRequest(options, context, '', missingName)
  const refused = options.limits.admit(context.client.address)
  if (refused !== undefined)
    return showRequest(options, context, typed, createTooManyError(refused.retryAfter))
  await options.requests.add(typed, context.client)
  return frame.redirect(`${sentPath}${findBack(context).query}`)
}

function showSent({ frame }: Options, context: RequestContext): Reply {
  const { backUrl, query } = findBack(context)
  const againUrl = `${requestPath}${query}`
  return frame.page(context, sentPage({ againUrl, backUrl, support: frame.support }, context.t))
}

function showEnded({ frame }: Options, context: RequestContext): Reply {
  const said = readCancelled(frame, context)
  return frame.page(context, endedPage(said, context.t), said ? {} : { status: 410 })
}

const none = { type: 'none' } as const

type First =
  | { readonly type: 'open'; readonly first: FirstPage }
  | Exclude<FoundLink, { type: 'open' }>

/** The first step of the journey. */
function findFirst({ tokens, isOn }: Options, context: RequestContext): First {
  const found = isOn ? tokens.find(context) : none
  if (found.type !== 'open') return found
  const request: JourneyRequest = {
    returnTo: '/login',
    confirms: 'password',
    acrValues: [acrPossession],
    link: sha256(found.token),
  }
  return { type: 'open', first: { kind: 'reset', request } }
}

async function showLink(options: Options, context: RequestContext): Promise<Reply> {
  const found = findFirst(options, context)
  if (found.type === 'closed') return found.reply
  if (found.type === 'none') return options.frame.redirect(resetEndPath)
  return await showFirst(options, context, found.first)
}

/** From here on, the journey represents the link. Another person at this browser does not find the link in it. */
async function begin(options: Options, from: RequestContext): Promise<Reply> {
  const { frame } = options
  const { fields, context } = await frame.receive(from)
  frame.checkForm(context, fields)
  const found = findFirst(options, context)
  if (found.type === 'closed') return found.reply
  if (found.type === 'none') return frame.redirect(resetEndPath)
  const { action = '' } = fields
  const reply = await beginFirst(options, context, found.first, { action })
  return { ...reply, cookies: [...reply.cookies, options.tokens.clear(context)] }
}
