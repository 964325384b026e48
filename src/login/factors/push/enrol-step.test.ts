import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRegistrationUri } from '#forgerock-push'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signRegistration,
} from '../../../dev/test-support/push-scene.ts'
import { createStepContext } from '../../../dev/test-support/scene.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { JourneyData } from '../../engine/data.ts'
import { deviceEntry, registrationEntry } from './data.ts'

/** Runs the step once with its writes; returns the result and the journey data. */
async function context(scene: PushScene, userId: Id<'user'>, data: JourneyData, action?: string) {
  const answers = action === undefined ? undefined : { action }
  const result = await scene.register.run(createStepContext(scene, userId, { data, answers }))
  const { change } = result
  await transact(scene.db, async (tx) => {
    assert.equal((await change?.write?.(tx)) ?? true, true)
  })
  return { result, data: { ...data, ...change?.data } as JourneyData }
}

async function shown(scene: PushScene) {
  const userId = await scene.addUser()
  const { data } = await context(scene, userId, {})
  const code = await scene.registrations.find(scene.db, `${registrationEntry.read(data)}`)
  if (code === undefined) throw new Error('no code')
  const { result } = await context(scene, userId, data)
  return { userId, data, code, result }
}

onEachEngine((engine) => {
  test(`the QR code contains what the phone needs (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { result, code } = await shown(scene)
    const qr = result.type === 'ask' && result.form.prompts.find((prompt) => prompt.type === 'qr')
    const reading = parseRegistrationUri(qr && qr.type === 'qr' ? qr.content : '')
    assert.equal(reading.type, 'ok')
    if (reading.type !== 'ok') return
    const { registration } = reading
    assert.deepEqual(new Uint8Array(registration.sharedSecret), new Uint8Array(code.secret()))
    assert.equal(registration.challenge, code.challenge)
    assert.equal(registration.messageId, code.messageId)
    assert.equal(registration.accountName, 'erika')
    assert.equal(registration.issuer, 'Beispiel')
    const base = 'https://login.example.org/am/json/push/sns/message'
    assert.equal(registration.registerUrl, `${base}?_action=register`)
    assert.equal(registration.authenticateUrl, `${base}?_action=authenticate`)
  })

  test(`reloading the page shows the same QR code, and a renewal invalidates it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, data, code } = await shown(scene)
    assert.deepEqual((await context(scene, userId, data)).data, data)
    const renewed = await context(scene, userId, data, 'renew')
    assert.notEqual(registrationEntry.read(renewed.data), code.messageId)
    const reply = await scene.requests.register(signRegistration(code, createPhone()))
    assert.equal(reply.type, 'refused')
  })

  test(`A6: leaving the page invalidates its QR code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, data, code } = await shown(scene)
    const left = await context(scene, userId, data, 'back')
    assert.equal(left.result.type === 'done' && left.result.outcome, 'back')
    const reply = await scene.requests.register(signRegistration(code, createPhone()))
    assert.equal(reply.type, 'refused')
    assert.deepEqual(await db.selectFrom('push_devices').select('id').execute(), [])
  })

  test(`after a phone has used the QR code, the page continues with the test of the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, data, code } = await shown(scene)
    const isFinal = async () =>
      (await scene.register.status?.(createStepContext(scene, userId, { data })))?.final
    assert.equal(await isFinal(), false)
    const phone = createPhone()
    await scene.requests.register(signRegistration(code, phone))
    assert.equal(await isFinal(), true)
    const on = await context(scene, userId, data)
    assert.equal(on.result.type === 'done' && on.result.outcome, 'registered')
    const device = await scene.devices.findByMechanism(db, phone.mechanismUid)
    assert.equal(deviceEntry.read(on.data), device?.id)
    assert.equal(on.result.change?.proof, undefined)
  })

  test(`A6: an expired QR code is no longer shown (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, data } = await shown(scene)
    scene.clock.time += minutes(5)
    const { result } = await context(scene, userId, data)
    const types = result.type === 'ask' ? result.form.prompts.map(({ type }) => type) : []
    assert.deepEqual(types, ['notice', 'choice'])
    const status = await scene.register.status?.(createStepContext(scene, userId, { data }))
    assert.equal(status?.final, true)
  })
})
