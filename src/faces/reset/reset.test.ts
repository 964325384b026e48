import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestBrowser, createTestFrame } from '../../dev/test-support/frame.ts'
import {
  createTestLogin,
  type TestLoginOptions,
  config as testConfig,
} from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRoutes } from '../frame/route.ts'
import { createLoginFace, loginRoutes } from '../login/routes.ts'
import { createResetPages, resetRoutes } from './routes.ts'

const fresh = 'Fahrrad im Regen'
const twice = { password: fresh, password_again: fresh, action: 'change' }

async function setUp(
  db: Database,
  options: TestLoginOptions & { forgotten?: 'service_desk' } = {},
) {
  const login = createTestLogin(db, options)
  const frame = createTestFrame({ findSession: login.sessions.find })
  const { clock } = login
  const pages = { ...login, frame, now: clock.now }
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

type Scene = Awaited<ReturnType<typeof setUp>>
type Browser = ReturnType<Scene['open']>

/** Follows redirects, as browsers do. */
async function followTo(browser: Browser, path: string): Promise<Response> {
  const reply = await browser.get(path)
  const location = reply.headers.get('location')
  return location === null ? reply : await followTo(browser, location)
}

/** Opens a link and presses the button; gives the address of the journey, or that of the page which says why not. */
async function open(browser: Browser, path: string): Promise<string> {
  await followTo(browser, path)
  const form_token = browser.formToken()
  const reply = await browser.post('/forgot-password/link', {
    ...{ form_token, action: 'begin', version: '0' },
  })
  return reply.headers.get('location') ?? ''
}

async function answer(browser: Browser, path: string, fields: Record<string, string>) {
  const page = await (await browser.get(path)).text()
  const version = /name="version" value="(\d+)"/.exec(page)?.[1] ?? '0'
  return await browser.post(path, { ...fields, version, form_token: browser.formToken() })
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a link in a mail leads to a new password and to no session'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const elsewhere = await scene.signIn(scene.erika.id)
    const sent = await scene.request('ERIKA')
    assert.equal(sent.headers.get('location'), '/forgot-password/sent')
    const [link = ''] = await scene.links()
    const browser = scene.open()
    const journey = await open(browser, link)
    assert.match(journey, /^\/login\/[\w-]{43}$/)
    const done = await answer(browser, journey, twice)
    assert.equal(done.headers.get('location'), journey)
    assert.match(await (await browser.get(journey)).text(), /Ihr Passwort ist geändert/)
    assert.equal(await scene.hash(), `hash of ${fresh}`)
    assert.equal(browser.jar.has('einlass_session'), false)
    assert.equal(await scene.sessions.find(elsewhere.token), undefined)
    assert.deepEqual(
      scene.noticed.map(({ kind }) => kind),
      ['password_reset', 'password_changed'],
    )
    const login = await openTab(scene).begin({ username: 'erika', password: fresh })
    assert.equal(login.type === 'page' && login.step, 'second-factor/offer')
  })
})
