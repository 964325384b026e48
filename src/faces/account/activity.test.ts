import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../../test/support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { activityMessage, toldTypes } from './activity-words.ts'

type Setting = Awaited<ReturnType<typeof createAccountScene>>

const path = '/account/activity'

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      await run(await createAccountScene(db))
    })

  on('a person reads their own events in words, without internals', async (setting) => {
    const { audit, db, erika } = setting
    const max = await setting.addUser('max')
    await setting.addApp('wiki', { secondFactor: 'none', skips: 0, decline: false })
    const userId = erika.id
    const login = { sessionId: 'ses_secret', acr: 'urn:x', amr: ['pwd'], notHigher: null }
    await audit.loginSucceeded(db, { ...login, userId, appId: 'wiki', address: '127.0.0.1' })
    await audit.loginFailed(db, {
      username: 'erika',
      address: '203.0.113.9',
      reason: 'wrong_credentials',
    })
    await audit.loginFailed(db, {
      username: 'max',
      address: '203.0.113.1',
      reason: 'wrong_credentials',
    })
    await audit.loginSucceeded(db, {
      ...login,
      userId: max.id,
      appId: null,
      address: '203.0.113.2',
    })
    await audit.pushAnswered(db, {
      userId,
      deviceId: 'dev_secret',
      purpose: 'login',
      outcome: 'denied',
    })
    const asked = { app: 'Webmail', askedAt: setting.clock.now() - 65_000 }
    const answer = { userId, deviceId: 'dev_secret', purpose: 'login', ...asked } as const
    await audit.pushAnswered(db, { ...answer, outcome: 'denied' })
    await audit.pushAnswered(db, { ...answer, outcome: 'wrong_number' })
    await audit.pushDeviceRenamed(db, { userId, deviceId: 'dev_secret', name: '<b>Nokia</b>' })
    await audit.pushSent(db, { userId, deviceId: 'dev_secret', purpose: 'login', delivery: 'sent' })
    const { text } = await (await setting.loggedIn()).open(path)
    const main = /<main[\s\S]*<\/main>/.exec(text)?.[0] ?? ''
    assert.match(main, /Signed in: wiki<\/span><span class="pick-hint"><span class="exact">Office/)
    assert.match(
      main,
      /Wrong password entered<\/span><span class="pick-hint"><span class="exact">203\.<wbr>0\.<wbr>113\.<wbr>9/,
    )
    assert.match(main, /Declined on the phone</)
    assert.match(main, /Declined on the phone: sign-in to Webmail at \d/)
    assert.match(main, /Wrong number chosen on the phone: sign-in to Webmail at \d/)
    assert.match(main, /&lt;b&gt;Nokia/)
    assert.equal(main.match(/class="when"/g)?.length, 6)
    assert.doesNotMatch(main, /usr_|ses_|dev_|urn:|203\.0\.113\.[12]/)
  })

  on(
    'what is older than 90 days is not told, and pages lead to older and newer ones',
    async (setting) => {
      const { audit, db, erika } = setting
      await audit.passwordSet(db, { userId: erika.id, by: 'cli' })
      setting.pass(hours(24 * 91))
      const one = await setting.loggedIn()
      assert.match((await one.open(path)).text, /Nothing happened in this time/)
      for (let count = 0; count < 60; count++) {
        await audit.secondFactorDeclined(db, { userId: erika.id, reason: null })
      }
      const counts: number[] = []
      let at: string | undefined = path
      while (at !== undefined) {
        const page: string = (await one.open(at)).text
        counts.push(page.match(/class="when"/g)?.length ?? 0)
        assert.equal(page.includes(`href="${path}"`), at !== path)
        at = /href="(\/account\/activity\?before=\d+)"/.exec(page)?.[1]
      }
      assert.deepEqual(counts, [25, 25, 10])
      for (const before of ['x', '-1', '1e9', '99999999999999999999']) {
        assert.equal((await one.open(`${path}?before=${before}`)).status, 200)
      }
    },
  )

  on('an event is found by its index only when its own facts name the person', async (setting) => {
    const { audit, db, erika } = setting
    const max = await setting.addUser('max')
    await audit.passwordSet(db, { userId: max.id, by: 'cli' })
    await db.updateTable('audit_events').set({ about: erika.id }).execute()
    const page = await (await setting.loggedIn()).open(path)
    assert.match(page.text, /Nothing happened/)
  })
})

test('every event that is told has words in both languages, whatever its facts are', () => {
  for (const type of toldTypes) {
    for (const data of [{}, { reason: 'x', name: 1, outcome: 'denied', left: 1 }]) {
      const told = activityMessage({ type, data }, 'Wiki')
      if (told === undefined) continue
      for (const language of ['de', 'en'] as const) {
        assert.match(createTranslator(language)(told.text), /^[^{}]+$/)
      }
    }
  }
})

test('what went wrong in a test does not read like a login', () => {
  const keyOf = (purpose: string, outcome: string) => {
    const told = activityMessage({ type: 'push_answered', data: { purpose, outcome } }, 'Wiki')
    return [told?.text.key, told?.isWarning]
  }
  assert.deepEqual(keyOf('test', 'denied'), ['event.test_denied', false])
  assert.deepEqual(keyOf('test', 'wrong_number'), ['event.test_wrong_number', false])
  assert.deepEqual(keyOf('login', 'wrong_number'), ['event.push_wrong_number', true])
})
