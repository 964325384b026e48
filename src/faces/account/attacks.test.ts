// Attacks with a known password, a stolen code or a stolen device: on the whole login and on the user's account pages,
// while the user works as usual.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAccountScene, type LoggedIn, type Page } from '../../dev/test-support/account.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createSoftAuthenticator } from '../../dev/test-support/passkey-authenticator.ts'
import { findNumber, findRegistrationUri, readForm } from '../../dev/test-support/plain-browser.ts'
import { acrNumber, acrPossession } from '../../identity/policy/assurance.ts'
import { cutPrefix, fewCodes } from '../../login/factors/recovery/codes.ts'
import { codeAt, stepAt } from '../../login/factors/totp/verify.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { transact } from '../../platform/storage/transact.ts'

async function start(engine: Engine, t: TestContext, config: Readonly<Record<string, unknown>>) {
  const { db } = await engine.open(t)
  const scene = await createAccountScene(db, { config })
  t.after(() => scene.settle())
  await scene.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
  const { store: totps } = scene.factors.totp
  type Browser = ReturnType<typeof scene.browser>

  /** Logs in with the password for an app and returns the next page. */
  async function login(one: Browser, appId = 'mail'): Promise<Page> {
    const continuation = scene.continuations.sign({ appId, returnTo: '/account' })
    const page = await one.open(`/login?continue=${encodeURIComponent(continuation)}`)
    const password = 'password of erika'
    return await one.answer(page, { username: 'erika', password, action: 'login' })
  }

  async function codeOf(id: string): Promise<string> {
    const app = await totps.find(db, id)
    assert.ok(app)
    return codeAt(app.secret(), stepAt(scene.clock.now(), app), app)
  }

  return {
    ...scene,
    db,
    login,
    codeOf,
    async addCodeApp(): Promise<string> {
      const id = totps.newId()
      await db.transaction().execute(async (tx) => {
        await totps.add(tx, { id, userId: scene.erika.id, name: 'Code app' })
        await totps.activate(tx, id, 1)
      })
      return id
    },
    async addPasskey(): Promise<void> {
      const { store } = scene.factors.passkey
      await store.add(db, {
        id: store.newId(),
        userId: scene.erika.id,
        name: 'Key',
        credentialId: 'of-erika',
        publicKey: new Uint8Array(8),
        signCount: 0,
        isBackupEligible: false,
        isBackedUp: false,
        isUserVerified: true,
        transports: [],
      })
    },
    /** Scans the QR code of a page, answers the test push, and returns the page after it. */
    async testPhone(one: Browser, page: Page, name: string): Promise<Page> {
      const at = readForm(page).action
      const phone = scene.createPhone(name)
      await phone.scan(findRegistrationUri(page))
      const test = await one.open(at)
      await scene.settle()
      const number = findNumber(test)
      await phone.answer(0, () => number)
      return await one.open(at)
    },
    /** Makes a set of recovery codes on the account pages and returns them. */
    async makeCodes(one: LoggedIn): Promise<string[]> {
      const first = await one.open('/account/authenticators/add/recovery')
      const page = await one.confirm(first, { action: 'begin' })
      await one.answer(page, { action: 'saved' })
      return codesOn(page)
    },
    async useUp(codes: readonly string[]): Promise<void> {
      const prefixes = codes.map((code) => cutPrefix(code))
      await db
        .updateTable('recovery_codes')
        .set({ used_at: 1 })
        .where('prefix', 'in', prefixes)
        .execute()
    },
    async counts(code: string): Promise<boolean> {
      const { store } = scene.factors.recovery
      return (await store.find(db, scene.erika.id, code.replaceAll('-', ''))) !== undefined
    },
    async sessionOf(one: Browser) {
      const token = one.jar.get('einlass_session')
      return token === undefined ? undefined : await scene.sessions.find(token)
    },
    /** The kinds of the user's active authenticators, sorted. */
    async held(): Promise<string[]> {
      const all = await scene.factors.authenticators.list(db, scene.erika.id)
      return all.map(({ kind }) => kind).toSorted()
    },
  }
}

type Setting = Awaited<ReturnType<typeof start>>

