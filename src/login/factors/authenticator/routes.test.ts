import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAuthenticatorScene,
  enrolPhone,
  origin,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'

onEachEngine((engine) => {
  test(`without the database each device endpoint answers 503 as JSON, and the data of the phone is unchanged (${engine.name})`, async (t) => {
    const { db, close } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    await phone.fetch()
    await phone.change({ name: 'Neuer Name' })
    await phone.move('wrong')
    const before = await phone.account()
    const sent = new Map(phone.sent.map(({ url, body }) => [url.split('/').at(-1) ?? '', body]))
    const addresses = ['answer', 'change', 'enrol', 'fetch', 'move', 'offer']
    assert.deepEqual([...sent.keys()].sort(), addresses)
    await close()
    for (const [address, body] of sent) {
      const type = address === 'offer' ? 'application/json' : 'application/jose'
      const response = await scene.ask(
        new Request(`${origin}/authenticator/v1/${address}`, {
          method: 'POST',
          headers: { 'content-type': type },
          body,
        }),
      )
      assert.equal(response.status, 503, address)
      assert.equal(response.headers.get('retry-after'), '5')
      assert.deepEqual(await response.json(), { error: 'unavailable' })
    }
    assert.equal((await phone.fetch()).type, 'down')
    assert.deepEqual(await phone.account(), before)
  })
})
