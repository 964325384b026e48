// Each function of the links refuses on its own what another one may have refused before it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { createResetLinks } from './links.ts'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  async function setUp(t: TestContext) {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const scene = createScene(db, clock)
    const links = createResetLinks(scene)
    const email = 'erika@example.org'
    const { id } = await scene.users.create(db, { username: 'erika', displayName: 'Erika', email })
    const user = (await scene.users.find(db, id)) ?? assert.fail('no user')
    const { token } = (await links.create(db, user, email)) ?? assert.fail('no link')
    return { db, clock, users: scene.users, links, id, hash: sha256(token) }
  }

  test(
    say('A23: a link that was used is used no second time, and belongs to no user'),
    async (t) => {
      const { db, links, id, hash } = await setUp(t)
      assert.equal((await links.findUser(db, hash))?.id, id)
      assert.equal(await links.consume(db, hash), true)
      assert.equal(await links.consume(db, hash), false)
      assert.equal(await links.findUser(db, hash), undefined)
      assert.equal(await links.claim(db, id), false)
    },
  )

  test(
    say('A22: after half an hour a link is not used, not claimed, and belongs to no user'),
    async (t) => {
      const { db, clock, links, id, hash } = await setUp(t)
      clock.pass(minutes(30) - 1)
      assert.equal(await links.claim(db, id), true)
      await links.release(db, id)
      clock.pass(1)
      assert.equal(await links.findUser(db, hash), undefined)
      assert.equal(await links.claim(db, id), false)
      assert.equal(await links.consume(db, hash), false)
    },
  )

  test(
    say('A22: a link of a disabled user belongs to no user, until the user is enabled'),
    async (t) => {
      const { db, links, id, hash } = await setUp(t)
      const setDisabled = (at: number | null) =>
        db.updateTable('users').set({ disabled_at: at }).where('id', '=', id).execute()
      await setDisabled(1)
      assert.equal(await links.findUser(db, hash), undefined)
      await setDisabled(null)
      assert.equal((await links.findUser(db, hash))?.id, id)
    },
  )
})
