import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createTotpScene } from '../../../dev/test-support/totp-scene.ts'
import { createTotpStore } from './store.ts'

onEachEngine((engine) => {
  test(`a new app is pending until its first code and then active (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTotpScene(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId, { pending: true })
    assert.equal(app.secret().length, 20)
    assert.deepEqual([app.algorithm, app.digits, app.period], ['SHA1', 6, 30])
    assert.deepEqual(await scene.store.listActive(db, userId), [])
    assert.equal(await scene.store.spend(db, app.id, 7), false)
    assert.equal(await scene.store.activate(db, app.id, 7), true)
    assert.equal(await scene.store.activate(db, app.id, 8), false)
    const [active] = await scene.store.listActive(db, userId)
    assert.equal(active?.id, app.id)
    assert.equal(active?.lastUsedAt, null, 'only a login uses it')
  })

  test(`a time step can be used once, and no earlier step after it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTotpScene(db)
    const { id } = await scene.addApp(await scene.addUser())
    assert.equal(await scene.store.spend(db, id, 60_000_000), true)
    assert.equal(await scene.store.spend(db, id, 60_000_000), false)
    assert.equal(await scene.store.spend(db, id, 59_999_999), false)
    assert.equal(await scene.store.spend(db, id, 60_000_001), true)
  })

  test(`of many simultaneous uses of a time step on two nodes, exactly one succeeds (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    const scene = createTotpScene(one.db)
    const { id } = await scene.addApp(await scene.addUser())
    const store = createTotpStore(scene)
    const tries = Array.from({ length: 10 }, (_, i) =>
      store.spend(i % 2 === 0 ? one.db : other.db, id, 60_000_000),
    )
    assert.equal((await Promise.all(tries)).filter((spent) => spent).length, 1)
  })

  test(`a pending app can be removed and is purged when it is old; an active app stays (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTotpScene(db)
    const userId = await scene.addUser()
    const active = await scene.addApp(userId)
    const left = await scene.addApp(userId, { pending: true })
    const old = await scene.addApp(userId, { pending: true })
    assert.equal(await scene.store.removePending(db, left.id), true)
    assert.equal(await scene.store.removePending(db, active.id), false)
    scene.pass(1000)
    const fresh = await scene.addApp(userId, { pending: true })
    await scene.store.purge(db, scene.clock.now())
    const rows = await db.selectFrom('totp_authenticators').select('id').execute()
    assert.deepEqual(rows.map(({ id }) => id).sort(), [active.id, fresh.id].sort())
    assert.equal(await scene.store.find(db, old.id), undefined)
  })

  test(`a secret cannot be moved to another row (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTotpScene(db)
    const userId = await scene.addUser()
    const [mine, foreign] = [await scene.addApp(userId), await scene.addApp(userId)]
    const { secret_sealed } = await db
      .selectFrom('totp_authenticators')
      .select('secret_sealed')
      .where('id', '=', mine.id)
      .executeTakeFirstOrThrow()
    const change = db.updateTable('totp_authenticators').set({ secret_sealed })
    await change.where('id', '=', foreign.id).execute()
    const moved = await scene.store.find(db, foreign.id)
    assert.throws(() => moved?.secret(), /does not belong/)
  })
})
