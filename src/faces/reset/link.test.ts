import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import {
  answer,
  createResetScene,
  followTo,
  fresh,
  openLink,
  type ResetScene,
  twice,
} from '../../dev/test-support/reset-scene.ts'
import { connectPhone, openTab } from '../../dev/test-support/tab.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database } from '../../platform/storage/database.ts'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a link in a mail leads to a new password and to no session'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const elsewhere = await scene.signIn(scene.erika.id)
    const sent = await scene.request('ERIKA')
    assert.equal(sent.headers.get('location'), '/forgot-password/sent')
    const [link = ''] = await scene.links()
    const browser = scene.open()
    const journey = await openLink(browser, link)
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

  test(
    say('A22: the token leaves the address before a page is shown, and looking spends nothing'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      await scene.request('erika')
      const [link = ''] = await scene.links()
      const token = link.slice(-43)
      const scanner = scene.open()
      for (let n = 0; n < 3; n += 1) {
        const reply = await scanner.get(link)
        assert.equal(reply.status, 303)
        const shown = reply.headers.get('location') ?? ''
        assert.match(shown, /^\/forgot-password\/link\?of=[\w-]{22}$/)
        assert.equal(reply.headers.get('referrer-policy'), 'no-referrer')
        assert.equal(await reply.text(), '')
        const page = await scanner.get(shown)
        assert.equal(page.status, 200)
        const text = await page.text()
        assert.ok(!text.includes(token))
        assert.match(text, /Für das Konto erika/)
      }
      const rows = JSON.stringify(await db.selectFrom('reset_links').selectAll().execute())
      assert.ok(rows.includes(sha256(token)) && !rows.includes(token))
      const browser = scene.open()
      const journey = await openLink(browser, link)
      await answer(browser, journey, twice)
      assert.equal(await scene.hash(), `hash of ${fresh}`)
      assert.equal(browser.jar.has('einlass_reset'), false)
      const journeys = JSON.stringify(await db.selectFrom('journeys').selectAll().execute())
      assert.ok(!journeys.includes(token))
    },
  )

  test(say('A23: a link works once, for its user, and nowhere else'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const max = await scene.addUser('max')
    await scene.users.change(db, max.id, { email: 'max@example.org' })
    await scene.request('erika')
    const [link = ''] = await scene.links()
    const [first, second] = [scene.open(), scene.open()]
    const journeys = [await openLink(first, link), await openLink(second, link)]
    await answer(first, journeys[0] ?? '', twice)
    const other = {
      password: 'Regen im Fahrrad',
      password_again: 'Regen im Fahrrad',
      action: 'change',
    }
    await answer(second, journeys[1] ?? '', other)
    assert.equal(await scene.hash(), `hash of ${fresh}`)
    assert.equal(await scene.hash(max.id), 'hash of password of max')
    assert.equal(await openLink(scene.open(), link), '/forgot-password/ended')
    assert.equal((await followTo(scene.open(), link)).status, 410)
    const token = link.slice(-43)
    for (const path of [`/not-me/${token}`, `/login/${token}`]) {
      assert.notEqual((await scene.open().get(path)).status, 200)
    }
    assert.equal((await scene.listAudit('password_reset')).length, 1)
  })

  test(
    say('a page begins with the link that it shows, whatever the browser opens after it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      const max = await scene.addUser('max')
      await scene.users.change(db, max.id, { email: 'max@example.org' })
      await scene.request('erika')
      await scene.request('max')
      const [own = '', other = ''] = await scene.links()
      const browser = scene.open()
      const shown = (await browser.get(own)).headers.get('location') ?? ''
      const page = await (await browser.get(shown)).text()
      assert.match(page, /Für das Konto erika/)
      assert.ok(page.includes(`action="${shown}"`))
      await browser.get(other)
      await browser.get(`/forgot-password/link/${'a'.repeat(43)}`)
      const form = { form_token: browser.formToken(), action: 'begin', version: '0' }
      const begun = await browser.post(shown, form)
      await answer(browser, begun.headers.get('location') ?? '', twice)
      assert.equal(await scene.hash(), `hash of ${fresh}`)
      assert.equal(await scene.hash(max.id), 'hash of password of max')
      assert.match(await openLink(browser, other), /^\/login\/[\w-]{43}$/)

      const again = await browser.post(shown, form)
      assert.equal(again.status, 409)
      assert.match(await again.text(), /Öffnen Sie den Link noch einmal/)
      const unbound = await browser.post('/forgot-password/link', form)
      assert.equal(unbound.headers.get('location'), '/forgot-password/ended')
    },
  )

  for (const [what, end] of [
    ['half an hour', async ({ pass }) => pass(minutes(30))],
    [
      'a new password',
      ({ passwords, db, erika }) => passwords.set(db, erika.id, 'hash of another'),
    ],
    [
      'another address',
      async ({ users, db, erika }) =>
        void (await users.change(db, erika.id, { email: 'e@example.org' })),
    ],
    [
      'no address',
      async ({ users, db, erika }) => void (await users.change(db, erika.id, { email: null })),
    ],
    ['disabling', async ({ users, db, erika }) => void (await users.disable(db, erika.id))],
    ['a report', ({ users, db, erika }) => users.requirePasswordChange(db, erika.id)],
    ['removal', async ({ users, db, erika }) => void (await users.remove(db, erika.id))],
    [
      'the use of another link',
      async (scene) => {
        await scene.request('erika')
        const browser = scene.open()
        const other = await openLink(browser, (await scene.links())[1] ?? '')
        await answer(browser, other, twice)
      },
    ],
  ] satisfies [string, (scene: ResetScene & { db: Database }) => Promise<unknown>][]) {
    test(say(`A22: ${what} ends a link, also one that was opened before`), async (t) => {
      const { db } = await engine.open(t)
      const scene = { ...(await createResetScene(db)), db }
      await scene.request('erika')
      const [link = ''] = await scene.links()
      const browser = scene.open()
      const journey = await openLink(browser, link)
      await end(scene)
      const before = await scene.hash()
      const reply = await answer(browser, journey, twice)
      assert.equal(await scene.hash(), before)
      // A journey that has expired, or was ended by a reset or with its user, has a page of its own.
      const isOver = ['half an hour', 'removal', 'the use of another link'].includes(what)
      assert.equal(reply.status, isOver ? (what === 'removal' ? 404 : 410) : 303)
      if (!isOver) assert.equal(reply.headers.get('location'), '/forgot-password/ended')
      assert.equal((await browser.get('/forgot-password/ended')).status, 410)
      assert.equal(await openLink(scene.open(), link), '/forgot-password/ended')
      const uses = what === 'the use of another link' ? 1 : 0
      assert.equal((await scene.listAudit('password_reset')).length, uses)
    })
  }

  for (const [what, says] of [
    ['another address', 'current'],
    ['an account that is disabled', 'refused'],
  ] as const) {
    test(
      say(`A22: ${what} in the directory ends a link, before it begins and behind its form`),
      async (t) => {
        const { db } = await engine.open(t)
        const now: { says?: typeof says } = {}
        const scene = await createResetScene(db, {
          openDirectory: (local) => ({
            ...local,
            // As a directory elsewhere does, which is asked for what it has now.
            async checkAccount(queries, userId) {
              if (now.says === undefined) return { type: 'current' }
              if (now.says === 'refused') return { type: 'refused', reason: 'disabled' }
              const email = 'new@example.org'
              await queries.updateTable('users').set({ email }).where('id', '=', userId).execute()
              return { type: 'current' }
            },
          }),
        })
        await scene.request('erika')
        const [link = ''] = await scene.links()
        const browser = scene.open()
        const journey = await openLink(browser, link)
        now.says = says
        const before = await scene.hash()
        const reply = await answer(browser, journey, twice)
        assert.equal(reply.headers.get('location'), '/forgot-password/ended')
        assert.equal(await openLink(scene.open(), link), '/forgot-password/ended')
        assert.equal(await scene.hash(), before)
        assert.deepEqual(await scene.listAudit('password_reset'), [])
      },
    )
  }

  test(say('A22: of 50 at once one changes the password'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    await scene.request('erika')
    const [link = ''] = await scene.links()
    const browsers = Array.from({ length: 50 }, () => scene.open())
    const journeys: string[] = []
    for (const browser of browsers) journeys.push(await openLink(browser, link))
    assert.equal(new Set(journeys.filter((one) => one.startsWith('/login/'))).size, 30, 'the limit')
    const forms = browsers.map((browser, n) => {
      const password = `Fahrrad im Regen ${n}`
      return { browser, path: journeys[n] ?? '', password }
    })
    await Promise.all(
      forms.map(({ browser, path, password }) =>
        browser.post(path, {
          ...{ password, password_again: password, action: 'change', version: '0' },
          form_token: browser.formToken(),
        }),
      ),
    )
    assert.equal((await scene.listAudit('password_reset')).length, 1)
    assert.match(`${await scene.hash()}`, /^hash of Fahrrad im Regen \d+$/)
    assert.equal(scene.noticed.filter(({ kind }) => kind === 'password_changed').length, 1)
  })

  test(say('a user with a phone answers it before the new password, and keeps it'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    await scene.addApp('vault', { secondFactor: 'required', skips: 0, decline: false })
    const phone = scene.createPhone('pixel')
    await connectPhone(scene, phone, { username: 'erika', appId: 'vault' })
    await scene.request('erika')
    const [link = ''] = await scene.links()
    const browser = scene.open()
    assert.match(await (await followTo(browser, link)).text(), /Zuerst bestätigen Sie/)
    const journey = await openLink(browser, link)
    await scene.settle()
    const asked = await db.selectFrom('push_challenges').select('about').execute()
    assert.equal(asked.filter(({ about }) => about?.includes('"pages":"password"')).length, 1)
    await answer(browser, journey, twice)
    assert.equal(await scene.hash(), 'hash of password of erika')
    const page = await (await browser.get(journey)).text()
    const number = Number(/<title>(\d+) /.exec(page)?.[1])
    await phone.answer(0, () => number)
    const form = await (await followTo(browser, journey)).text()
    assert.match(form, /new-password/)
    await answer(browser, journey, twice)
    assert.equal(await scene.hash(), `hash of ${fresh}`)
    assert.deepEqual(
      (await scene.listAudit('password_reset')).map(({ factor }) => factor),
      ['push'],
    )
    assert.equal((await scene.factors.authenticators.list(db, scene.erika.id)).length, 1)
  })

  test(
    say('a password that a directory sets outside is set by one request at a time'),
    async (t) => {
      const { db } = await engine.open(t)
      const outside: string[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const scene = await createResetScene(db, {
        openDirectory: (local) => ({
          ...local,
          passwordReset: {
            isFor: async () => true,
            async reset(queries, change) {
              outside.push(change.password)
              await promise
              return (await local.passwordReset?.reset(queries, change)) ?? { type: 'unavailable' }
            },
          },
        }),
      })
      await scene.request('erika')
      const [link = ''] = await scene.links()
      const [first, second] = [scene.open(), scene.open()]
      const [one, two] = [await openLink(first, link), await openLink(second, link)]
      const slow = answer(first, one, twice)
      while (outside.length === 0) await new Promise((done) => setImmediate(done))
      const other = 'Regen im Fahrrad'
      const late = answer(second, two, { password: other, password_again: other, action: 'change' })
      await scene.request('erika')
      assert.equal((await scene.links()).length, 1, 'no newer link ends one that is being used')
      resolve()
      await Promise.all([slow, late])
      assert.deepEqual(outside, [fresh])
      assert.equal(await scene.hash(), `hash of ${fresh}`)
    },
  )

  test(say('what is typed wrong is said, and the link stays'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    assert.equal((await scene.request('  ')).status, 422)
    await scene.request('erika')
    const [link = ''] = await scene.links()
    const browser = scene.open()
    const journey = await openLink(browser, link)
    await answer(browser, journey, { ...twice, password_again: 'other' })
    assert.match(await (await browser.get(journey)).text(), /Die beiden Eingaben sind verschieden/)
    const left = await answer(browser, journey, { action: 'cancel' })
    assert.equal(left.headers.get('location'), '/forgot-password/ended')
    assert.match(await (await browser.get('/forgot-password/ended')).text(), /Abgebrochen/)
    assert.equal(await scene.hash(), 'hash of password of erika')
    assert.match(await openLink(browser, link), /^\/login\//)
  })
})
