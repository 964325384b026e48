import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { office } from '../../../dev/test-support/scene.ts'
import { connectPhone, findNumber, openTab } from '../../../dev/test-support/tab.ts'
import { acrNumber, acrPassword } from '../../../identity/policy/assurance.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { JourneyView } from '../../engine/view.ts'

const fresh = 'Fahrrad im Regen'
const twice = { password: fresh, password_again: fresh, action: 'change' }

async function setUp(db: Database) {
  const login = createTestLogin(db)
  const erika = await login.addUser('erika')
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  await login.addApp('vault', { secondFactor: 'required', skips: 0, decline: false })

  function open(session?: LiveSession) {
    const tab = openTab(login, { ...office, session })
    return {
      ...tab,
      begin: (password: string, appId = 'mail') =>
        tab.begin({ username: 'erika', password, appId }),
    }
  }

  async function enrol(): Promise<ReturnType<typeof login.createPhone>> {
    const phone = login.createPhone('pixel')
    const done = await connectPhone(login, phone, { username: 'erika', appId: 'vault' })
    assert.equal(done.type, 'finished')
    return phone
  }

  return {
    ...login,
    erika,
    open,
    enrol,
    sessionOf: async (view: JourneyView) =>
      view.type === 'finished' ? await login.sessions.find(view.token) : undefined,
    events: async () =>
      (await db.selectFrom('audit_events').select('type').orderBy('seq').execute()).map(
        ({ type }) => type,
      ),
  }
}

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const findFormError = (view: JourneyView) =>
  view.type === 'page' ? view.formError?.text.key : view.type

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a password that has to be changed lets nobody in before it is'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.users.requirePasswordChange(db, scene.erika.id)
    const tab = scene.open()
    assert.equal(stepOf(await tab.begin('password of erika')), 'password/change')
    assert.equal(stepOf(await tab.look()), 'password/change')
    assert.equal(stepOf(await tab.answer({ action: 'skip' })), 'password/change')
    const end = await tab.answer(twice)
    assert.equal((await scene.sessionOf(end))?.acr, acrPassword)
    assert.deepEqual(await scene.events(), ['password_set', 'login_succeeded'])
    assert.equal((await scene.users.find(db, scene.erika.id))?.passwordChangeRequired, false)
    assert.equal(findFormError(await scene.open().begin('password of erika')), 'login.wrong.text')
    assert.equal(stepOf(await scene.open().begin(fresh)), 'finished')
  })

  test(
    say('whoever does not want to change it now leaves the login, and is asked again'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.users.requirePasswordChange(db, scene.erika.id)
      const tab = scene.open()
      await tab.begin('password of erika')
      assert.equal(stepOf(await tab.answer({ action: 'cancel' })), 'left')
      assert.deepEqual(await scene.events(), [])
      assert.equal(stepOf(await scene.open().begin('password of erika')), 'password/change')
    },
  )

  test(say('what is refused says why, and nothing is changed'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.users.requirePasswordChange(db, scene.erika.id)
    const tab = scene.open()
    await tab.begin('password of erika')
    for (const [password, again, key] of [
      ['', '', 'password.change.missing'],
      ['kurz', 'kurz', 'password.refused.too_short'],
      ['erika und der Regen', 'erika und der Regen', 'password.refused.contains_username'],
      ['Passwort2025!!!', 'Passwort2025!!!', 'password.refused.common'],
      [fresh, `${fresh} `, 'password.change.mismatch'],
    ] as const) {
      assert.equal(findFormError(await tab.answer({ password, password_again: again })), key)
    }
    const page = await tab.answer({ password: fresh })
    assert.equal(findFormError(page), 'password.change.mismatch')
    assert.ok(!JSON.stringify(page).includes(fresh))
    assert.equal((await scene.users.find(db, scene.erika.id))?.passwordChangeRequired, true)
    assert.deepEqual(await scene.events(), [])
  })

  test(say('the old password is no new one'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { id } = scene.erika
    await scene.passwords.set(db, id, `hash of ${fresh}`, { changeRequired: true })
    const tab = scene.open()
    await tab.begin(fresh)
    assert.equal(findFormError(await tab.answer(twice)), 'password.change.same')
  })

  test(say('whoever keeps on trying has to wait, so that logins need not'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { id } = scene.erika
    await scene.passwords.set(db, id, `hash of ${fresh}`, { changeRequired: true })
    const tab = scene.open()
    await tab.begin(fresh)
    const seen: string[] = []
    for (let n = 0; n < 6; n += 1) seen.push(`${findFormError(await tab.answer(twice))}`)
    assert.deepEqual(seen, [...Array(5).fill('password.change.same'), 'factor.later.text'])
  })

  test(
    say('who has a second factor shows it first, even where the app asks for none'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const phone = await scene.enrol()
      await scene.users.requirePasswordChange(db, scene.erika.id)
      const tab = scene.open()
      assert.equal(stepOf(await tab.begin('password of erika')), 'push/confirm')
      // A thief of the password, who has no phone, sends the form of the page that is to come.
      assert.equal(stepOf(await tab.answer(twice)), 'push/confirm')
      await scene.settle()
      const number = findNumber(await tab.look())
      await phone.answer(0, () => number)
      assert.equal(stepOf(await tab.look()), 'password/change')
      const end = await tab.answer(twice)
      assert.equal((await scene.sessionOf(end))?.acr, acrNumber)
    },
  )

  test(say('a phone is offered only after the change'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.users.requirePasswordChange(db, scene.erika.id)
    const tab = scene.open()
    assert.equal(stepOf(await tab.begin('password of erika', 'vault')), 'password/change')
    assert.equal(stepOf(await tab.answer(twice)), 'second-factor/offer')
  })

  test(say('a new password ends every other session and every login under way'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const elsewhere = await scene.sessionOf(await scene.open().begin('password of erika'))
    const waiting = scene.open()
    await waiting.begin('password of erika', 'vault')
    const notified: string[] = []
    scene.sessions.onEnd(async (ids) => void notified.push(...ids))
    await scene.users.requirePasswordChange(db, scene.erika.id)
    scene.pass(1000)
    const tab = scene.open(elsewhere)
    await tab.begin('password of erika')
    const session = await scene.sessionOf(await tab.answer(twice))
    assert.ok(session)
    assert.deepEqual(notified, [elsewhere?.id])
    assert.deepEqual(
      (await scene.sessions.listOf(scene.erika.id)).map(({ id }) => id),
      [session.id],
    )
    assert.equal(stepOf(await waiting.answer({ action: 'totp' })), 'over')
  })

  test(
    say('a login that was past the password when the change came to be due begins again'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      await scene.apps.change(db, 'vault', {
        policy: { secondFactor: 'optional', skips: 3, decline: true },
      })
      const tab = scene.open()
      assert.equal(stepOf(await tab.begin('password of erika', 'vault')), 'second-factor/offer')
      await scene.users.requirePasswordChange(db, scene.erika.id)
      assert.equal(stepOf(await tab.answer({ action: 'skip' })), 'left')
      assert.deepEqual(await scene.sessions.listOf(scene.erika.id), [])
    },
  )

  test(say('of two changes at the same moment one counts'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.users.requirePasswordChange(db, scene.erika.id)
    const tabs = [scene.open(), scene.open()]
    for (const tab of tabs) await tab.begin('password of erika')
    const ends = await Promise.allSettled(
      tabs.map((tab, n) => {
        const password = `${fresh} ${n}`
        return tab.answer({ password, password_again: password })
      }),
    )
    const sessions = await scene.sessions.listOf(scene.erika.id)
    assert.equal(sessions.length, 1)
    assert.equal(ends.length, 2)
    const events = await scene.events()
    assert.equal(events.filter((type) => type === 'login_succeeded').length, 1)
  })
})
