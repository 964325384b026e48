/** The logout, and its result for each app. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionOperations } from '../../identity/operations/sessions.ts'
import { afterLogout } from '../../platform/http/headers.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { RequestContext } from '../frame/context.ts'
import { createEndedSessionCookies, type EndedSessionCookies } from '../frame/ended-session.ts'
import type { Frame } from '../frame/frame.ts'
import { loggedOutPage, logoutPage } from '../frame/pages.ts'
import {
  backToAppPage,
  type LoggedOutApp,
  loggedOutAppsPage,
  logoutAtAppPage,
} from './pages/logged-out.ts'

/** What a browser that has logged out sees of the apps, and what it does for them. */
export interface BrowserLogout {
  list(sessionId: string): Promise<readonly LoggedOutApp[]>
  /** Records that the browser is sent to an app. */
  noteRedirect(sessionId: string, id: string): Promise<void>
  finishRedirect(sessionId: string, id: string, isLoggedOut: boolean): Promise<void>
}

export interface LogoutOptions {
  readonly frame: Frame
  readonly clock: Clock
  readonly sessionOperations: Pick<SessionOperations, 'logOut'>
  readonly browserLogout: BrowserLogout
}

export function createLogout(given: LogoutOptions) {
  const options = { ...given, ended: createEndedSessionCookies(given) }
  return {
    ask: (context: RequestContext) => askLogout(options, context),
    logOut: (context: RequestContext) => logOut(options, context),
    comeBack: (context: RequestContext, id: string, isLoggedOut: boolean) =>
      comeBack(options, context, { id, isLoggedOut }),
  }
}

/** How long a browser waits for the logout of apps, in milliseconds. */
const patience = 500

type Options = LogoutOptions & { readonly ended: EndedSessionCookies }

async function askLogout(options: Options, context: RequestContext): Promise<Reply> {
  const { frame } = options
  if (context.client.session === undefined) return await showLoggedOut(options, context)
  const browser = frame.ensureBrowser(context)
  const page = logoutPage(
    { action: '/logout', formToken: frame.formToken(browser.token), cancelUrl: '/' },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

/** Only the browser of the session sees the names of the apps, and only for a short time. */
async function showLoggedOut(
  { frame, ended, browserLogout }: Options,
  context: RequestContext,
): Promise<Reply> {
  const { sessionId, next } = ended.read(context.request.headers.get('cookie') ?? undefined) ?? {}
  const apps = sessionId === undefined ? [] : await browserLogout.list(sessionId)
  if (sessionId === undefined || apps.length === 0) {
    return frame.page(context, loggedOutPage('/login', context.t))
  }
  const frames = apps.flatMap(({ frameUrls }) => frameUrls ?? [])
  const waiting = apps.find(({ redirectUrl }) => redirectUrl !== undefined)
  if (waiting?.redirectUrl !== undefined) {
    await browserLogout.noteRedirect(sessionId, waiting.id)
    const there = { name: waiting.name, url: waiting.redirectUrl }
    return frame.page(context, logoutAtAppPage(there, context.t))
  }
  if (next !== undefined && apps.every(({ state }) => state !== 'under_way')) {
    // Only once: a person who opens this address later sees the apps.
    return frame.page(context, backToAppPage(next, context.t), { cookies: ended.set(sessionId) })
  }
  const page = loggedOutAppsPage(apps, next !== undefined, context.t)
  return frame.page(context, page, { frames })
}

async function logOut(options: Options, from: RequestContext): Promise<Reply> {
  const { frame, ended, sessionOperations } = options
  const { fields, context } = await frame.receive(from)
  frame.checkForm(context, fields)
  const { session } = context.client
  if (session === undefined) return frame.redirect('/logout', [frame.cookies.clear('session')])
  const { announced } = await sessionOperations.logOut(session)
  // Most apps answer within this time. The page shows those that do not, and checks again.
  await Promise.race([announced, sleep(patience, undefined, { ref: false })])
  const reply = frame.redirect('/logout', ended.set(session.id))
  const [name, value] = afterLogout
  return { ...reply, headers: { ...reply.headers, [name]: value } }
}

/** After a redirect from an app that the browser was sent to. Only the browser of the ended session can report this. */
async function comeBack(
  { frame, ended, browserLogout }: Options,
  context: RequestContext,
  { id, isLoggedOut }: { readonly id: string; readonly isLoggedOut: boolean },
): Promise<Reply> {
  const { sessionId } = ended.read(context.request.headers.get('cookie') ?? undefined) ?? {}
  if (sessionId !== undefined) await browserLogout.finishRedirect(sessionId, id, isLoggedOut)
  return frame.redirect('/logout')
}
