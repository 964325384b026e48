/**
 * A person's own pages: their apps, what their login stands on, and the way out. Owns the routes `/`, `/account`,
 * `/logout` and `/forgot-password`.
 */
import { Hono } from 'hono'
import type { Audit } from '../audit/audit.ts'
import type { VisitorEnv } from '../engine/form.ts'
import type { Visitor, Web } from '../engine/web.ts'
import type { ChoiceStore } from '../factors/second-factor/choices.ts'
import { readForm } from '../http/body.ts'
import type { Id } from '../kernel/ids.ts'
import { acrNumber, acrPossession, isAtLeast } from '../policy/assurance.ts'
import type { LiveSession } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Database } from '../storage/database.ts'
import {
  accountPage,
  forgotPasswordPage,
  homePage,
  loggedOutPage,
  logoutPage,
} from '../ui/pages.ts'

/** An app as a person sees it. */
export interface AppTile {
  readonly name: string
  readonly href: string
}

export interface OwnDevice {
  readonly name: string | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface AccountRoutesOptions {
  readonly db: Database
  readonly web: Web
  readonly sessions: Sessions
  readonly audit: Audit
  readonly choices: ChoiceStore
  readonly apps: () => Promise<readonly AppTile[]>
  readonly devicesOf: (userId: Id<'user'>) => Promise<readonly OwnDevice[]>
}

const undone = 'undone'

export function createAccountRoutes(options: AccountRoutesOptions): Hono<VisitorEnv> {
  const { web } = options
  const routes = new Hono<VisitorEnv>()

  routes.get('/', async (c) => await withSession(options, c.get('visitor'), showHome))
  routes.get('/account', async (c) => await withSession(options, c.get('visitor'), showAccount))
  routes.post('/account/second-factor/offer-again', async (c) => {
    const visitor = c.get('visitor')
    web.checkForm(visitor, await readForm(visitor.request))
    return await withSession(options, visitor, undoDecline)
  })
  routes.get('/logout', (c) => askLogout(options, c.get('visitor')))
  routes.post('/logout', async (c) => await logOut(options, c.get('visitor')))
  routes.get('/forgot-password', (c) => {
    const visitor = c.get('visitor')
    const page = forgotPasswordPage({ backUrl: '/login', support: web.support }, visitor.t)
    return web.page(visitor, page)
  })

  return routes
}

type SessionPage = (
  options: AccountRoutesOptions,
  visitor: Visitor,
  session: LiveSession,
) => Promise<Response>

async function withSession(
  options: AccountRoutesOptions,
  visitor: Visitor,
  show: SessionPage,
): Promise<Response> {
  const { session } = visitor.client
  return session === undefined
    ? options.web.redirect('/login')
    : await show(options, visitor, session)
}

const showHome: SessionPage = async (options, visitor, session) => {
  const { web, db, choices } = options
  const { declinedAt } = await choices.find(db, session.userId)
  const browser = web.ensureBrowser(visitor)
  const page = homePage(
    {
      name: session.displayName,
      apps: await options.apps(),
      accountUrl: '/account',
      logoutUrl: '/logout',
      declineUndone: new URL(visitor.request.url).searchParams.has(undone),
      ...(declinedAt !== null && {
        declined: {
          at: declinedAt,
          action: '/account/second-factor/offer-again',
          formToken: web.formToken(browser.token),
        },
      }),
    },
    visitor.t,
  )
  return web.page(visitor, page, { cookies: browser.cookies })
}

const showAccount: SessionPage = async (options, visitor, session) => {
  const devices = await options.devicesOf(session.userId)
  const page = accountPage(
    {
      username: session.username,
      signedInAt: session.authenticatedAt,
      method: methodOf(session),
      devices: devices.map((device) => ({
        name: device.name ?? undefined,
        registeredAt: device.createdAt,
        usedAt: device.lastUsedAt ?? undefined,
      })),
    },
    visitor.t,
  )
  return options.web.page(visitor, page)
}

function methodOf({ acr }: LiveSession): 'password' | 'push' | 'number' {
  if (isAtLeast(acr, acrNumber)) return 'number'
  return isAtLeast(acr, acrPossession) ? 'push' : 'password'
}

const undoDecline: SessionPage = async (options, _visitor, { userId }) => {
  const { web, db, choices, audit } = options
  await db.transaction().execute(async (tx) => {
    if (await choices.undoDecline(tx, userId)) await audit.secondFactorDeclineUndone(tx, { userId })
  })
  return web.redirect(`/?${undone}`)
}

function askLogout({ web }: AccountRoutesOptions, visitor: Visitor): Response {
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

async function logOut(options: AccountRoutesOptions, visitor: Visitor): Promise<Response> {
  const { web, sessions } = options
  web.checkForm(visitor, await readForm(visitor.request))
  const { session } = visitor.client
  if (session !== undefined && (await endSession(options, session))) {
    await sessions.announceEnd([session.id])
  }
  return web.redirect('/logout', [web.cookies.clear('session')])
}

/** `false`: somebody else ended it at the same time. */
async function endSession(
  { db, sessions, audit }: AccountRoutesOptions,
  { id, userId }: LiveSession,
): Promise<boolean> {
  const reason = 'logout'
  return await db.transaction().execute(async (tx) => {
    if (!(await sessions.end(tx, id, reason))) return false
    await audit.sessionEnded(tx, { userId, sessionId: id, reason })
    return true
  })
}
