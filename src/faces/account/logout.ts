/** The way out, and what a person can do who has forgotten their password. */

import type { Audit } from '../../identity/audit/audit.ts'
import { sessionEvents } from '../../identity/sessions/events.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { loginAddress } from '../../login/engine/continuation.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { forgotPasswordPage, loggedOutPage, logoutPage } from '../frame/pages.ts'
import type { Visitor, Web } from '../frame/web.ts'

export interface LogoutOptions {
  readonly db: Database
  readonly web: Web
  readonly sessions: Sessions
  readonly audit: Audit
}

export function createLogout(options: LogoutOptions) {
  const { web } = options
  return {
    ask: (visitor: Visitor) => askLogout(options, visitor),
    logOut: (visitor: Visitor) => logOut(options, visitor),
    forgotPassword(visitor: Visitor): Response {
      const signed = new URL(visitor.request.url).searchParams.get('continue')
      const backUrl = signed === null ? '/login' : loginAddress(signed)
      const page = forgotPasswordPage({ backUrl, support: web.support }, visitor.t)
      return web.page(visitor, page)
    },
  }
}

function askLogout({ web }: LogoutOptions, visitor: Visitor): Response {
  if (visitor.client.session === undefined) {
    return web.page(visitor, loggedOutPage('/login', visitor.t))
  }
  const browser = web.ensureBrowser(visitor)
  const page = logoutPage(
    { action: '/logout', formToken: web.formToken(browser.token), cancelUrl: '/' },
    visitor.t,
  )
  return web.page(visitor, page, { cookies: browser.cookies })
}

async function logOut(options: LogoutOptions, from: Visitor): Promise<Response> {
  const { web, sessions } = options
  const { fields, visitor } = await web.receive(from)
  web.checkForm(visitor, fields)
  const { session } = visitor.client
  if (session !== undefined && (await endSession(options, session))) {
    await sessions.announceEnd([session.id])
  }
  return web.redirect('/logout', [web.cookies.clear('session')])
}

/** `false`: somebody else ended it at the same time. */
async function endSession(
  { db, sessions, audit }: LogoutOptions,
  { id, userId }: LiveSession,
): Promise<boolean> {
  const reason = 'logout'
  return await transact(db, async (tx) => {
    if (!(await sessions.end(tx, id, reason))) return false
    await audit.record(tx, sessionEvents.ended, { userId, sessionId: id, reason })
    return true
  })
}
