import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { createKeysFetch } from './published-keys.ts'

const address = 'https://app.example/jwks'

const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })

function publish(keys: unknown) {
  const clock = createTestClock()
  const published = { body: JSON.stringify({ keys }), status: 200, asked: 0 }
  const fetch = createKeysFetch(
    async () => {
      published.asked += 1
      await new Promise(setImmediate)
      const { body, status } = published
      if (status === 0) throw new Error('away')
      return new Response(body, { status })
    },
    2,
    clock,
  )
  return { clock, published, ask: () => fetch(address, {}) }
}

test('A37: an address that gives no keys is asked once in a minute, however many requests need them', async () => {
  const bad: [string, number][] = [
    ['', 0],
    ['{"keys":[]}', 500],
    ['no JSON', 200],
    ['{"keys":1}', 200],
    [JSON.stringify({ keys: [curve, curve, curve] }), 200],
  ]
  for (const [body, status] of bad) {
    const { clock, published, ask } = publish([])
    Object.assign(published, { body, status })
    const answers = await Promise.allSettled(Array.from({ length: 30 }, ask))
    assert.ok(answers.every((answer) => answer.status === 'rejected'))
    for (let time = 0; time < 10; time += 1) await assert.rejects(ask())
    assert.equal(published.asked, 1, body)
    clock.pass(minutes(1))
    Object.assign(published, { body: JSON.stringify({ keys: [curve] }), status: 200 })
    assert.deepEqual(await (await ask()).json(), { keys: [curve] })
    assert.equal(published.asked, 2)
  }
})

test('several requests at once read what was fetched for one of them', async () => {
  const { published, ask } = publish([curve])
  const answers = await Promise.all([ask(), ask(), ask()])
  for (const answer of answers) assert.deepEqual(await answer.json(), { keys: [curve] })
  assert.equal(published.asked, 1)
})
