/**
 * A person's own pages: their apps, their account, and the way out. Owns the addresses `/`, `/account`, `/logout` and
 * `/forgot-password`; what is below `/account` is in a file for each area.
 */
import { Hono } from 'hono'
import type { Visitor } from '../frame/frame.ts'
import type { VisitorEnv } from '../login/form.ts'
import { type ActivityOptions, createActivityPage } from './activity.ts'
import { type AuthenticatorsOptions, createAuthenticatorPages } from './authenticators.ts'
import { createLogout, type LogoutOptions } from './logout.ts'
import { createOverview, type OverviewOptions } from './overview.ts'
import { createOwnPages, type OwnPages, type OwnPagesOptions } from './own-pages.ts'
import { createSessionPages, type SessionPagesOptions } from './sessions.ts'

export type AccountRoutesOptions = OwnPagesOptions &
  OverviewOptions &
  AuthenticatorsOptions &
  SessionPagesOptions &
  ActivityOptions &
  LogoutOptions

export function createAccountRoutes(options: AccountRoutesOptions): Hono<VisitorEnv> {
  const own = createOwnPages(options)
  const overview = createOverview(options, own)
  const logout = createLogout(options)
  const activity = createActivityPage(options, own)
  const routes = new Hono<VisitorEnv>()
  const get = (path: string, show: (visitor: Visitor) => Response | Promise<Response>) =>
    routes.get(path, async (c) => await show(c.get('visitor')))
  const post = (path: string, act: (visitor: Visitor) => Promise<Response>) =>
    routes.post(path, async (c) => await act(c.get('visitor')))

  get('/', overview.home)
  get('/account', overview.account)
  post('/account/second-factor/offer-again', overview.undoDecline)
  get('/account/activity', activity.show)
  get('/logout', logout.ask)
  post('/logout', logout.logOut)
  get('/forgot-password', logout.forgotPassword)
  addAuthenticators(routes, options, own)
  addSessions(routes, options, own)
  return routes
}

function addAuthenticators(
  routes: Hono<VisitorEnv>,
  options: AuthenticatorsOptions,
  own: OwnPages,
): void {
  const pages = createAuthenticatorPages(options, own)
  const base = '/account/authenticators'
  routes.get(base, async (c) => await pages.list(c.get('visitor')))
  routes.get(`${base}/add`, async (c) => await pages.askWhat(c.get('visitor')))
  const perName = (
    method: 'get' | 'post',
    path: `${string}:name${string}`,
    show: (visitor: Visitor, name: string) => Promise<Response>,
  ) =>
    routes[method](`${base}/${path}`, async (c) => {
      return await show(c.get('visitor'), c.req.param('name') ?? '')
    })
  perName('get', 'add/:name', pages.askToAdd)
  perName('post', 'add/:name', pages.add)
  perName('get', ':name', pages.one)
  perName('get', ':name/rename', pages.askName)
  perName('post', ':name/rename', pages.rename)
  perName('post', ':name/test', pages.tryOut)
  perName('get', ':name/replace', pages.askToReplace)
  perName('post', ':name/replace', pages.replace)
  perName('get', ':name/remove', pages.askToRemove)
  perName('post', ':name/remove', pages.remove)
}

function addSessions(routes: Hono<VisitorEnv>, options: SessionPagesOptions, own: OwnPages): void {
  const pages = createSessionPages(options, own)
  const base = '/account/sessions'
  routes.get(base, async (c) => await pages.list(c.get('visitor')))
  routes.post(`${base}/end-others`, async (c) => await pages.endOthers(c.get('visitor')))
  routes.post(`${base}/:id/end`, async (c) => await pages.end(c.get('visitor'), c.req.param('id')))
}
