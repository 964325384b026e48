import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRegistrationUri } from '#forgerock-push'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  createVisit,
  type PushScene,
  registrationOf,
} from '../../../dev/test-support/push-scene.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { Kept } from '../../engine/step.ts'

/** One visit with its writes; gives the result and what the journey then keeps. */
async function visit(scene: PushScene, userId: Id<'user'>, kept: Kept, action?: string) {
  const answers = action === undefined ? undefined : { action }
  const result = await scene.register.run(createVisit(scene, userId, { kept, answers }))
  const { change } = result
  await transact(scene.db, async (tx) => {
    assert.equal((await change?.write?.(tx)) ?? true, true)
  })
  return { result, kept: { ...kept, ...change?.kept } as Kept }
}

async function shown(scene: PushScene) {
  const userId = await scene.addUser()
  const { kept } = await visit(scene, userId, {})
  const code = await scene.registrations.find(scene.db, `${kept['push.registration']}`)
  if (code === undefined) throw new Error('no code')
  const { result } = await visit(scene, userId, kept)
  return { userId, kept, code, result }
}

onEachEngine((engine) => {
  test(`the code holds what the phone needs and lives with the page (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { result, code } = await shown(scene)
    const qr = result.type === 'ask' && result.ask.prompts.find((prompt) => prompt.type === 'qr')
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

  test(`looks show the same code, a renewal another one that closes it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, kept, code } = await shown(scene)
    assert.deepEqual((await visit(scene, userId, kept)).kept, kept)
    const renewed = await visit(scene, userId, kept, 'renew')
    assert.notEqual(renewed.kept['push.registration'], code.messageId)
    const reply = await scene.requests.register(registrationOf(code, createPhone()))
    assert.equal(reply.type, 'refused')
  })

  test(`A6: who leaves the page takes the code back (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, kept, code } = await shown(scene)
    const left = await visit(scene, userId, kept, 'back')
    assert.equal(left.result.type === 'done' && left.result.outcome, 'back')
    const reply = await scene.requests.register(registrationOf(code, createPhone()))
    assert.equal(reply.type, 'refused')
    assert.deepEqual(await db.selectFrom('push_devices').select('id').execute(), [])
  })

  test(`a phone that took the code leads on to its test (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, kept, code } = await shown(scene)
    const isFinal = async () =>
      (await scene.register.status?.(createVisit(scene, userId, { kept })))?.final
    assert.equal(await isFinal(), false)
    const phone = createPhone()
    await scene.requests.register(registrationOf(code, phone))
    assert.equal(await isFinal(), true)
    const on = await visit(scene, userId, kept)
    assert.equal(on.result.type === 'done' && on.result.outcome, 'registered')
    const device = await scene.devices.findByMechanism(db, phone.mechanismUid)
    assert.equal(on.kept['push.device'], device?.id)
    assert.equal(on.result.change?.proof, undefined)
  })

  test(`A6: a code that is too old is not shown any more (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, kept } = await shown(scene)
    scene.clock.time += minutes(5)
    const { result } = await visit(scene, userId, kept)
    const types = result.type === 'ask' ? result.ask.prompts.map(({ type }) => type) : []
    assert.deepEqual(types, ['notice', 'choice'])
    const status = await scene.register.status?.(createVisit(scene, userId, { kept }))
    assert.equal(status?.final, true)
  })
})
