import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type AccountSceneOptions, createAccountScene } from '../../dev/test-support/account.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { findNumber, findRegistrationUri, readForm } from '../../dev/test-support/plain-browser.ts'
import { acrNumber, acrPassword, acrPossession } from '../../identity/policy/assurance.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import { describeFactor } from '../../login/factors/index.ts'
import { failureLimit } from '../../login/factors/lockout.ts'
import { drawCodes } from '../../login/factors/recovery/codes.ts'
import { codeAt, stepAt } from '../../login/factors/totp/verify.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { languages } from '../../platform/ui/language.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { addPage } from './pages/authenticators.ts'

async function start(engine: Engine, t: TestContext, options: AccountSceneOptions = {}) {
  const { db } = await engine.open(t)
  const scene = await createAccountScene(db, options)
  t.after(() => scene.settle())
  return { ...scene, db }
}

type Setting = Awaited<ReturnType<typeof start>>

const codes: Authenticator = {
  id: 'rec_1',
  kind: 'recovery',
  name: null,
  addedAt: 1,
  lastUsedAt: null,
  level: acrPossession,
  state: 'usable',
  left: 7,
}
const base = '/account/authenticators'
/** With this configuration the QR code of a phone also enrols linked TOTP. */
const withCodes: AccountSceneOptions = {
  config: {
    push: {
      senders: { http: { allowed_origins: ['http://phones.example'] } },
      combined_totp: true,
    },
  },
}

