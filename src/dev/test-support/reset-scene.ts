/** For tests: Erika, who has forgotten her password, the pages for that, and browsers without a server. */

import { bindRoutes } from '../../faces/frame/route.ts'
import { createLoginFace, loginRoutes } from '../../faces/login/routes.ts'
import { createResetPages, resetRoutes } from '../../faces/reset/routes.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTestBrowser, createTestFrame } from './frame.ts'
import { createTestLogin, type TestLoginOptions, config as testConfig } from './login.ts'

export const fresh = 'Fahrrad im Regen'
/** The new password as its page wants it. */
export const twice = { password: fresh, password_again: fresh, action: 'change' }

export async function createResetScene(
  db: Database,
  options: TestLoginOptions & { forgotten?: 'service_desk' } = {},
) {
  const login = createTestLogin(db, options)
  const frame = createTestFrame({ findSession: login.sessions.find })
  const { clock } = login
  const sessions = { ...login.sessions, listOpenApps: async () => [] }
  const pages = { ...login, frame, now: clock.now, sessions }
  const waiting = { serve: async () => {}, close() {}, count: () => 0 }
  const config = {
    mail: {} as never,
    passwords: { ...testConfig.passwords, forgotten: options.forgotten ?? ('mail' as const) },
    networks: [],
  }
  const routes = [
    ...bindRoutes(loginRoutes, createLoginFace(pages, waiting as never)),
    ...bindRoutes(
      resetRoutes,
      createResetPages({ ...pages, ...login.reset, config, clock, directory: login.directory }),
    ),
  ]
  const erika = await login.addUser('erika')
  await login.users.change(db, erika.id, { email: 'erika@example.org' })
  const open = (peer?: string) => createTestBrowser(frame, routes, peer)

  return {
    ...login,
    erika,
    open,
    /** Asks for a link as a person does. */
    async request(username: string, browser = open()) {
      await browser.get('/forgot-password')
      const form_token = browser.formToken()
      return await browser.post('/forgot-password', { username, action: 'request', form_token })
    },
    /** The paths of the links in all mails so far. */
    async links() {
      await login.reset.requests.settleDue()
      return login.noticed.flatMap(({ facts: { reset } }) =>
        reset === undefined ? [] : [new URL(reset.url).pathname],
      )
    },
    hash: async (id = erika.id) => await login.passwords.find(db, id),
  }
}

export type ResetScene = Awaited<ReturnType<typeof createResetScene>>
type Browser = ReturnType<ResetScene['open']>

/** Follows redirects, as browsers do. */
export async function followTo(browser: Browser, path: string): Promise<Response> {
  const reply = await browser.get(path)
  const location = reply.headers.get('location')
  return location === null ? reply : await followTo(browser, location)
}

/** Opens a link and presses the button; gives the address of the journey, or that of the page which says why not. */
export async function openLink(browser: Browser, path: string): Promise<string> {
  const page = (await browser.get(path)).headers.get('location') ?? ''
  await followTo(browser, page)
  const form_token = browser.formToken()
  const reply = await browser.post(page, {
    ...{ form_token, action: 'begin', version: '0' },
  })
  return reply.headers.get('location') ?? ''
}

export async function answer(browser: Browser, path: string, fields: Record<string, string>) {
  const page = await (await browser.get(path)).text()
  const version = /name="version" value="(\d+)"/.exec(page)?.[1] ?? '0'
  return await browser.post(path, { ...fields, version, form_token: browser.formToken() })
}
