import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestBrowser, createTestFrame } from '../../dev/test-support/frame.ts'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { hours } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRoutes } from '../frame/route.ts'
import { createLoginFace, loginRoutes } from '../login/routes.ts'
import { createInvitationPages, invitationRoutes } from './routes.ts'

async function setUp(db: Database) {
  const policy = { second_factor: 'optional', first_factor: 'invitation' } as const
  const config = configSchema.parse({ default_policy: policy })
  const login = createTestLogin(db, { config })
  const frame = createTestFrame({ findSession: login.sessions.find })
  const sessions = { ...login.sessions, listOpenApps: async () => [] }
  const pages = { ...login, frame, now: login.clock.now, sessions }
  const waiting = { serve: async () => {}, close() {}, count: () => 0 }
  const { invitations } = login.factors.first
  const routes = [
    ...bindRoutes(loginRoutes, createLoginFace(pages, waiting as never)),
    ...bindRoutes(invitationRoutes, createInvitationPages({ ...pages, invitations })),
  ]
  const [erika, max] = [await login.addUser('erika'), await login.addUser('zacharias')]
  return {
    ...login,
    erika,
    max,
    invitations,
    open: () => createTestBrowser(frame, routes),
    async invite(userId = erika.id): Promise<string> {
      const expiresAt = login.clock.now() + hours(24)
      const one = { userId, channel: 'mail', createdBy: 'cli:alice', expiresAt } as const
      return `/invitation/${(await invitations.create(db, [one]))[0]}`
    },
  }
}

type Browser = ReturnType<Awaited<ReturnType<typeof setUp>>['open']>

/** Opens the link, and gives the address of its page. */
const openLink = async (browser: Browser, link: string) =>
  (await browser.get(link)).headers.get('location') ?? ''

async function logIn(browser: Browser, page: string, username: string, password?: string) {
  await browser.get(page)
  return await browser.post(page, {
    ...{ username, password: password ?? `password of ${username}`, action: 'login' },
    ...{ form_token: browser.formToken(), version: '0' },
  })
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('A55: a program that opens a link changes nothing, and the token leaves the address'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const link = await scene.invite()
      const token = link.slice(-43)
      const scanner = scene.open()
      for (let n = 0; n < 3; n += 1) {
        const reply = await scanner.get(link)
        assert.equal(reply.status, 303)
        assert.equal(reply.headers.get('referrer-policy'), 'no-referrer')
        const shown = reply.headers.get('location') ?? ''
        assert.match(shown, /^\/invitation\?of=[\w-]{22}$/)
        const page = await scanner.get(shown)
        assert.equal(page.status, 200)
        assert.ok(!(await page.text()).includes(token))
      }
      const [row] = await scene.invitations.list(db, scene.erika.id)
      assert.deepEqual([row?.used_at, row?.ended_at], [null, null])
      assert.equal((await db.selectFrom('journeys').selectAll().execute()).length, 0)
      const browser = scene.open()
      const next = await logIn(browser, await openLink(browser, link), 'erika')
      const journey = next.headers.get('location') ?? ''
      assert.match(journey, /^\/login\/[\w-]{43}$/)
      assert.match(await (await browser.get(journey)).text(), /Schützen Sie Ihr Konto/)
    },
  )

  test(
    say('A55: a link still asks for the password, and a wrong one shows its page again'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const browser = scene.open()
      const page = await openLink(browser, await scene.invite())
      const wrong = await logIn(browser, page, 'erika', 'guess')
      assert.equal(wrong.headers.get('location'), null)
      const right = await logIn(browser, page, 'erika')
      assert.match(right.headers.get('location') ?? '', /^\/login\/[\w-]{43}$/)
    },
  )

  test(
    say('A55: a letter in the wrong envelope is useless to its bearer, who reads why'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const link = await scene.invite(scene.max.id)
      const browser = scene.open()
      const next = await logIn(browser, await openLink(browser, link), 'erika')
      const text = await (await browser.get(next.headers.get('location') ?? '')).text()
      assert.match(text, /Zum Einrichten fehlt noch etwas/)
      assert.match(text, /ist für ein anderes Konto/)
      assert.ok(!text.includes('zacharias'))
    },
  )

  test(
    say('a link that is over says so, and one without its cookie asks to be opened again'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const link = await scene.invite()
      const page = await openLink(scene.open(), link)
      assert.equal((await scene.open().get(page)).status, 403)
      assert.equal((await scene.open().get('/invitation')).status, 410)
      const browser = scene.open()
      const opened = await openLink(browser, link)
      await scene.invitations.end(db, scene.erika.id)
      const over = await browser.get(opened)
      assert.equal(over.status, 410)
      assert.match(await over.text(), /Diese Einladung gilt nicht mehr/)
      const never = scene.open()
      const unknown = await never.get(await openLink(never, `/invitation/${'a'.repeat(43)}`))
      assert.equal(unknown.status, 410)
    },
  )
})