onEachEngine((engine) => {
  const on = (
    name: string,
    run: (setting: Setting) => Promise<void>,
    options: AccountSceneOptions = {},
  ) => test(`${name} (${engine.name})`, async (t) => await run(await start(engine, t, options)))

  on('the page informs a user without a second factor and offers to add one', async (one) => {
    const page = await (await one.loggedIn()).open(base)
    assert.match(page.text, /Only the password protects your account/)
    assert.match(page.text, /href="\/account\/authenticators\/add"/)
  })

  on(
    'a phone is added by a click, a scan and a test, and the level of the session stays the same',
    async (setting) => {
      const one = await setting.loggedIn()
      const begin = await one.open(`${base}/add/push`)
      assert.match(begin.text, /Add a phone/)
      assert.equal(await journeys(setting), 0, 'a page that was only opened begins nothing')
      const last = await setting.connect(one, `${base}/add/push`, setting.createPhone('Nokia'))
      assert.match(last.text, /Added\./)
      assert.match(last.text, /Nokia/)
      const session = await setting.sessions.findById(one.sessionId)
      assert.deepEqual([session?.acr, session?.amr], [acrPassword, ['pwd']])
      assert.deepEqual(
        setting.noticed.map(({ kind }) => kind),
        ['device_added'],
      )
      assert.ok((await setting.events()).includes('push_device_activated'))
      const proofs = await setting.db.selectFrom('proofs').selectAll().execute()
      assert.deepEqual(proofs.map(({ factor, session_id }) => [factor, session_id]).toSorted(), [
        ['password', null],
        ['password', one.sessionId],
        ['push', null],
      ])
    },
  )

  on('a user with a phone can add a code app', async (setting) => {
    await setting.addPhone('Nokia')
    const one = await setting.loggedIn({ acr: acrNumber })
    const page = await one.confirm(await one.open(`${base}/add/totp`), { action: 'begin' })
    const row = await setting.db.selectFrom('totp_authenticators').select('id').executeTakeFirst()
    const app = await setting.factors.totp.store.find(setting.db, row?.id ?? '')
    assert.ok(app)
    const code = codeAt(app.secret(), stepAt(setting.clock.now(), app), app)
    const last = await one.answer(page, { action: 'connect', code })
    assert.match(last.text, /Added\./)
    assert.match(last.text, /Nokia[\s\S]*Code app|Code app[\s\S]*Nokia/)
  })

  on(
    'with ten phones the page says that more are not possible, and a phone can still be replaced',
    async (setting) => {
      for (let at = 1; at < 10; at += 1) await setting.addPhone(`Phone ${at}`)
      const one = await setting.loggedIn({ acr: acrNumber })
      const begun = await one.confirm(await one.open(`${base}/add/push`), { action: 'begin' })
      const last = await setting.addPhone('Last')
      const waiting = await one.open(readForm(begun).action)
      assert.match(waiting.text, /Phone 1/, 'a journey that is under way goes back to the list')
      const page = await one.open(`${base}/add/push`)
      assert.match(page.text, /Your account has 10 phones, and more are not possible/)
      assert.doesNotMatch(page.text, /value="begin"/)
      const forced = await one.post(`${base}/add/push`, { action: 'begin' })
      assert.equal(forced.location, undefined)
      assert.match(forced.text, /more are not possible/)
      const phone = setting.createPhone('Replacement')
      const list = await setting.connect(one, `${base}/${last}/replace`, phone)
      assert.match(list.text, /Replacement/)
      assert.equal(await setting.statusOf(last), 'removed')
    },
  )

  on(
    'if two code apps are added at once and the limit allows one more, only one is added',
    async (setting) => {
      const { store } = setting.factors.totp
      const { db, erika } = setting
      for (let at = 1; at < 20; at += 1) {
        const id = store.newId()
        await store.add(db, { id, userId: erika.id, name: `App ${at}` })
        await store.activateUnused(db, id, 1)
      }
      const pages = []
      for (const _ of ['first', 'second']) {
        const one = await setting.loggedIn({ acr: acrPossession })
        const page = await one.confirm(await one.open(`${base}/add/totp`), { action: 'begin' })
        const [row] = await db
          .selectFrom('totp_authenticators')
          .select('id')
          .where('status', '=', 'pending')
          .where('id', 'not in', ['', ...pages.map(({ id }) => id)])
          .execute()
        const app = await store.find(db, row?.id ?? '')
        assert.ok(app)
        const code = codeAt(app.secret(), stepAt(setting.clock.now(), app), app)
        pages.push({ one, page, code, id: app.id })
      }
      await Promise.all(
        pages.map(({ one, page, code }) => one.answer(page, { action: 'connect', code })),
      )
      assert.equal((await store.listActive(db, erika.id)).length, 20)
      const full = await (await setting.loggedIn({ acr: acrPossession })).open(`${base}/add/totp`)
      assert.match(full.text, /Your account has 20 code apps/)
    },
  )

  on(
    'a phone is added without linked TOTP if the user has the maximum of code apps',
    async (setting) => {
      const { store } = setting.factors.totp
      const { db, erika } = setting
      for (let at = 1; at <= 20; at += 1) {
        const id = store.newId()
        await store.add(db, { id, userId: erika.id, name: `App ${at}` })
        await store.activateUnused(db, id, 1)
      }
      const one = await setting.loggedIn({ acr: acrPossession })
      const last = await setting.connect(one, `${base}/add/push`, setting.createPhone('Nokia'))
      assert.match(last.text, /Added\./)
      const rows = await db.selectFrom('totp_authenticators').select('status').execute()
      assert.deepEqual(rows, Array(20).fill({ status: 'active' }))
    },
    withCodes,
  )

  on(
    'a phone with linked TOTP is one entry, and is renamed and removed together with its codes',
    async (setting) => {
      const one = await setting.loggedIn({ acr: acrNumber })
      await setting.connect(one, `${base}/add/push`, setting.createPhone('Nokia'))
      const { db, erika, factors } = setting
      const all = await factors.authenticators.list(db, erika.id)
      assert.deepEqual(all.map(({ kind }) => kind).sort(), ['push', 'totp'])
      const id = all.find(({ kind }) => kind === 'push')?.id ?? ''
      const list = await one.open(base)
      assert.match(list.text, /Shows one-time codes too/)
      assert.equal(list.text.match(/class="pick-title">Nokia/g)?.length, 1)
      const page = await one.open(`${base}/${id}`)
      assert.match(page.text, /On this device, removed with it/)
      await one.answer(await one.open(`${base}/${id}/rename`), { name: 'Work phone' })
      const named = await factors.authenticators.list(db, erika.id)
      assert.deepEqual(
        named.map(({ name }) => name),
        ['Work phone', 'Work phone'],
      )
      await setting.addPhone('Another')
      const asked = await one.open(`${base}/${id}/remove`)
      assert.match(asked.text, /codes that it shows are no longer valid/)
      await one.confirm(asked, {})
      const left = await factors.authenticators.list(db, erika.id)
      assert.deepEqual(
        left.map(({ name }) => name),
        ['Another'],
      )
    },
    withCodes,
  )

  on(
    'the linked TOTP of a phone has its own entry while it is locked',
    async (setting) => {
      const one = await setting.loggedIn({ acr: acrNumber })
      await setting.connect(one, `${base}/add/push`, setting.createPhone('Nokia'))
      const off = { user_id: setting.erika.id, kind: 'totp', failures: failureLimit } as const
      await setting.db
        .insertInto('factor_failures')
        .values({ ...off, last_failure_at: 1, off_at: 1 })
        .execute()
      const list = await one.open(base)
      assert.doesNotMatch(list.text, /Shows one-time codes too/)
      assert.equal(list.text.match(/class="pick-title">Nokia/g)?.length, 2)
    },
    withCodes,
  )

  on('a user with a phone can add a second phone', async (setting) => {
    await setting.addPhone('Nokia')
    const one = await setting.loggedIn({ acr: acrNumber })
    const last = await setting.connect(one, `${base}/add/push`, setting.createPhone('Fairphone'))
    assert.match(last.text, /Nokia/)
    assert.match(last.text, /Fairphone/)
  })

  on(
    'a change asks for the proof in its own journey, whatever the session has proven',
    async (setting) => {
      const id = await setting.addPhone('Nokia')
      setting.pass(minutes(20))
      for (const [acr, ago] of [
        [acrPassword, minutes(16)],
        [acrNumber, 0],
      ] as const) {
        const one = await setting.loggedIn({ acr, ago })
        for (const path of [`${base}/add/totp`, `${base}/${id}/remove`, `${base}/${id}/replace`]) {
          const question = await one.open(path)
          assert.match(question.text, /you confirm with your second factor that it is you/)
          const asked = await one.answer(question, { action: 'begin' })
          assert.match(asked.text, /on your phone|service desk/i, path)
          await setting.db.deleteFrom('push_challenges').execute()
        }
      }
      assert.equal(await setting.statusOf(id), 'active')
      const held = await setting.factors.authenticators.list(setting.db, setting.erika.id)
      assert.deepEqual(
        held.map(({ name }) => name),
        ['Nokia'],
      )
    },
  )

  on(
    'the password page says why it asks again, fills in the user name, and offers no second factor',
    async (setting) => {
      const one = await setting.loggedIn({ ago: minutes(20) })
      await setting.passwords.set(setting.db, setting.erika.id, 'hash of password of erika')
      await setting.sessions.defer(
        setting.db,
        one.sessionId,
        JSON.stringify({ secondFactor: 'required', skips: 0 }),
      )
      const page = await one.open(`${base}/add/push`)
      assert.match(page.text, /You are about to change what you sign in with/)
      assert.match(page.text, /name="username"[^>]*value="erika"/)
      const back = await one.answer(page, { username: 'erika', password: 'password of erika' })
      assert.match(back.text, /Add a phone/)
      assert.equal(
        (await setting.sessions.findById(one.sessionId))?.authenticatedAt,
        setting.clock.now(),
      )
    },
    { config: { default_policy: { second_factor: 'optional', skips: 3 } } },
  )

  on('a user with a phone must approve on it before adding another one', async (setting) => {
    const phone = setting.createPhone('Nokia')
    const one = await setting.loggedIn()
    await setting.connect(one, `${base}/add/push`, phone)
    const begin = await one.answer(await one.open(`${base}/add/push`), { action: 'begin' })
    await setting.settle()
    assert.doesNotMatch(begin.text, /data-qr/)
    const number = findNumber(begin)
    await phone.answer(0, () => number)
    const next = await one.open(readForm(begin).action)
    assert.match(findRegistrationUri(next), /^pushauth:|^mfauth:/)
    const { acr } = (await setting.sessions.findById(one.sessionId)) ?? {}
    assert.equal(acr, acrPassword, 'the proof was for this change alone')
  })

  on(
    'an enrolment continues only in its own session, and ends with the session',
    async (setting) => {
      const one = await setting.loggedIn()
      const page = await one.confirm(await one.open(`${base}/add/push`), { action: 'begin' })
      const at = readForm(page).action
      const other = await setting.loggedIn()
      assert.equal((await other.get(at)).location, base)
      const max = await setting.loggedIn({ user: await setting.addUser('max') })
      assert.equal((await max.get(at)).location, base)
      await setting.createPhone('Nokia').scan(findRegistrationUri(page))
      await setting.sessions.end(setting.db, one.sessionId, 'logout')
      assert.equal((await one.get(at)).location, base)
      assert.deepEqual(
        await setting.factors.push.devices.listActive(setting.db, setting.erika.id),
        [],
      )
    },
  )

  on(
    'an enrolment that was started with only the password ends as soon as the user has a phone',
    async (setting) => {
      const thief = await setting.loggedIn()
      const page = await thief.confirm(await thief.open(`${base}/add/push`), { action: 'begin' })
      const owner = await setting.loggedIn()
      await setting.connect(owner, `${base}/add/push`, setting.createPhone('Nokia'))
      await setting.createPhone('Thief').scan(findRegistrationUri(page))
      assert.equal((await thief.get(readForm(page).action)).location, base)
      const active = await setting.factors.push.devices.listActive(setting.db, setting.erika.id)
      assert.deepEqual(
        active.map(({ name }) => name),
        ['Nokia'],
      )
    },
  )

  on(
    'cancelling an enrolment leads back to the list and adds no authenticator',
    async (setting) => {
      const one = await setting.loggedIn()
      const begin = await one.open(`${base}/add/push`)
      assert.match((await one.answer(begin, { action: 'back' })).text, /Devices and passkeys/)
      const code = await one.confirm(await one.open(`${base}/add/push`), { action: 'begin' })
      const back = await one.answer(code, { action: 'back' })
      assert.match(back.text, /Only the password protects your account/)
    },
  )

  on('a replaced phone is removed only after the new phone works', async (setting) => {
    const id = await setting.addPhone('Lost')
    const one = await setting.loggedIn({ acr: acrNumber })
    const begin = await one.open(`${base}/${id}/replace`)
    assert.match(begin.text, /Lost/)
    const page = await one.confirm(begin, { action: 'begin' })
    assert.equal(await setting.statusOf(id), 'active')
    const phone = setting.createPhone('New')
    await phone.scan(findRegistrationUri(page))
    const at = readForm(page).action
    const number = findNumber(await one.open(at))
    await setting.settle()
    assert.equal(await setting.statusOf(id), 'active')
    await phone.answer(0, () => number)
    const last = await one.open(at)
    assert.match(last.text, /The new device works/)
    assert.equal(await setting.statusOf(id), 'removed')
    assert.deepEqual(
      setting.noticed.map(({ kind, facts }) => [kind, facts.device]),
      [
        ['device_added', 'New'],
        ['device_removed', 'Lost'],
      ],
    )
  })

  on('a phone is removed once, after confirmation, and its owner is notified', async (setting) => {
    const id = await setting.addPhone('Nokia')
    const one = await setting.loggedIn({ acr: acrNumber })
    const question = await one.open(`${base}/${id}/remove`)
    assert.match(question.text, /Remove Nokia\?/)
    assert.match(question.text, /It is the last one/)
    assert.equal(await setting.statusOf(id), 'active', 'a look removes nothing')
    const begun = await Promise.all([1, 2].map(() => one.answer(question, {})))
    assert.equal(await setting.statusOf(id), 'active', 'the session alone removes nothing')
    await Promise.all(begun.map((page) => one.prove(page)))
    assert.equal(await setting.statusOf(id), 'removed')
    assert.equal((await one.post(`${base}/${id}/remove`, {})).status, 404)
    assert.deepEqual(
      setting.noticed.map(({ kind, facts }) => [kind, facts.device]),
      [['device_removed', 'Nokia']],
    )
    assert.equal(
      (await setting.events()).filter((type) => type === 'push_device_removed').length,
      1,
    )
    const row = await setting.db.selectFrom('push_devices').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([row.secret_sealed, row.device_token], ['', ''])
  })

  on(
    'the last phone that an app requires cannot be removed, and the page names the app',
    async (setting) => {
      await setting.addApp('payroll', { secondFactor: 'required', skips: 0, decline: false })
      await setting.addApp('wiki', { secondFactor: 'optional', skips: 0, decline: false })
      const id = await setting.addPhone('Nokia')
      const one = await setting.loggedIn({ acr: acrNumber })
      for (const reply of [
        await one.get(`${base}/${id}/remove`),
        await one.post(`${base}/${id}/remove`, {}),
      ]) {
        assert.equal(reply.status, 409)
        assert.match(reply.text, /<li>payroll<\/li>/)
        assert.doesNotMatch(reply.text, /wiki/)
      }
      assert.equal(await setting.statusOf(id), 'active')
      const second = await setting.addPhone('Fairphone')
      assert.match((await one.remove(id)).text, /Removed/)
      assert.equal((await one.post(`${base}/${second}/remove`, {})).status, 409)
      assert.deepEqual(
        setting.noticed.map(({ facts }) => facts.device),
        ['Nokia'],
      )
    },
  )

  on('the requirement of a group applies only to its members', async (setting) => {
    const rule = { secondFactor: 'optional', skips: 0, decline: false } as const
    const groups = [{ group: 'finance', secondFactor: 'required' }] as const
    await setting.addApp('ledger', { ...rule, groups: [...groups] })
    const id = await setting.addPhone('Nokia')
    const one = await setting.loggedIn({ acr: acrNumber })
    assert.match((await one.get(`${base}/${id}/remove`)).text, /Remove Nokia\?/)
    await setting.db
      .insertInto('user_groups')
      .values({ user_id: setting.erika.id, name: 'finance' })
      .execute()
    const refused = await one.post(`${base}/${id}/remove`, {})
    assert.equal(refused.status, 409)
    assert.match(refused.text, /<li>ledger<\/li>/)
  })

  on(
    'if the last two phones are removed at once and an app requires one, one phone stays',
    async (setting) => {
      await setting.addApp('payroll', { secondFactor: 'required', skips: 0, decline: false })
      const ids = [await setting.addPhone('Nokia'), await setting.addPhone('Fairphone')]
      const one = await setting.loggedIn({ acr: acrNumber })
      const other = await setting.loggedIn({ acr: acrNumber })
      const begun = await Promise.all([
        one.follow(await one.post(`${base}/${ids[0]}/remove`, {})),
        other.follow(await other.post(`${base}/${ids[1]}/remove`, {})),
      ])
      await Promise.all([one.prove(begun[0]), other.prove(begun[1])])
      const states = await Promise.all(ids.map((id) => setting.statusOf(id)))
      assert.deepEqual(states.sort(), ['active', 'removed'])
    },
  )

  on(
    'answers of a removed phone are refused, and its earlier approval opens no session',
    async (setting) => {
      const phone = setting.createPhone('Nokia')
      const owner = await setting.loggedIn()
      await setting.connect(owner, `${base}/add/push`, phone)
      await setting.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
      const thief = setting.browser()
      const signed = setting.continuations.sign({ appId: 'mail', returnTo: '/account' })
      const login = await thief.open(`/login?continue=${signed}`)
      const wait = await thief.answer(login, { username: 'erika', password: 'password of erika' })
      await setting.settle()
      const number = findNumber(wait)
      assert.equal(await phone.answer(0, () => number), true)
      const [device] = await setting.factors.push.devices.listActive(setting.db, setting.erika.id)
      await setting.db.deleteFrom('apps').execute()
      const strong = await setting.loggedIn({ acr: acrNumber })
      assert.match((await strong.remove(`${device?.id}`)).text, /Removed/)
      const after = await thief.open(readForm(wait).action)
      assert.equal(thief.jar.has('einlass_session'), false, after.text.slice(0, 200))
      assert.equal(await phone.answer(0, () => number), false)
    },
  )

  on(
    'an authenticator of another user is answered like an unknown id, for every action',
    async (setting) => {
      const max = await setting.addUser('max')
      const id = await setting.addPhone('of Max', max.id)
      const one = await setting.loggedIn({ acr: acrNumber })
      for (const other of [id, 'dev_unknown', '..%2f..', '%00', "'"]) {
        for (const path of ['', '/rename', '/remove', '/replace']) {
          assert.equal((await one.get(`${base}/${other}${path}`)).status, 404, path)
        }
        for (const path of ['/rename', '/remove', '/replace', '/test']) {
          const reply = await one.post(`${base}/${other}${path}`, { name: 'Mine', action: 'begin' })
          assert.equal(reply.status, 404, path)
        }
      }
      assert.equal((await one.get(`${base}/add/fax`)).status, 404)
      assert.equal((await one.post(`${base}/add/fax`, {})).status, 404)
      assert.equal(await setting.statusOf(id), 'active')
      assert.deepEqual([await setting.events(), await journeys(setting)], [[], 0])
    },
  )

  on('a form without its token changes nothing', async (setting) => {
    const id = await setting.addPhone('Nokia')
    const one = await setting.loggedIn({ acr: acrNumber })
    const paths = ['add/push', `${id}/rename`, `${id}/test`, `${id}/replace`, `${id}/remove`]
    for (const path of paths) {
      for (const form_token of ['', 'x']) {
        const reply = await one.post(`${base}/${path}`, { form_token, name: 'X', action: 'begin' })
        assert.equal(reply.status, 403, path)
      }
    }
    assert.equal(await setting.statusOf(id), 'active')
    assert.deepEqual([await setting.events(), await journeys(setting)], [[], 0])
  })

  on('the name of an authenticator must be one short line', async (setting) => {
    const id = await setting.addPhone('Nokia')
    const one = await setting.loggedIn()
    for (const name of ['', '  ', 'x'.repeat(61), 'a\nb', '\u202e', '\u200b']) {
      assert.equal((await one.post(`${base}/${id}/rename`, { name })).status, 422, name)
    }
    const name = ' Diensttelefon <b> 📱 '
    const reply = await one.post(`${base}/${id}/rename`, { name })
    assert.match((await one.follow(reply)).text, /Diensttelefon &lt;b&gt; 📱</)
    await setting.factors.push.devices.changeToken(setting.db, id, {
      deviceId: 'http://phones.example/other',
      deviceType: 'android',
      communicationType: 'gcm',
      deviceName: 'as the phone says',
    })
    assert.match((await one.get(base)).text, /Diensttelefon/, 'the owner’s name goes before')
    assert.deepEqual(await setting.events(), ['push_device_renamed'])
  })

  on(
    'the page shows the result of a test push',
    async (setting) => {
      const phone = setting.createPhone('Nokia')
      const one = await setting.loggedIn()
      await setting.connect(one, `${base}/add/push`, phone)
      const [device] = await setting.factors.push.devices.listActive(setting.db, setting.erika.id)
      // The new phone does not raise the level of this session, and a test push requires a higher level.
      assert.match((await one.post(`${base}/${device?.id}/test`, {})).location ?? '', /^\/login\?/)
      const proven = { amr: ['pwd', 'swk'], acr: acrNumber }
      const { token } =
        (await setting.sessions.strengthen(setting.db, one.sessionId, {
          ...proven,
          authenticatedAt: setting.clock.now(),
        })) ?? {}
      one.jar.set('einlass_session', token ?? '')
      const at = `${base}/${device?.id}`
      const ends: [
        (number: number) => 'deny' | ((numbers: readonly number[]) => number),
        RegExp,
      ][] = [
        [(number) => () => number, /The test arrived/],
        [() => 'deny', /The test was denied/],
        [(number) => (all) => all.find((other) => other !== number) ?? 0, /a different number/],
      ]
      for (const [pick, words] of ends) {
        const wait = await one.follow(await one.post(`${at}/test`, {}))
        await setting.settle()
        const shown = await one.open(readForm(wait).action)
        assert.match(shown.text, /Sent to Nokia/)
        await phone.answer(0, pick(findNumber(wait)))
        const refusal = await one.open(readForm(wait).action)
        assert.match(refusal.text, words)
        assert.match((await one.answer(refusal, { action: 'back' })).text, /Nokia/)
        setting.pass(minutes(11))
      }
      const fromStart = readForm(await one.follow(await one.post(`${at}/test`, { from: 'start' })))
      const left = await one.post(fromStart.action, { ...fromStart.hidden, action: 'back' })
      assert.equal(left.location, '/start')
      const session = await setting.sessions.findById(one.sessionId)
      assert.equal(session?.acr, acrNumber)
      const spent = await setting.db
        .selectFrom('push_challenges')
        .select('message_id')
        .where('consumed_at', 'is not', null)
        .execute()
      assert.equal(spent.length, 1, 'only the test of the enrolment counts')
    },
    { config: { account: { fresh_login: '24h' } } },
  )

  on(
    'the page says at once if no provider accepts a test push, and test pushes have a rate limit',
    async (setting) => {
      const id = await setting.addPhone('Nowhere')
      const one = await setting.loggedIn({ acr: acrNumber })
      for (let count = 0; count < 5; count++) {
        const wait = await one.follow(await one.post(`${base}/${id}/test`, {}))
        await setting.settle()
        assert.match((await one.open(readForm(wait).action)).text, /was not accepted/)
      }
      const limited = await one.follow(await one.post(`${base}/${id}/test`, {}))
      assert.match(
        limited.text,
        /Five tests are possible in ten minutes\. You can send the next one in/,
      )
    },
  )

  on(
    'the page marks an unreachable phone, which can be removed even if an app requires a second factor',
    async (setting) => {
      await setting.addApp('payroll', { secondFactor: 'required', skips: 0, decline: false })
      const id = await setting.addPhone('Nokia')
      await setting.db.updateTable('push_devices').set({ push_disabled_at: 1 }).execute()
      const one = await setting.loggedIn({ acr: acrNumber })
      assert.match((await one.get(base)).text, /Notifications do not arrive/)
      assert.match((await one.remove(id)).text, /Removed/)
      assert.equal(await setting.statusOf(id), 'removed')
    },
  )

  on(
    'a recovery code stands for a lost phone only in the journey that replaces it',
    async (setting) => {
      const { store } = setting.factors.recovery
      const codes = drawCodes(systemRandom)
      const prepared = await store.prepare(codes)
      const id = await setting.addPhone('Lost')
      await setting.db.transaction().execute((tx) => store.replace(tx, setting.erika.id, prepared))
      const one = await setting.loggedIn({ acr: acrPossession })
      const path = `${base}/${id}/replace`
      const replaceBy = async (code: string) => {
        let page = await one.answer(await one.open(path), { action: 'begin' })
        page = await one.answer(page, { action: 'other' })
        if (!page.text.includes('name="code"'))
          page = await one.answer(page, { action: 'recovery' })
        return await one.answer(page, { code, action: 'confirm' })
      }
      assert.match(findRegistrationUri(await replaceBy(`${codes[0]}`)), /^pushauth:|^mfauth:/)
      assert.match((await replaceBy(`${codes[0]}`)).text, /name="code"/, 'spent in that journey')
      assert.equal(await setting.statusOf(id), 'active')
    },
  )

  on(
    'the account pages require what the default policy requires',
    async (setting) => {
      await setting.addPhone('Nokia')
      const weak = await setting.loggedIn()
      for (const path of ['/', '/account', base, '/account/sessions', '/account/activity']) {
        assert.equal((await weak.get(path)).status, 303, path)
      }
      const page = await weak.open(base)
      assert.match(page.text, /One more confirmation/)
      const strong = await setting.loggedIn({ acr: acrPossession })
      assert.equal((await strong.get(base)).status, 200)
    },
    { config: { default_policy: { second_factor: 'optional' } } },
  )

  on(
    'the account pages show how many recovery codes are left',
    async (setting) => {
      const one = await setting.loggedIn()
      for (const path of ['/account', base])
        assert.match((await one.get(path)).text, /7 codes left/)
    },
    { codes },
  )

  on(
    'the account page says how often the user can still skip a second factor',
    async (setting) => {
      const one = await setting.loggedIn({ acr: acrPossession })
      assert.match((await one.get('/account')).text, /skip setting up a second factor 3 more times/)
      await setting.factors.choices.decline(setting.db, setting.erika.id)
      assert.match((await one.get('/account')).text, /offer-again/)
    },
    { config: { default_policy: { second_factor: 'optional', skips: 3 } } },
  )
})