function codesOn({ text }: Page): string[] {
  const found = text.matchAll(/\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b/g)
  return [...new Set([...found].map(([code]) => code))]
}

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>, config = {}) =>
    test(`${name} (${engine.name})`, async (t) => await run(await start(engine, t, config)))

  on(
    'A47: an attacker with only the password cannot use up the QR codes of the owner at another address',
    async (setting) => {
      const thief = setting.browser('198.51.100.9')
      let page = await thief.answer(await setting.login(thief), { action: 'register' })
      for (let count = 0; count < 10; count++) page = await thief.answer(page, { action: 'renew' })
      assert.match(page.text, /Too many codes/)
      const again = setting.browser('198.51.100.9')
      page = await again.answer(await setting.login(again), { action: 'register' })
      assert.match(page.text, /Too many codes/)

      const owner = setting.browser('203.0.113.4')
      page = await owner.answer(await setting.login(owner), { action: 'register' })
      await setting.testPhone(owner, page, 'Nokia')
      assert.deepEqual(await setting.held(), ['push'])
    },
  )

  on(
    'A47: an attacker with only the password cannot use up the test pushes of the owner',
    async (setting) => {
      const id = await setting.addPhone('Nokia')
      setting.openBox('http://phones.example/Nokia')
      const thief = setting.browser('198.51.100.9')
      for (let count = 0; count < 12; count++) {
        await setting.login(thief)
        setting.pass(minutes(11))
      }
      const listSent = async () => {
        const { db } = setting
        return (await db.selectFrom('push_challenges').select('purpose').execute()).map(
          ({ purpose }) => purpose,
        )
      }
      assert.equal((await listSent()).length, 10)
      const owner = await setting.loggedIn({ acr: acrNumber })
      await owner.post(`/account/authenticators/${id}/test`, {})
      assert.equal((await listSent()).filter((purpose) => purpose === 'test').length, 1)
    },
  )

  on('A10: a session with only the password cannot make recovery codes', async (setting) => {
    const thief = await setting.loggedIn()
    const path = '/account/authenticators/add/recovery'
    assert.equal((await thief.get(path)).status, 404)
    assert.equal((await thief.post(path, { action: 'begin' })).status, 404)
    assert.equal(
      await setting.factors.recovery.store.findLeft(setting.db, setting.erika.id),
      undefined,
    )
  })

  for (const kind of ['push', 'totp'] as const) {
    on(
      `A10: enrolling the first ${kind} invalidates earlier recovery codes, and the owner gets new ones`,
      async (setting) => {
        const { store } = setting.factors.recovery
        const planted = ['PLANTEDCODE00000', 'PLANTEDCODE00001']
        const stored = await store.prepare(planted)
        await setting.db.transaction().execute((tx) => store.replace(tx, setting.erika.id, stored))
        const owner = setting.browser()
        const offer = await setting.login(owner)
        let page = await owner.answer(offer, { action: kind === 'push' ? 'register' : 'totp' })
        if (kind === 'push') page = await setting.testPhone(owner, page, 'Nokia')
        else {
          const row = await setting.db
            .selectFrom('totp_authenticators')
            .select('id')
            .executeTakeFirst()
          page = await owner.answer(page, {
            action: 'connect',
            code: await setting.codeOf(row?.id ?? ''),
          })
        }
        for (const code of planted) assert.equal(await setting.counts(code), false)
        page = await owner.answer(page, { action: 'recovery' })
        const codes = codesOn(page)
        assert.ok(codes.length > 0)
        await owner.answer(page, { action: 'saved' })
        assert.ok(await setting.counts(codes[0] ?? ''))
      },
      { recovery_codes: 'enrolment' },
    )
  }

  on(
    'A10: adding the first phone on the account pages invalidates earlier recovery codes',
    async (setting) => {
      const { store } = setting.factors.recovery
      const stored = await store.prepare(['PLANTEDCODE00000'])
      await setting.db.transaction().execute((tx) => store.replace(tx, setting.erika.id, stored))
      const owner = await setting.loggedIn()
      await setting.connect(owner, '/account/authenticators/add/push', setting.createPhone('Nokia'))
      assert.deepEqual(await setting.held(), ['push'])
      assert.equal(await setting.counts('PLANTEDCODE00000'), false)
    },
  )

  on('recovery codes stay valid when the user adds a second phone', async (setting) => {
    await setting.addPhone('Nokia')
    const owner = await setting.loggedIn({ acr: acrNumber })
    const [code = ''] = await setting.makeCodes(owner)
    await setting.connect(owner, '/account/authenticators/add/push', setting.createPhone('Second'))
    assert.ok(await setting.counts(code))
  })

  for (const kind of ['totp', 'passkey'] as const) {
    const add = async (setting: Setting) =>
      kind === 'totp' ? void (await setting.addCodeApp()) : await setting.addPasskey()

    on(
      `A10: a login that waits for a phone enrols no phone if the owner has enrolled a ${kind} meanwhile`,
      async (setting) => {
        const thief = setting.browser()
        const page = await thief.answer(await setting.login(thief), { action: 'register' })
        await add(setting)
        const phone = setting.createPhone('Thief')
        await phone.scan(findRegistrationUri(page))
        const next = await thief.open(readForm(page).action)
        await setting.settle()
        assert.equal(phone.count(), 0)
        assert.match(next.text, kind === 'totp' ? /name="code"/ : /data-passkey="get"/)
        assert.deepEqual(await setting.held(), [kind])
        assert.equal(await setting.sessionOf(thief), undefined)
      },
    )

    on(
      `A10: a login enrols no phone whose test was under way when the owner enrolled a ${kind}`,
      async (setting) => {
        const thief = setting.browser()
        const page = await thief.answer(await setting.login(thief), { action: 'register' })
        const at = readForm(page).action
        const phone = setting.createPhone('Thief')
        await phone.scan(findRegistrationUri(page))
        const test = await thief.open(at)
        await setting.settle()
        const number = findNumber(test)
        await phone.answer(0, () => number)
        await add(setting)
        await thief.open(at)
        assert.deepEqual(await setting.held(), [kind])
        assert.equal(await setting.sessionOf(thief), undefined)
      },
    )
  }

  on('A10: if two logins enrol a code app at once, only one is enrolled', async (setting) => {
    const known: string[] = []
    const open = async () => {
      const one = setting.browser()
      const page = await one.answer(await setting.login(one), { action: 'totp' })
      const rows = await setting.db.selectFrom('totp_authenticators').select('id').execute()
      const id = rows.map((row) => row.id).find((other) => !known.includes(other)) ?? ''
      known.push(id)
      return { one, page, code: await setting.codeOf(id) }
    }
    const ways = [await open(), await open()]
    await Promise.all(
      ways.map(({ one, page, code }) => one.answer(page, { action: 'connect', code })),
    )
    assert.deepEqual(await setting.held(), ['totp'])
  })

  on('A10: if two logins enrol a passkey at once, only one is enrolled', async (setting) => {
    const site = { rpId: 'login.example', origin: 'https://login.example' }
    const ways = await Promise.all(
      [1, 2].map(async () => {
        const one = setting.browser()
        const page = await one.answer(await setting.login(one), { action: 'passkey' })
        const options = /data-options="([^"]*)"/.exec(page.text)?.[1]?.replaceAll('&quot;', '"')
        const credential = createSoftAuthenticator(site).create(options ?? '')
        return { one, page, credential }
      }),
    )
    await Promise.all(ways.map(({ one, page, credential }) => one.answer(page, { credential })))
    assert.deepEqual(await setting.held(), ['passkey'])
  })

  on(
    'a login that used a recovery code ends when the owner makes new recovery codes',
    async (setting) => {
      await setting.addCodeApp()
      const owner = await setting.loggedIn({ acr: acrPossession })
      const [code = '', ...more] = await setting.makeCodes(owner)
      await setting.useUp(more.slice(fewCodes))
      const thief = setting.browser()
      let page = await thief.answer(await setting.login(thief), { action: 'other' })
      page = await thief.answer(page, { action: 'recovery' })
      page = await thief.answer(page, { code, action: 'confirm' })
      page = await thief.answer(page, { action: 'home' })
      const [planted = ''] = codesOn(page)
      assert.notEqual(planted, '', 'new ones come where few are left')
      const [mine = ''] = await setting.makeCodes(owner)
      await thief.answer(page, { action: 'saved' })
      assert.equal(await setting.sessionOf(thief), undefined)
      assert.deepEqual([await setting.counts(mine), await setting.counts(planted)], [true, false])
    },
  )

  on(
    'removing a code app ends an open login that used it, and the recovery codes',
    async (setting) => {
      const rule = { secondFactor: 'required', level: 'number', skips: 0, decline: false } as const
      await setting.addApp('vault', rule)
      const id = await setting.addCodeApp()
      const owner = await setting.loggedIn({ acr: acrPossession })
      const [spare = ''] = await setting.makeCodes(owner)
      const thief = setting.browser()
      const asked = await setting.login(thief, 'vault')
      await thief.answer(asked, { code: await setting.codeOf(id), action: 'confirm' })
      const { authenticators } = setting.factors
      const open = setting.db.selectFrom('journeys').where('finished_at', 'is', null).selectAll()
      assert.equal((await open.execute()).length, 1)
      const removal = { userId: setting.erika.id, id }
      await transact(setting.db, (tx) => authenticators.remove(tx, removal))
      assert.equal((await open.execute()).length, 0)
      assert.equal(await setting.counts(spare), false)
    },
  )

  on('ending all other sessions also ends the unfinished logins of the user', async (setting) => {
    const thief = setting.browser()
    await thief.answer(await setting.login(thief), { action: 'totp' })
    const owner = await setting.loggedIn()
    await owner.post('/account/sessions/end-others', {})
    const open = setting.db.selectFrom('journeys').where('finished_at', 'is', null).selectAll()
    assert.deepEqual(await open.execute(), [])
  })
})
