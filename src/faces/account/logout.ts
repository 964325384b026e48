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
import { backToAppPage, type LoggedOutApp, loggedOutAppsPage } from './pages/logged-out.ts'

/** What a browser that has logged out sees of the apps, and what it does for them. */
export interface BrowserLogout {
  list(sessionId: string): Promise<readonly LoggedOutApp[]>
  /** Where a frame or a window for an app leads, which is noted as done; absent: nowhere. */
  lead(sessionId: string, to: AppDestination): Promise<string | undefined>
}

/** The browser goes to an app that it has to log out. */
export interface AppDestination {
  readonly id: string
  readonly place: 'frame' | 'window'
  /** Which of the frames of the app. */
  readonly index: number
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
    lead: (context: RequestContext, to: AppDestination) => lead(options, context, to),
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
  if (next !== undefined && apps.every(({ state }) => state !== 'under_way')) {
    // Only once: a person who opens this address later sees the apps. The script of the page looks before the browser goes.
    const cookies = isByScript(context) ? [] : ended.set(sessionId)
    return frame.page(context, backToAppPage(next, context.t), { cookies })
  }
  const hasFrames = apps.some(({ frameUrls }) => frameUrls !== undefined)
  return frame.page(context, loggedOutAppsPage(apps, context.t), { hasFrames })
}

/** See platform/browser/renew.ts. */
const isByScript = ({ request }: RequestContext) => request.headers.get('renews') !== null

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

/** For a frame of the page, or a window that the person opens. Only the browser of the ended session is led to an app. */
async function lead(
  { frame, ended, browserLogout }: Options,
  context: RequestContext,
  to: AppDestination,
): Promise<Reply> {
  const { request } = context
  const { sessionId } = ended.read(request.headers.get('cookie') ?? undefined) ?? {}
  const isAsked = sessionId !== undefined && request.method === 'GET'
  const url = isAsked ? await browserLogout.lead(sessionId, to) : undefined
  if (url !== undefined) return frame.redirect(url)
  if (to.place === 'window') return frame.redirect('/logout')
  return frame.stay()
}

/** For the next login page: the apps that this browser could not log out, as long as the page after the logout shows them. */
export function createOpenApps(given: Pick<LogoutOptions, 'frame' | 'clock' | 'browserLogout'>) {
  const ended = createEndedSessionCookies(given)
  return {
    /** @param cookies the `Cookie` header of the browser */
    async listOpenApps(cookies: string | undefined): Promise<readonly string[]> {
      const { sessionId } = ended.read(cookies) ?? {}
      if (sessionId === undefined) return []
      const apps = await given.browserLogout.list(sessionId)
      const isOpen = ({ state }: LoggedOutApp) => state !== 'logged_out' && state !== 'asked'
      return apps.filter(isOpen).map(({ name }) => name)
    },
  }
}
