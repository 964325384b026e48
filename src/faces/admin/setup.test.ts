import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  createTestBrowser,
  createTestFrame,
  type TestBrowser,
} from '../../dev/test-support/frame.ts'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { verifyAudit } from '../../identity/audit/verify.ts'
import { createSetupOperations } from '../../identity/operations/setup.ts'
import { createLocalPasswords } from '../../identity/users/local/passwords.ts'
import { createPasswordRules } from '../../identity/users/password-rules.ts'
import { createUsers } from '../../identity/users/users.ts'
import { mailSchema } from '../../platform/config/mail.ts'
import type { Config } from '../../platform/config/schema.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { bindRoutes } from '../frame/route.ts'
import { createSetupPages, setupRoutes } from './setup.ts'

const good = {
  username: 'Chefin',
  display_name: 'Erika Mustermann',
  password: 'Regenschirm im Mai',
}

async function start(engine: Engine, t: TestContext) {
  const { db } = await engine.open(t)
  const clock = { time: 1_000_000, now: () => clock.time }
  const common = { db, clock, random: systemRandom }
  const frame = createTestFrame()
  const hashed: string[] = []
  let beforeHashing: () => Promise<unknown> = async () => undefined
  const users = createUsers(common)
  const audit = createAudit({ ...common, keyring })
  const options = {
    frame,
    setup: createSetupOperations({ ...common, users, audit }),
    hasher: {
      async hash(password: string) {
        await beforeHashing()
        hashed.push(password)
        return `hash of ${password}`
      },
      verify: async () => ({ matches: false }),
      waiting: () => 0,
    },
    passwordRules: createPasswordRules(configSchema.parse({})),
  }
  const bind = (mail: Config['mail']) =>
    bindRoutes(setupRoutes, createSetupPages({ ...options, config: { mail } }))
  const routes = bind(
    mailSchema.parse({ from: 'einlass@example.org', smtp: { host: 'localhost' } }),
  )
  return {
    db,
    clock,
    hashed,
    users,
    async newLink() {
      const token = await options.setup.createLink()
      return token === undefined ? '' : `/setup/${token}`
    },
    browser: () => createTestBrowser(frame, routes),
    browserWithoutMail: () => createTestBrowser(frame, bind(undefined)),
    whileHashing(work: () => Promise<unknown>) {
      beforeHashing = work
    },
    async events() {
      const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
      assert.equal((await verifyAudit(db, keyring)).type, 'intact')
      return rows.map(({ type }) => type)
    },
  }
}

type Setting = Awaited<ReturnType<typeof start>>

/** The address of the page behind a link. */
async function findPage(one: TestBrowser, link: string) {
  return (await one.get(link)).headers.get('location') ?? ''
}

/** The page behind a link. */
async function open(one: TestBrowser, link: string) {
  return await one.get(await findPage(one, link))
}