onEachEngine((engine) => {
  test(`A1: the server sends at most ten test pushes a day, and none during a push block (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createAccountScene(db)
    t.after(scene.settle)
    const id = await scene.addPhone('Nokia')
    const one = await scene.loggedIn({ acr: acrNumber })
    const sent = async () =>
      (await db.selectFrom('push_challenges').select('message_id').execute()).length
    const tryOut = () => one.post(`/account/authenticators/${id}/test`, {})
    await scene.users.blockPush(db, scene.erika.id, scene.clock.now() + 60_000)
    await tryOut()
    assert.equal(await sent(), 0)
    scene.pass(60_000)
    for (let count = 0; count < 24; count++) {
      await tryOut()
      scene.pass(300_000)
    }
    assert.equal(await sent(), 10)
  })

  test(`the page names the limit that prevents a test push (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createAccountScene(db)
    t.after(scene.settle)
    const id = await scene.addPhone('Nokia')
    const one = await scene.loggedIn({ acr: acrNumber })
    const tryOut = async () =>
      (await one.follow(await one.post(`/account/authenticators/${id}/test`, {}))).text
    await scene.users.blockPush(db, scene.erika.id, scene.clock.now() + 60_000)
    assert.match(await tryOut(), /sign-in was reported[^<]*possible again from/)
    scene.pass(60_000)
    const login = { journeyHash: 'login', userId: scene.erika.id, deviceId: id } as const
    const { challenges } = scene.factors.push
    const waiting = challenges.draw({ ...login, purpose: 'login', type: 'challenge' })
    await db.transaction().execute((tx) => challenges.add(tx, waiting))
    assert.match(await tryOut(), /Another request still waits on your phone/)
    await challenges.withdraw(db, waiting.messageId)
    for (let count = 0; count < 5; count++) await tryOut()
    assert.match(await tryOut(), /send the next one in/)
    for (let count = 0; count < 5; count++) {
      scene.pass(minutes(11))
      await tryOut()
    }
    scene.pass(minutes(11))
    assert.match(await tryOut(), /within a day[^<]*possible from/)
  })
})

async function journeys({ db }: Setting): Promise<number> {
  return (await db.selectFrom('journeys').select('id_hash').execute()).length
}

test('the page for adding a factor names the phone app that it requires', () => {
  for (const language of languages) {
    const t = createTranslator(language)
    const { body } = addPage({ kinds: ['authenticator', 'push'] }, t)
    for (const name of ['Einlass Authenticator', 'ForgeRock Authenticator'])
      assert.match(body.toString(), new RegExp(`pick-title">${name}<`))
    const lead = describeFactor('push').words.begin?.lead
    assert.match(lead === undefined ? '' : t(lead), /ForgeRock Authenticator/)
  }
})
