import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAuthenticatorScene,
  enrolPhone,
  origin,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'

onEachEngine((engine) => {
  test(`without the database a device endpoint answers 503 as JSON, and the data of the phone is unchanged (${engine.name})`, async (t) => {
    const { db, close } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    await phone.fetch()
    const before = await phone.account()
    const { body = '' } = phone.sent.at(-1) ?? {}
    await close()
    const response = await scene.ask(
      new Request(`${origin}/authenticator/v1/fetch`, {
        method: 'POST',
        headers: { 'content-type': 'application/jose' },
        body,
      }),
    )
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), '5')
    assert.deepEqual(await response.json(), { error: 'unavailable' })
    assert.equal((await phone.fetch()).type, 'down')
    assert.deepEqual(await phone.account(), before)
  })
})
