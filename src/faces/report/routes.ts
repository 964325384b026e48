/**
 * The page behind the link *this was not me*: `/not-me/<token>` leads to `/not-me?of=…`. A GET shows the login and the
 * consequences of a report, so that a program that opens links in mails does nothing; a POST reports the login. Needs no
 * session.
 */

import type { Authenticator } from '../../login/factors/factor.ts'
import { describeFactor } from '../../login/factors/index.ts'
import type { Undo } from '../../login/factors/undo-binding.ts'
import { browserOfAbout } from '../../login/report/about.ts'
import type { BoundAuthenticator, LinkSubject, NotMeLinks } from '../../login/report/links.ts'
import {
  type Attempt,
  type Consequences,
  fitBinding,
  type ReportByLink,
  type Reported,
  type ReportedFactors,
} from '../../login/report/report.ts'
import { readForm } from '../../platform/http/body.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { createLinkTokens, type LinkTokens } from '../frame/link-tokens.ts'
import { declarePages, type FaceRoute } from '../frame/route.ts'
import {
  type GoneReason,
  type NotMePage,
  notMeDonePage,
  notMeGonePage,
  notMePage,
} from './pages.ts'

export interface NotMeOptions {
  readonly db: Database
  readonly frame: Frame
  readonly links: NotMeLinks
  readonly reportByLink: ReportByLink
  readonly findAttempt: ReportedFactors['findAttempt']
  readonly undo: Pick<Undo, 'plan'>
  readonly consequences: Consequences
}

export type NotMePages = ReturnType<typeof createNotMePages>

const path = '/not-me'

type Options = NotMeOptions & { readonly tokens: LinkTokens }

export function createNotMePages(given: NotMeOptions) {
  const tokens = createLinkTokens(given.frame, { cookie: 'not_me', path })
  const options = { ...given, tokens }
  return {
    open: (context: RequestContext, token: string) => tokens.take(context, token),
    show: (context: RequestContext) => show(options, context),
    report: (context: RequestContext) => report(options, context),
    reportOnce: (context: RequestContext, token: string) => reportOnce(options, context, token),
  }
}

const { get, post } = declarePages<NotMePages>()

export const notMeRoutes: readonly FaceRoute<NotMePages>[] = [
  get('/not-me/:token', 'open a link about a login', (pages, context, { token }) =>
    pages.open(context, token),
  ),
  post(
    '/not-me/:token',
    'report a foreign login from an earlier page',
    (pages, context, { token }) => pages.reportOnce(context, token),
  ),
  get(path, 'ask whether a login was foreign', (pages, context) => pages.show(context)),
  post(path, 'report a foreign login', (pages, context) => pages.report(context)),
]

async function show(options: Options, context: RequestContext): Promise<Reply> {
  const { db, frame, links, tokens } = options
  const found = tokens.find(context)
  if (found.type === 'closed') return found.reply
  if (found.type === 'none') return gone(frame, context, 'unknown')
  const link = await links.find(db, found.token)
  if (link.type !== 'good') return gone(frame, context, link.type)
  const about = await describe(options, context, link.subject)
  if (about === undefined) return gone(frame, context, 'removed')
  const browser = frame.ensureBrowser(context)
  const formToken = frame.formToken(browser.token)
  const page = notMePage({ action: found.action, formToken, ...about }, context.t)
  return frame.page(context, page, { cookies: browser.cookies })
}

type About = Omit<NotMePage, 'action' | 'formToken'>

async function describe(
  options: Options,
  context: RequestContext,
  { userId, bound, challengeId }: LinkSubject,
): Promise<About | undefined> {
  if (bound !== undefined) return await describeBound(options, context, userId, bound)
  const { db, frame, findAttempt, consequences } = options
  const attempt = await findAttempt(db, challengeId)
  return {
    title: message('not_me.title'),
    lead: message(attempt?.about?.byApp === undefined ? 'not_me.lead' : 'not_me.lead.app'),
    rows: listRows(frame, context, attempt),
    consequences: listConsequences(consequences, attempt),
  }
}

