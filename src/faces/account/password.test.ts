import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { transact } from '../../platform/storage/transact.ts'

type Setting = Awaited<ReturnType<typeof createAccountScene>>

const path = '/account/password'
const fresh = 'Fahrrad im Regen'
const alone = { password: fresh, password_again: fresh }
const current_password = 'password of erika'
const twice = { ...alone, current_password }

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const setting = await createAccountScene(db)
      t.after(() => setting.settle())
      await run(setting)
    })
  const hashOf = ({ passwords, db, erika }: Setting) => passwords.find(db, erika.id)

  on('a new password ends all other sessions, and this session continues', async (setting) => {
    const one = await setting.loggedIn()
    const other = await setting.loggedIn()
    assert.match((await one.open('/account')).text, /href="\/account\/password"/)
    const page = await one.open(path)
    assert.match(page.text, /At least 15 characters/)
    assert.match(page.text, /autocomplete="username" value="erika"/)
    const done = await one.post(path, twice)
    assert.deepEqual([done.status, done.location], [303, '/account?done=password'])
    assert.equal(await hashOf(setting), `hash of ${fresh}`)
    assert.ok(await setting.sessions.findById(one.sessionId))
    assert.equal(await setting.sessions.findById(other.sessionId), undefined)
    assert.deepEqual(setting.ended, [other.sessionId])
    assert.deepEqual(await setting.events(), ['password_set', 'session_ended'])
    assert.match((await one.open('/account?done=password')).text, /Your password is changed/)
    assert.match((await one.open('/account')).text, /Last changed/)
  })

  on('the user is notified of a password change', async (setting) => {
    await setting.users.change(setting.db, setting.erika.id, { email: 'erika@example.org' })
    const one = await setting.loggedIn()
    await one.post(path, twice)
    assert.deepEqual(
      setting.noticed.map(({ kind }) => kind),
      ['password_changed'],
    )
  })

  on('a known browser stays known after a password change', async (setting) => {
    const { erika, knownBrowsers, users, db } = setting
    const one = await setting.loggedIn()
    await one.post(path, twice)
    const user = await users.find(db, erika.id)
    assert.equal(knownBrowsers.keyFor(one.jar.get('einlass_device'), user)?.isOwn, true)
  })

  on('the page says why it refuses a new password, and nothing is changed', async (setting) => {
    const one = await setting.loggedIn()
    const before = await hashOf(setting)
    for (const [typed, said] of [
      [{}, /Enter the new password twice/],
      [{ password: 'kurz', password_again: 'kurz' }, /at least 15 characters/],
      [{ ...twice, password_again: 'Fahrrad in Regen' }, /The two entries differ/],
      [
        { password: 'Haltepunkt2026!', password_again: 'Haltepunkt2026!' },
        /This password is easy to guess/,
      ],
      [{ password: 'password of erika', password_again: 'password of erika' }, /your username/],
    ] as const) {
      const page = await one.post(path, { current_password, ...typed })
      assert.equal(page.status, 422)
      assert.match(page.text, said)
      assert.match(page.text, /aria-invalid="true"/)
      assert.ok(typed.password === undefined || !page.text.includes(`value="${typed.password}"`))
    }
    assert.equal(await hashOf(setting), before)
    assert.deepEqual(await setting.events(), [])
  })

  on(
    'the current password is refused as a new one, and repeated attempts must wait',
    async (setting) => {
      const one = await setting.loggedIn()
      await setting.passwords.set(setting.db, setting.erika.id, `hash of ${fresh}`)
      const seen: number[] = []
      const same = { ...twice, current_password: fresh }
      for (let n = 0; n < 6; n += 1) seen.push((await one.post(path, same)).status)
      assert.deepEqual(seen, [422, 422, 422, 422, 422, 429])
    },
  )

  on('a user with a second factor can choose a password of 8 characters', async (setting) => {
    await setting.addPhone('pixel')
    const one = await setting.loggedIn({ acr: 'urn:einlass:acr:number' })
    assert.match((await one.open(path)).text, /At least 8 characters/)
    const short = { password: 'x7Kp2!qL', password_again: 'x7Kp2!qL', current_password }
    assert.equal((await one.post(path, short)).status, 303)
  })

  on(
    'with an old login, or one without the second factor, the user must first log in again',
    async (setting) => {
      const old = await setting.loggedIn({ ago: minutes(16) })
      assert.match((await old.open(path)).text, /You are about to change what you sign in with/)
      assert.match(`${(await old.post(path, twice)).location}`, /^\/login\?continue=/)
      await setting.addPhone('pixel')
      const weak = await setting.loggedIn()
      assert.match(`${(await weak.post(path, twice)).location}`, /^\/login\?continue=/)
      assert.notEqual(await hashOf(setting), `hash of ${fresh}`)
      assert.match((await setting.browser().open(path)).text, /name="username"/)
    },
  )

  on('the page also asks for the current password, however new the login is', async (setting) => {
    const one = await setting.loggedIn()
    const page = await one.open(path)
    assert.match(page.text, /name="current_password"[^>]* autocomplete="current-password"/)
    const before = await hashOf(setting)
    for (const [typed, said] of [
      [alone, /Enter your current password as well/],
      [{ ...alone, current_password: '' }, /Enter your current password as well/],
      [{ ...twice, current_password: 'not mine at all' }, /current password is not correct/],
    ] as const) {
      const refused = await one.post(path, typed)
      assert.equal(refused.status, 422)
      assert.match(refused.text, said)
    }
    assert.equal(await hashOf(setting), before)
    assert.deepEqual(await setting.events(), ['login_failed'])
    const done = await one.post(path, { ...twice, current_password: 'password of erika' })
    assert.deepEqual([done.status, done.location], [303, '/account?done=password'])
    assert.equal(await hashOf(setting), `hash of ${fresh}`)
  })

  on('after a login without a password the page asks for the current password', async (setting) => {
    const one = await setting.loggedIn()
    await setting.db.updateTable('proofs').set({ factor: 'passkey' }).execute()
    assert.match((await one.open(path)).text, /name="current_password"/)
    assert.equal((await one.post(path, alone)).status, 422)
  })

  on(
    'A18: wrong current passwords use up the same attempts as wrong passwords at login',
    async (setting) => {
      const one = await setting.loggedIn()
      const guess = { ...twice, current_password: 'not mine at all' }
      const seen: number[] = []
      for (let n = 0; n < 6; n += 1) seen.push((await one.post(path, guess)).status)
      assert.deepEqual(seen, [422, 422, 422, 422, 422, 429])
      const wait = await setting.throttle.check(setting.db, 'user:erika')
      assert.ok(wait !== undefined)
      const right = { ...twice, current_password: 'password of erika' }
      assert.equal((await one.post(path, right)).status, 429)
      setting.pass(minutes(1))
      assert.equal((await one.post(path, right)).status, 303)
    },
  )

  on(
    'in a known browser wrong current passwords use up the attempts of known browsers, not of the user name',
    async (setting) => {
      const { db, users, erika, knownBrowsers } = setting
      const one = await setting.loggedIn()
      one.jar.set('einlass_device', knownBrowsers.remember(undefined, erika))
      await one.post(path, { ...twice, current_password: 'not mine at all' })
      assert.equal((await users.find(db, erika.id))?.knownBrowserFailures, 1)
      for (let n = 0; n < 6; n += 1) await setting.throttle.admit(db, 'user:erika')
      const right = { ...twice, current_password: 'password of erika' }
      assert.equal((await one.post(path, right)).status, 303)
    },
  )

  on(
    'if the directory is unavailable, the change fails and no failed attempt is recorded',
    async (setting) => {
      const one = await setting.loggedIn()
      Object.assign(setting.directory, { verifyPassword: async () => ({ type: 'unavailable' }) })
      const typed = { ...twice, current_password: 'password of erika' }
      assert.equal((await one.post(path, typed)).status, 503)
      assert.deepEqual(await setting.events(), [])
      assert.equal(await setting.throttle.check(setting.db, 'user:erika'), undefined)
    },
  )

  on('of two password changes at the same moment only one succeeds', async (setting) => {
    const [one, two] = [await setting.loggedIn(), await setting.loggedIn()]
    const other = 'Regen im Fahrrad'
    const replies = await Promise.all([
      one.post(path, twice),
      two.post(path, { password: other, password_again: other, current_password }),
    ])
    const isDone = ({ location }: { location?: string | undefined }) =>
      location === '/account?done=password'
    assert.equal(replies.filter(isDone).length, 1)
    const events = await setting.events()
    assert.equal(events.filter((type) => type === 'password_set').length, 1)
  })

  on('a user who was disabled meanwhile cannot change the password', async (setting) => {
    const { db, users, logins, erika } = setting
    const one = await setting.loggedIn()
    await transact(db, async (tx) => {
      await users.disable(tx, erika.id)
      await logins.endAll(tx, { userId: erika.id, reason: 'user_disabled' })
    })
    assert.equal((await one.post(path, twice)).status, 303)
    assert.notEqual(await hashOf(setting), `hash of ${fresh}`)
  })

  on('if the directory cannot change passwords, there is no password page', async (setting) => {
    const one = await setting.loggedIn()
    Reflect.deleteProperty(setting.directory, 'changePassword')
    assert.doesNotMatch((await one.open('/account')).text, /href="\/account\/password"/)
    assert.equal((await one.open(path)).status, 404)
    assert.equal((await one.post(path, twice)).status, 404)
  })

  on(
    'a user whose directory manages the passwords itself has no password page',
    async (setting) => {
      const one = await setting.loggedIn()
      const { passwordReset } = setting.directory
      assert.ok(passwordReset)
      Object.assign(setting.directory, {
        passwordReset: { ...passwordReset, isFor: async () => false },
      })
      assert.doesNotMatch((await one.open('/account')).text, /href="\/account\/password"/)
      assert.equal((await one.open(path)).status, 404)
      assert.equal((await one.post(path, twice)).status, 404)
      assert.notEqual(await hashOf(setting), `hash of ${fresh}`)
    },
  )
})
