/** The limit of requests to a phone, for people whose logins end with another second factor. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, createLostPhoneScene, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { connectPhone } from '../../dev/test-support/tab.ts'
import { readAudit } from '../../identity/audit/chain.ts'
import { seconds } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { listFactors } from '../factors/index.ts'
import { createUnlock, type UnlockOptions } from '../factors/unlock-operation.ts'

/** Erika with a phone, and a pass that lets her in for hours. */
async function setUp(db: Database, own: UnlockOptions['factors'] = []) {
  const scene = await createLostPhoneScene(db, { pass: 'hours' })
  const { login } = scene
  await connectPhone(login, login.createPhone('Old'), { username: 'erika', appId: 'required' })
  const { code } = await scene.passes.issue(alice, 'erika', order)
  const countRequests = async () => {
    const rows = await db.selectFrom('push_challenges').select('purpose').execute()
    return rows.filter(({ purpose }) => purpose === 'login').length
  }
  return {
    login,
    code,
    unlock: createUnlock({ ...login, db, factors: [...listFactors(), ...own] }),
    countRequests,
    /** How many requests one login makes. */
    async enter() {
      login.pass(seconds(21))
      const before = await countRequests()
      const browser = await scene.enter('required')
      return { browser, sent: (await countRequests()) - before }
    },
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a login that ends with another second factor uses up nothing of the limit'),
    async (t) => {
      const { db } = await engine.open(t)
      const { enter, code } = await setUp(db)
      for (let n = 0; n < 5; n += 1) {
        const { browser, sent } = await enter()
        assert.equal(sent, 1, `login ${n}`)
        await browser.usePass(code)
        assert.equal(browser.where(), 'finished')
      }
    },
  )

  test(
    say('A1: it clears only its own requests in a new browser, and an unfinished one none'),
    async (t) => {
      const { db } = await engine.open(t)
      const { enter, code } = await setUp(db)
      let stolen = 0
      for (let n = 0; n < 3; n += 1) {
        stolen += (await enter()).sent
        const { browser } = await enter()
        if (browser.options().includes('other')) await browser.usePass(code)
      }
      for (let n = 0; n < 3; n += 1) stolen += (await enter()).sent
      assert.equal(stolen, 3)
    },
  )

  test(
    say('an unlock lifts the limit of requests, and is audited with their number'),
    async (t) => {
      const { db } = await engine.open(t)
      const { enter, unlock } = await setUp(db)
      for (let n = 0; n < 3; n += 1) await enter()
      assert.equal((await enter()).sent, 0)
      const { requests } = await unlock(alice, 'erika', { endsBlock: false })
      assert.equal(requests, 3)
      assert.equal((await enter()).sent, 1)
      const events = await readAudit(db, { limit: 200 })
      const event = events.find(({ type }) => type === 'user_unlocked')
      assert.equal(event?.data.requests, 3)
    },
  )

  test(say('an unlock lifts what a factor limits by itself, for this user'), async (t) => {
    const { db } = await engine.open(t)
    const sent = new Map<string, number>()
    const { login, unlock } = await setUp(db, [
      {
        async liftLimits(_, { userId }) {
          const count = sent.get(userId) ?? 0
          sent.delete(userId)
          return count
        },
      },
    ])
    const erika = await login.users.findByName(db, 'erika')
    assert.ok(erika)
    sent.set(erika.id, 4).set('usr_max', 2)
    const { requests } = await unlock(alice, 'erika', { endsBlock: false })
    assert.deepEqual([requests, [...sent]], [4, [['usr_max', 2]]])
  })
})
