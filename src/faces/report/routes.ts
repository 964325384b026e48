/**
 * The page behind the link *this was not me*: `/not-me/<token>`. A GET shows which login it is about and what will
 * happen, so that a program that looks at links in mails does nothing; a POST reports it. Needs no session and no
 * cookie: whoever has the token could send the form without it, so a form token would protect nothing.
 */
import { Hono } from 'hono'
import { browserOfAbout } from '../../login/report/about.ts'
import type { NotMeLinks } from '../../login/report/links.ts'
import type {
  Attempt,
  Consequences,
  Reported,
  ReportNotMe,
  ReportOptions,
} from '../../login/report/report.ts'
import { readForm } from '../../platform/http/body.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Visitor, Web } from '../frame/frame.ts'
import type { VisitorEnv } from '../login/form.ts'
import { notMeDonePage, notMeGonePage, notMePage } from './pages.ts'

export interface NotMeRoutesOptions {
  readonly db: Database
  readonly web: Web
  readonly links: NotMeLinks
  readonly reportNotMe: ReportNotMe
  readonly attemptOf: ReportOptions['attemptOf']
  readonly consequences: Consequences
}

export function createNotMeRoutes(options: NotMeRoutesOptions): Hono<VisitorEnv> {
  const routes = new Hono<VisitorEnv>()
  routes.get(
    '/not-me/:token',
    async (c) => await show(options, c.get('visitor'), c.req.param('token')),
  )
  routes.post(
    '/not-me/:token',
    async (c) => await report(options, c.get('visitor'), c.req.param('token')),
  )
  return routes
}

async function show(
  { db, web, links, attemptOf, consequences }: NotMeRoutesOptions,
  visitor: Visitor,
  token: string,
): Promise<Response> {
  const link = await links.find(db, token)
  if (link.type !== 'good') return gone(web, visitor, link.type)
  const attempt = await attemptOf(db, link.subject.challengeId)
  const page = notMePage(
    { action: visitor.path, rows: rowsOf(attempt), consequences: sentencesOf(consequences) },
    visitor.t,
  )
  return web.page(visitor, page)
}

function gone(web: Web, visitor: Visitor, reason: 'used' | 'expired' | 'unknown'): Response {
  const page = notMeGonePage(reason, web.support, visitor.t)
  return web.page(visitor, page, { status: reason === 'unknown' ? 404 : 410 })
}

function rowsOf(attempt: Attempt | undefined) {
  if (attempt === undefined) return []
  const { app, place, address } = attempt.about ?? {}
  const browser = attempt.about && browserOfAbout(attempt.about)
  const rows: [Message, Message | string | undefined][] = [
    [message('facts.time'), message('facts.moment', { at: attempt.at })],
    [message('facts.app'), app],
    [message('facts.browser'), browser],
    [message('facts.place'), place],
    [message('facts.address'), address],
  ]
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]))
}

function sentencesOf(consequences: Consequences): Message[] {
  const { end_sessions: ends, require_new_password: renews, block_push: wait } = consequences
  return [
    message('not_me.then.attempt'),
    ...(ends ? [message('not_me.then.sessions')] : []),
    ...(renews ? [message('not_me.then.password')] : []),
    ...(wait > 0 ? [message('not_me.then.push', { wait: Math.ceil(wait / 1000) })] : []),
  ]
}

/** The link is spent and its consequences happen together. */
async function report(
  options: NotMeRoutesOptions,
  visitor: Visitor,
  token: string,
): Promise<Response> {
  const { db, web, links, reportNotMe } = options
  // Nothing in it is used, but what is no form is refused as everywhere.
  await readForm(visitor.request)
  const reported = await transact(db, async (tx) => {
    const subject = await links.take(tx, token)
    return subject && (await reportNotMe(tx, { ...subject, source: 'mail' }))
  })
  if (reported === undefined) {
    const link = await links.find(db, token)
    return gone(web, visitor, link.type === 'good' ? 'used' : link.type)
  }
  reported.after()
  const page = notMeDonePage({ sentences: doneOf(reported), loginUrl: '/login' }, visitor.t)
  return web.page(visitor, page)
}

function doneOf({ passwordChangeRequired, pushBlockedUntil }: Reported): Message[] {
  return [
    message(passwordChangeRequired ? 'not_me.done.password' : 'not_me.done.text'),
    ...(pushBlockedUntil === null ? [] : [message('not_me.done.push', { at: pushBlockedUntil })]),
  ]
}
