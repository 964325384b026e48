import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { openTab } from '../../../dev/test-support/tab.ts'
import type { Policy } from '../../../identity/policy/policy.ts'
import type { Directory, PasswordOutcome } from '../../../identity/users/directory.ts'
import { requireFound } from '../../../identity/users/directory-answers.ts'
import type { User } from '../../../identity/users/user.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { JourneyView } from '../../engine/view.ts'

/** A login whose directory says what the test wants. */
async function setUp(db: Database, mayChange = true) {
  let outcome: (user: User) => PasswordOutcome = (user) => ({ type: 'right', user })
  /** The questions that the directory does not answer. */
  const away = new Set<'find' | 'findByName' | 'listGroups'>()
  const noAnswer = { type: 'unavailable', retryAfter: 30 } as const
  const login = createTestLogin(db, {
    openDirectory(local): Directory {
      const { changePassword, ...rest } = local
      return {
        ...rest,
        find: async (...asked) => (away.has('find') ? noAnswer : local.find(...asked)),
        findByName: async (...asked) =>
          away.has('findByName') ? noAnswer : local.findByName(...asked),
        listGroups: async (...asked) =>
          away.has('listGroups') ? noAnswer : local.listGroups(...asked),
        ...(mayChange && changePassword && { changePassword }),
        async verifyPassword(queries, name) {
          const user = requireFound(await local.findByName(queries, name))
          assert.ok(user)
          return outcome(user)
        },
      }
    },
  })
  await login.addUser('erika')
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  const failures = async () => {
    const rows = await db.selectFrom('audit_events').select('data').orderBy('seq').execute()
    return rows.map(({ data }) => JSON.parse(data).reason)
  }
  return {
    ...login,
    failures,
    away,
    begin(says: (user: User) => PasswordOutcome, username = 'erika') {
      outcome = says
      return openTab(login).begin({ username, appId: 'mail' })
    },
    open(says: (user: User) => PasswordOutcome) {
      outcome = says
      return openTab(login)
    },
  }
}

