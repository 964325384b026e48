/** The way out, and what a person can do who has forgotten their password. */

import type { SessionOperations } from '../../identity/operations/sessions.ts'
import { loginAddress } from '../../login/engine/continuation.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { forgotPasswordPage, loggedOutPage, logoutPage } from '../frame/pages.ts'

export interface LogoutOptions {
  readonly frame: Frame
  readonly sessionOperations: Pick<SessionOperations, 'logOut'>
}

export function createLogout(options: LogoutOptions) {
  const { frame } = options
  return {
    ask: (context: RequestContext) => askLogout(options, context),
    logOut: (context: RequestContext) => logOut(options, context),
    forgotPassword(context: RequestContext): Reply {
      const signed = new URL(context.request.url).searchParams.get('continue')
      const backUrl = signed === null ? '/login' : loginAddress(signed)
      const page = forgotPasswordPage({ backUrl, support: frame.support }, context.t)
      return frame.page(context, page)
    },
  }
}

function askLogout({ frame }: LogoutOptions, context: RequestContext): Reply {
  if (context.client.session === undefined) {
    return frame.page(context, loggedOutPage('/login', context.t))
  }
  const browser = frame.ensureBrowser(context)
  const page = logoutPage(
    { action: '/logout', formToken: frame.formToken(browser.token), cancelUrl: '/' },
    context.t,
  )
  return frame.page(context, page, { cookies: browser.cookies })
}

async function logOut(options: LogoutOptions, from: RequestContext): Promise<Reply> {
  const { frame, sessionOperations } = options
  const { fields, context } = await frame.receive(from)
  frame.checkForm(context, fields)
  const { session } = context.client
  if (session !== undefined) await sessionOperations.logOut(session)
  return frame.redirect('/logout', [frame.cookies.clear('session')])
}
