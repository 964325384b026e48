import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { event, notShown, warn } from '../../identity/audit/event.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import { userEvents } from '../../identity/users/events.ts'
import { choiceEvents } from '../../login/decision/events.ts'
import { pushEvents } from '../../login/factors/push/events.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { createActivityWords } from './activity-words.ts'

type Setting = Awaited<ReturnType<typeof createAccountScene>>

const path = '/account/activity'

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      await run(await createAccountScene(db))
    })

  on('a user sees only their own events, in words and without internal ids', async (setting) => {
    const { audit, db, erika } = setting
    const max = await setting.addUser('max')
    await setting.addApp('wiki', { secondFactor: 'none', skips: 0, decline: false })
    const userId = erika.id
    const login = { sessionId: 'ses_secret', acr: 'urn:x', amr: ['pwd'], notHigher: null }
    await audit.record(db, loginEvents.succeeded, {
      ...login,
      userId,
      appId: 'wiki',
      address: '127.0.0.1',
    })
    await audit.record(db, loginEvents.failed, {
      username: 'erika',
      address: '203.0.113.9',
      reason: 'wrong_credentials',
    })
    await audit.record(db, loginEvents.failed, {
      username: 'max',
      address: '203.0.113.1',
      reason: 'wrong_credentials',
    })
    await audit.record(db, loginEvents.succeeded, {
      ...login,
      userId: max.id,
      appId: null,
      address: '203.0.113.2',
    })
    await audit.record(db, pushEvents.answered, {
      userId,
      deviceId: 'dev_secret',
      purpose: 'login',
      outcome: 'denied',
    })
    const asked = { app: 'Webmail', askedAt: setting.clock.now() - 65_000 }
    const answer = { userId, deviceId: 'dev_secret', purpose: 'login', ...asked } as const
    await audit.record(db, pushEvents.answered, { ...answer, outcome: 'denied' })
    await audit.record(db, pushEvents.answered, { ...answer, outcome: 'wrong_number' })
    await audit.record(db, pushEvents.renamed, {
      userId,
      deviceId: 'dev_secret',
      name: '<b>Nokia</b>',
    })
    await audit.record(db, pushEvents.sent, {
      userId,
      deviceId: 'dev_secret',
      purpose: 'login',
      delivery: 'sent',
    })
    const { text } = await (await setting.loggedIn()).open(path)
    const main = /<main[\s\S]*<\/main>/.exec(text)?.[0] ?? ''
    assert.match(
      main,
      /Signed in to open wiki<\/span><span class="pick-hint"><span class="exact">Office/,
    )
    assert.match(
      main,
      /Wrong password entered<\/span><span class="pick-hint"><span class="exact">203\.<wbr>0\.<wbr>113\.<wbr>9/,
    )
    assert.match(main, /Denied on the phone</)
    assert.match(main, /Denied on the phone: sign-in to Webmail at \d/)
    assert.match(main, /Wrong number chosen on the phone: sign-in to Webmail at \d/)
    assert.match(main, /&lt;b&gt;Nokia/)
    assert.equal(main.match(/class="when"/g)?.length, 6)
    assert.doesNotMatch(main, /usr_|ses_|dev_|urn:|203\.0\.113\.[12]/)
  })

  on(
    'events older than 90 days are not shown, and the pages link to older and newer events',
    async (setting) => {
      const { audit, db, erika } = setting
      await audit.record(db, userEvents.passwordSet, { userId: erika.id, by: 'cli' })
      setting.pass(hours(24 * 91))
      const one = await setting.loggedIn()
      assert.match((await one.open(path)).text, /Nothing happened in this time/)
      for (let count = 0; count < 60; count++) {
        await audit.record(db, choiceEvents.declined, { userId: erika.id, reason: null })
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

  test(`the page says how far back it goes if events are deleted sooner (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const setting = await createAccountScene(db, { config: { retention: { audit: '40d' } } })
    await setting.audit.record(db, userEvents.passwordSet, { userId: setting.erika.id, by: 'cli' })
    setting.pass(hours(24 * 41))
    const { text } = await (await setting.loggedIn()).open(path)
    assert.match(text, /The last 40 days\./)
    assert.match(text, /Nothing happened in this time/)
  })

  on(
    'an event in the index of a user is shown only if its facts also name this user',
    async (setting) => {
      const { audit, db, erika } = setting
      const max = await setting.addUser('max')
      await audit.record(db, userEvents.passwordSet, { userId: max.id, by: 'cli' })
      await db.updateTable('audit_events').set({ about: erika.id }).execute()
      const page = await (await setting.loggedIn()).open(path)
      assert.match(page.text, /Nothing happened/)
    },
  )
})

test('an event is shown with the words that are declared with it', () => {
  const words = createActivityWords([
    event('phone_lost', warn('event.push_disabled')),
    event('phone_polished', notShown),
  ])
  assert.deepEqual(words.types, ['phone_lost'])
  assert.deepEqual(words.describe({ type: 'phone_lost', data: {} }, 'Wiki'), {
    text: { key: 'event.push_disabled' },
    isWarning: true,
  })
  assert.equal(words.describe({ type: 'phone_polished', data: {} }, 'Wiki'), undefined)
})