const isAway = (error: unknown) =>
  error instanceof Fault && error.code === 'unavailable' && error.retryAfter === 30

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const errorOf = (view: JourneyView) => (view.type === 'page' ? view.formError?.text.key : view.type)

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a directory that does not answer is no wrong password, and counts no try'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      for (let n = 0; n < 10; n++) {
        const begun = scene.begin(() => ({ type: 'unavailable', retryAfter: 30 }))
        await assert.rejects(begun, isAway)
      }
      assert.deepEqual(await scene.failures(), [])
      assert.equal(stepOf(await scene.begin((user) => ({ type: 'right', user }))), 'finished')
    },
  )

  test(say('groups that nobody can name loosen no rule: the login is over for now'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const groups: Policy['groups'] = [{ group: 'board', secondFactor: 'required' }]
    const policy: Policy = { secondFactor: 'none', skips: 0, decline: false, groups }
    await scene.apps.change(db, 'mail', { policy })
    scene.away.add('listGroups')
    await assert.rejects(
      scene.begin((user) => ({ type: 'right', user })),
      isAway,
    )
    assert.deepEqual(await db.selectFrom('sessions').select('id').execute(), [])
    scene.away.clear()
    assert.equal(stepOf(await scene.begin((user) => ({ type: 'right', user }))), 'finished')
  })

  test(
    say(
      'a directory that no longer finds the user is no other password, and a wrong one is written down',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const tab = scene.open((user) => ({ type: 'must_change', user }))
      await tab.begin({ username: 'erika', appId: 'mail' })
      scene.away.add('find')
      const twice = { password: 'Fahrrad im Regen', password_again: 'Fahrrad im Regen' }
      await assert.rejects(tab.answer(twice), isAway)
      scene.away.clear()
      assert.equal(stepOf(await tab.answer(twice)), 'finished')
      scene.away.add('findByName')
      const begun = await scene.begin((user) => ({ type: 'wrong', user }))
      assert.equal(errorOf(begun), 'login.wrong.text')
      assert.equal((await scene.failures()).at(-1), 'wrong_credentials')
    },
  )

  test(say('a password that is too old or for one login leads to the change'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const type of ['must_change', 'expired'] as const) {
      const view = await scene.begin((user) => ({ type, user }))
      assert.equal(stepOf(view), 'password/change')
      const lead = view.type === 'page' ? view.form.lead?.key : undefined
      assert.equal(lead, `password.change.lead.${type}`)
    }
  })

  test(
    say('after a report, the directory hears that the password has to be changed'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const { id } = await scene.users.create(db, { username: 'max', displayName: 'Max' })
      await transact(db, (tx) => scene.notMe.reportNotMe(tx, { userId: id, source: 'mail' }))
      const judge = (user: User): PasswordOutcome => ({
        type: user.passwordChangeRequired ? 'must_change' : 'right',
        user,
      })
      assert.equal(stepOf(await scene.begin(judge, 'max')), 'password/change')
      assert.equal(stepOf(await scene.begin(judge)), 'finished')
    },
  )

  test(say('where passwords cannot be changed, the page says so'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, false)
    const view = await scene.begin((user) => ({ type: 'must_change', user }))
    assert.equal(errorOf(view), 'login.change_elsewhere.text')
    assert.deepEqual(await scene.failures(), ['change_elsewhere'])
  })

  test(
    say('there a report asks for no new password, which nobody could choose, but advises it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, false)
      const { id } = await scene.users.create(db, { username: 'max', displayName: 'Max' })
      const report = { userId: id, source: 'mail' } as const
      const reported = await transact(db, (tx) => scene.notMe.reportNotMe(tx, report))
      assert.deepEqual(
        [reported.passwordChangeRequired, reported.isNewPasswordAdvised],
        [false, true],
      )
      assert.equal((await scene.users.find(db, id))?.passwordChangeRequired, false)
      const judge = (user: User): PasswordOutcome => ({
        type: user.passwordChangeRequired ? 'must_change' : 'right',
        user,
      })
      assert.equal(stepOf(await scene.begin(judge, 'max')), 'finished')
    },
  )

  test(say('so does the page of the change, where a passkey led to it'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const tab = scene.open((user) => ({ type: 'must_change', user }))
    assert.equal(stepOf(await tab.begin({ username: 'erika', appId: 'mail' })), 'password/change')
    Reflect.deleteProperty(scene.directory, 'changePassword')
    assert.equal(errorOf(await tab.look()), 'login.change_elsewhere.text')
    const twice = { password: 'Fahrrad im Regen', password_again: 'Fahrrad im Regen' }
    assert.equal(errorOf(await tab.answer(twice)), 'login.change_elsewhere.text')
    assert.equal(stepOf(await tab.answer({ action: 'cancel' })), 'left')
  })

  test(say('who is locked out reads the same as after a wrong password'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const type of ['locked', 'wrong'] as const) {
      assert.equal(errorOf(await scene.begin((user) => ({ type, user }))), 'login.wrong.text')
    }
    assert.deepEqual(await scene.failures(), ['locked', 'wrong_credentials'])
  })

  test(
    say('who gave the right password reads why the directory refuses the account'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      for (const reason of ['disabled', 'account_expired', 'outside_hours'] as const) {
        const view = await scene.begin((user) => ({ type: 'refused', reason, user }))
        assert.equal(errorOf(view), `login.refused.${reason}`)
      }
      assert.deepEqual(await scene.failures(), ['disabled', 'account_expired', 'outside_hours'])
    },
  )

  test(
    say('who is disabled here reads the same as who is disabled in the directory'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const views = [
        await scene.begin((user) => ({ type: 'disabled', user })),
        await scene.begin((user) => ({ type: 'refused', reason: 'disabled', user })),
      ]
      assert.deepEqual(views.map(errorOf), Array(2).fill('login.refused.disabled'))
      assert.deepEqual(await scene.failures(), ['disabled', 'disabled'])
    },
  )
})