/** Sends the form of the link from a browser that opened it earlier. */
async function fill({ browser }: Setting, link: string, fields: Record<string, string> = good) {
  const one = browser()
  one.jar.set('einlass_browser', 'mine')
  return await one.post(await findPage(one, link), { form_token: one.formToken(), ...fields })
}

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => await run(await start(engine, t)))

  on('a link creates the first administrator, and works only once', async (setting) => {
    const link = await setting.newLink()
    assert.match(link, /^\/setup\/[\w-]{43}$/)
    const page = await open(setting.browser(), link)
    assert.equal(page.status, 200)
    const done = await fill(setting, link)
    assert.equal(done.status, 200)
    const user = await setting.users.findByName(setting.db, 'chefin')
    assert.equal(user?.username, 'Chefin')
    assert.equal(user?.role, 'admin')
    assert.equal(user?.email, null)
    const hash = await createLocalPasswords(setting).find(setting.db, user?.id ?? '')
    assert.equal(hash, 'hash of Regenschirm im Mai')

    assert.equal((await open(setting.browser(), link)).status, 410)
    assert.equal((await fill(setting, link, { ...good, username: 'other' })).status, 410)
    assert.equal(await setting.users.count(setting.db), 1)
    assert.deepEqual((await setting.events()).length, 3)
  })

  on('the new administrator has the e-mail address that was typed', async (setting) => {
    const link = await setting.newLink()
    const done = await fill(setting, link, { ...good, email: ' chefin@example.org ' })
    assert.equal(done.status, 200)
    const user = await setting.users.findByName(setting.db, 'chefin')
    assert.equal(user?.email, 'chefin@example.org')
  })

  on('the page promises mails only if mail is configured', async (setting) => {
    const link = await setting.newLink()
    const written = /Dorthin schreibt Einlass/
    assert.match(await (await open(setting.browser(), link)).text(), written)
    const text = await (await open(setting.browserWithoutMail(), link)).text()
    assert.doesNotMatch(text, written)
    assert.match(text, /verschickt noch keine E-Mails/)
  })

  on(
    'a redirect removes the secret of a link from the address, and no page contains it',
    async (setting) => {
      const link = await setting.newLink()
      const one = setting.browser()
      for (let looks = 0; looks < 3; looks += 1) {
        const reply = await one.get(link)
        assert.equal(reply.status, 303)
        assert.match(reply.headers.get('location') ?? '', /^\/setup\?of=[\w-]{22}$/)
        assert.equal(reply.headers.get('referrer-policy'), 'no-referrer')
        assert.equal(await reply.text(), '')
      }
      const token = link.slice('/setup/'.length)
      const shown = await findPage(one, link)
      const page = await one.get(shown)
      assert.ok(!(await page.text()).includes(token))
      const refused = await one.post(shown, { form_token: one.formToken() })
      assert.equal(refused.status, 422)
      const mistakes = await refused.text()
      assert.ok(!mistakes.includes(token))
      assert.ok(mistakes.includes(`action="${shown}"`))
      const done = await one.post(shown, { form_token: one.formToken(), ...good })
      assert.equal(done.status, 200)
      assert.equal(one.jar.has('einlass_setup'), false)
      assert.equal((await setting.browser().get('/setup')).status, 410)
    },
  )

  on(
    'a page works only with its own link, even if the browser opens another link later',
    async (setting) => {
      const one = setting.browser()
      const before = await findPage(one, await setting.newLink())
      const shown = await findPage(one, await setting.newLink())
      await findPage(one, `/setup/${'a'.repeat(43)}`)
      await one.get(shown)
      const sent = { ...good, form_token: one.formToken() }
      assert.equal((await one.post(before, sent)).status, 410)
      const other = await one.post(`/setup?of=${'a'.repeat(22)}`, sent)
      assert.equal(other.status, 409)
      assert.match(await other.text(), /Öffnen Sie den Link noch einmal/)
      assert.equal((await one.post('/setup', sent)).status, 410)
      assert.equal(await setting.users.count(setting.db), 0)
      assert.equal((await one.post(shown, sent)).status, 200)
    },
  )

  on('the database does not contain the secret of the link', async (setting) => {
    const token = (await setting.newLink()).slice('/setup/'.length)
    const rows = await setting.db.selectFrom('one_time_links').selectAll().execute()
    assert.equal(rows.length, 1)
    assert.ok(!JSON.stringify(rows).includes(token))
  })

  on('the server makes no link if there are users', async (setting) => {
    await setting.users.create(setting.db, { username: 'max', displayName: 'Max' })
    assert.equal(await setting.newLink(), '')
    assert.deepEqual(await setting.events(), [])
  })

  on('a link works for thirty minutes', async (setting) => {
    const link = await setting.newLink()
    setting.clock.time += minutes(30) - 1
    assert.equal((await open(setting.browser(), link)).status, 200)
    setting.clock.time += 1
    assert.equal((await open(setting.browser(), link)).status, 410)
    assert.equal((await fill(setting, link)).status, 410)
    assert.equal(await setting.users.count(setting.db), 0)
  })

  on(
    'a link that expires while the password is hashed creates no administrator',
    async (setting) => {
      const link = await setting.newLink()
      setting.whileHashing(async () => {
        setting.clock.time += minutes(31)
      })
      assert.equal((await fill(setting, link)).status, 410)
      assert.equal(await setting.users.count(setting.db), 0)
    },
  )

  on('a new link replaces the previous one', async (setting) => {
    const before = await setting.newLink()
    const link = await setting.newLink()
    assert.equal((await open(setting.browser(), before)).status, 410)
    assert.equal((await open(setting.browser(), link)).status, 200)
  })

  on('if several people use a link at once, only one administrator is created', async (setting) => {
    const link = await setting.newLink()
    const replies = await Promise.all(
      ['one', 'two', 'three'].map((username) => fill(setting, link, { ...good, username })),
    )
    assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 410, 410])
    assert.equal(await setting.users.count(setting.db), 1)
  })

  on('a link creates no administrator if a user was created meanwhile', async (setting) => {
    const link = await setting.newLink()
    setting.whileHashing(() =>
      setting.users.create(setting.db, { username: 'max', displayName: 'Max' }),
    )
    assert.equal((await fill(setting, link)).status, 410)
    assert.equal(await setting.users.count(setting.db), 1)
  })

  on('a link that was never issued does not work', async (setting) => {
    await setting.newLink()
    for (const token of ['x', 'a'.repeat(43), '%00', "'--", 'a'.repeat(5000)]) {
      assert.equal((await open(setting.browser(), `/setup/${token}`)).status, 410, token)
    }
  })

  on('a form of another page or browser creates no administrator', async (setting) => {
    const link = await setting.newLink()
    const one = setting.browser()
    const shown = await findPage(one, link)
    await one.get(shown)
    assert.equal((await one.post(shown, good)).status, 403)
    const other = setting.browser()
    const form_token = one.formToken()
    assert.equal((await other.post(shown, { ...good, form_token })).status, 403)
    const cross = { 'sec-fetch-site': 'cross-site' }
    assert.equal((await one.post(shown, { ...good, form_token }, cross)).status, 403)
    assert.equal(await setting.users.count(setting.db), 0)
  })

  on('the page explains invalid input, and the link still works', async (setting) => {
    const link = await setting.newLink()
    const cases: [Record<string, string>, RegExp][] = [
      [{}, /Benutzernamen/],
      [{ ...good, username: ' ' }, /Benutzernamen/],
      [{ ...good, username: 'a\u0007b' }, /Benutzernamen/],
      [{ ...good, username: 'x'.repeat(300) }, /Benutzernamen/],
      [{ ...good, display_name: '' }, /Namen/],
      [{ ...good, display_name: 'x'.repeat(201) }, /Namen/],
      [{ ...good, display_name: 'a\u0007b' }, /Namen/],
      [{ ...good, display_name: 'a\r\nb' }, /Namen/],
      [{ ...good, email: 'erika' }, /E-Mail-Adresse/],
      [{ ...good, email: 'a@b.example, c@d.example' }, /E-Mail-Adresse/],
      [{ ...good, email: `${'x'.repeat(300)}@b.example` }, /E-Mail-Adresse/],
      [{ ...good, password: 'kurz' }, /kurz/],
      [{ ...good, password: 'x'.repeat(257) }, /lang/],
      [{ ...good, password: 'Chefin Chefin' }, /Benutzername/],
    ]
    for (const [fields, said] of cases) {
      const reply = await fill(setting, link, fields)
      const text = await reply.text()
      assert.equal(reply.status, 422, JSON.stringify(fields))
      assert.match(text, /id="summary"/)
      assert.match(text, said)
      assert.ok(!text.includes(`value="${fields.password}"`))
    }
    assert.deepEqual(setting.hashed, [])
    assert.equal((await fill(setting, link)).status, 200)
  })
})
