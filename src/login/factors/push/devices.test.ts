import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring } from '../../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPhone, createPushScene } from '../../../dev/test-support/push-scene.ts'
import { isUniqueViolation } from '../../../platform/storage/errors.ts'
import { findBrokenValues } from '../../../platform/storage/sealed-values.ts'

onEachEngine((engine) => {
  test(`a phone is listed only after its activation, and can be activated only once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId, { pending: true })
    assert.equal(device.status, 'pending')
    assert.equal((await scene.devices.listActive(db, userId)).length, 0)
    assert.deepEqual(await scene.devices.listActive(db, userId), [])
    assert.equal(await scene.devices.noteUse(db, device.id), false)

    assert.equal(await scene.devices.activate(db, device.id), true)
    assert.equal(await scene.devices.activate(db, device.id), false)
    assert.equal((await scene.devices.listActive(db, userId)).length, 1)
    assert.equal((await scene.devices.listActive(db, userId))[0]?.id, device.id)
  })

  test(`the phone that was used last comes first (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const first = await scene.addDevice(userId)
    scene.clock.time += 1000
    const second = await scene.addDevice(userId)
    const order = async () => (await scene.devices.listActive(db, userId)).map(({ id }) => id)
    assert.deepEqual(await order(), [second.id, first.id])
    scene.clock.time += 1000
    await scene.devices.noteUse(db, first.id)
    assert.deepEqual(await order(), [first.id, second.id])
  })

  test(`a removed phone is not found, not activated, not used and not moved (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()
    assert.equal(await scene.devices.find(db, device.id), undefined)
    assert.equal(await scene.devices.findByMechanism(db, device.mechanismUid), undefined)
    assert.equal((await scene.devices.listActive(db, userId)).length, 0)
    assert.equal(await scene.devices.activate(db, device.id), false)
    assert.equal(await scene.devices.noteUse(db, device.id), false)
    assert.equal(await scene.devices.changeToken(db, device.id, createPhone()), false)
  })

  test(`only its owner can remove a phone, and its names, secret and address are deleted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const [erika, max] = [await scene.addUser('erika'), await scene.addUser('max')]
    const { id } = await scene.addDevice(erika)
    const read = () =>
      db
        .selectFrom('push_devices')
        .select(['status', 'secret_sealed', 'device_token', 'own_name', 'device_name'])
        .where('id', '=', id)
        .executeTakeFirst()
    const before = await read()
    assert.equal(await scene.devices.remove(db, max, id), false)
    assert.deepEqual(await read(), before)
    assert.equal(await scene.devices.remove(db, erika, id), true)
    assert.deepEqual(await read(), {
      ...{ status: 'removed', secret_sealed: '', device_token: '' },
      ...{ own_name: null, device_name: null },
    })
    assert.equal(await scene.devices.remove(db, erika, id), false)
    assert.deepEqual(await findBrokenValues(db, testKeyring), [])
  })

  test(`two phones never have the same mechanism, not even of two users (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const phone = createPhone()
    await scene.addDevice(await scene.addUser('erika'), { phone })
    const other = await scene.addUser('max')
    await assert.rejects(scene.addDevice(other, { phone }), isUniqueViolation)
  })

  test(`the secret of a phone is sealed in its row and is read back unchanged (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const secret = new Uint8Array(32).fill(0xa5)
    const userId = await scene.addUser()
    const id = await scene.devices.add(db, userId, createPhone(), secret)
    const device = await scene.devices.find(db, id)
    assert.deepEqual(new Uint8Array(device?.secret() ?? []), secret)
    const row = await db.selectFrom('push_devices').selectAll().executeTakeFirstOrThrow()
    for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const) {
      assert.ok(!JSON.stringify(row).includes(Buffer.from(secret).toString(encoding)))
    }
  })

  test(`a sealed secret that was copied to another phone's row does not open (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const [mine, other] = [await scene.addDevice(userId), await scene.addDevice(userId)]
    const { secret_sealed } = await db
      .selectFrom('push_devices')
      .select('secret_sealed')
      .where('id', '=', mine.id)
      .executeTakeFirstOrThrow()
    await db.updateTable('push_devices').set({ secret_sealed }).where('id', '=', other.id).execute()
    const copied = await scene.devices.find(db, other.id)
    assert.throws(() => copied?.secret())
  })

  test(`a new address without a name leaves the name of the phone unchanged (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const { deviceName: _, ...nameless } = createPhone({ deviceId: 'fcm-token' })
    assert.equal(await scene.devices.changeToken(db, device.id, nameless), true)
    const changed = await scene.devices.find(db, device.id)
    assert.deepEqual([changed?.token, changed?.name], ['fcm-token', 'Pixel 9'])
  })
})