/** `undefined`: it is not there any more. */
async function describeBound(
  { db, undo, consequences }: Options,
  { t }: RequestContext,
  userId: LinkSubject['userId'],
  bound: BoundAuthenticator,
): Promise<About | undefined> {
  const { gone, isNoneLeft } = await undo.plan(db, userId, bound)
  const own = gone.find(({ id }) => id === bound.authenticatorId)
  if (own === undefined) return undefined
  const nameOf = ({ kind, name }: Authenticator) => name ?? t(describeFactor(kind).words.name)
  const names = new Intl.ListFormat(t.language).format(new Set(gone.map(nameOf)))
  return {
    title: message('not_me.title.bound'),
    lead: message('not_me.lead.bound'),
    rows: [
      { label: message('mail.fact.factor'), value: describeFactor(own.kind).words.name },
      ...(own.name === null ? [] : [{ label: message('mail.fact.device'), value: own.name }]),
      { label: message('facts.time'), value: message('facts.moment', { at: bound.at }) },
    ],
    consequences: [
      message('not_me.then.bound', { names }),
      ...listConsequences(fitBinding(consequences), { at: bound.at, about: undefined }).slice(1),
      ...(isNoneLeft ? [message('not_me.then.none_left')] : []),
    ],
  }
}

function gone(frame: Frame, context: RequestContext, reason: GoneReason): Reply {
  const page = notMeGonePage(reason, frame.support, context.t)
  return frame.page(context, page, { status: reason === 'unknown' ? 404 : 410 })
}

/** The place in the language of the reader: the browser of that login may have used another one. */
function listRows(frame: Frame, { t }: RequestContext, attempt: Attempt | undefined) {
  if (attempt === undefined) return []
  const { app, place: named, address } = attempt.about ?? {}
  const browser = attempt.about && browserOfAbout(attempt.about)
  const isKnown = named !== undefined && address !== undefined
  const place = isKnown ? (frame.findPlace(address, t.language) ?? named) : named
  const rows: [Message, Message | string | undefined][] = [
    [message('facts.time'), message('facts.moment', { at: attempt.at })],
    [message('facts.app'), app],
    [message('facts.purpose'), attempt.about?.byApp?.message],
    [message('facts.browser'), browser],
    [message('facts.place'), place],
    [message('facts.address'), address],
  ]
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]))
}

function listConsequences(consequences: Consequences, attempt: Attempt | undefined): Message[] {
  const { end_sessions: ends, require_new_password: renews, block_push: wait } = consequences
  const advises = consequences.advise_new_password === true
  const isPasswordKnown = attempt?.about?.byApp === undefined
  return [
    message('not_me.then.attempt'),
    ...(ends ? [message('not_me.then.sessions')] : []),
    ...(renews && isPasswordKnown ? [message('not_me.then.password')] : []),
    ...(advises && isPasswordKnown ? [message('not_me.then.password.elsewhere')] : []),
    ...(wait > 0 ? [message('not_me.then.push', { wait: Math.ceil(wait / 1000) })] : []),
  ]
}

interface Done {
  readonly reported: Reported
  /** The report was about a new authenticator. */
  readonly isBound: boolean
}

/** Spends the link and applies its consequences together. The browser keeps its token, so that a repeated form says so. */
async function report(options: Options, context: RequestContext): Promise<Reply> {
  const { frame, tokens } = options
  frame.checkForm(context, await readForm(context.request))
  const found = tokens.find(context)
  if (found.type === 'closed') return found.reply
  if (found.type === 'none') return gone(frame, context, 'unknown')
  return await reportLink(options, context, found.token)
}

/**
 * For a page of an earlier server, which may be open while nodes are updated: its address contained the token, which was proof
 * enough, and its form has no other proof. For pages of servers before 0.1.0: remove it after that release.
 */
async function reportOnce(
  options: Options,
  context: RequestContext,
  token: string,
): Promise<Reply> {
  await readForm(context.request)
  return await reportLink(options, context, token)
}

async function reportLink(
  { frame, reportByLink }: Options,
  context: RequestContext,
  token: string,
): Promise<Reply> {
  const report = await reportByLink(token)
  if (report.type === 'gone') return gone(frame, context, report.reason)
  const page = notMeDonePage(
    { sentences: listSentencesDone(report), loginUrl: '/login' },
    context.t,
  )
  return frame.page(context, page)
}

function listSentencesDone({ reported, isBound }: Done): Message[] {
  const { pushBlockedUntil, ...password } = reported
  const { passwordChangeRequired: renews, isNewPasswordAdvised: advises } = password
  const what = isBound ? 'not_me.done.bound' : 'not_me.done'
  const plain = isBound ? 'not_me.done.bound' : 'not_me.done.text'
  return [
    message(renews ? `${what}.password` : plain),
    ...(advises ? [message('not_me.done.password.elsewhere')] : []),
    ...(pushBlockedUntil === null ? [] : [message('not_me.done.push', { at: pushBlockedUntil })]),
  ]
}
