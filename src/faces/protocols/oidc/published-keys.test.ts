import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { createTestClock, start } from '../../../dev/test-support/scene.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import { createKeysFetch } from './published-keys.ts'

const address = 'https://app.example/jwks'

const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })

function publish(keys: unknown) {
  const clock = createTestClock()
  const published = { body: JSON.stringify({ keys }), status: 200, asked: 0, headers: {} }
  const fetch = createKeysFetch(
    async () => {
      published.asked += 1
      await new Promise(setImmediate)
      const { body, status, headers } = published
      if (status === 0) throw new Error('away')
      return new Response(body, { status, headers })
    },
    2,
    clock,
  )
  return { clock, published, ask: () => fetch(address, {}) }
}

test('A37: the server asks an address without valid keys only once a minute, for any number of requests', async () => {
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

test('simultaneous requests share one fetch of the keys', async () => {
  const { published, ask } = publish([curve])
  const answers = await Promise.all([ask(), ask(), ask()])
  for (const answer of answers) assert.deepEqual(await answer.json(), { keys: [curve] })
  assert.equal(published.asked, 1)
})

test('A37: keys are valid as long as their server says, and for an hour at most', async () => {
  const said: [Record<string, string>, number][] = [
    [{}, 0],
    [{ 'cache-control': 'public, max-age=600' }, 600],
    [{ 'cache-control': 'Max-Age=31536000, immutable' }, 3600],
    [{ 'cache-control': 's-maxage=900' }, 0],
    [{ 'cache-control': 'no-store' }, 0],
    [{ expires: new Date(start + minutes(30)).toUTCString() }, 1800],
    [{ expires: new Date(start + hours(24)).toUTCString() }, 3600],
    [{ expires: new Date(start - hours(24)).toUTCString() }, 0],
    [{ expires: '0' }, 0],
    [{ 'cache-control': 'max-age=60', expires: new Date(start + hours(24)).toUTCString() }, 60],
  ]
  for (const [headers, life] of said) {
    const { published, ask } = publish([curve])
    Object.assign(published, { headers })
    const { headers: given } = await ask()
    assert.equal(given.get('cache-control'), `max-age=${life}`, JSON.stringify(headers))
    assert.equal(given.get('expires'), null)
  }
})

test('A43: after the clock is set back, the server asks an address without valid keys again', async () => {
  const { clock, published, ask } = publish([curve])
  published.status = 500
  await assert.rejects(ask())
  published.status = 200
  await assert.rejects(ask())
  clock.pass(-hours(3))
  assert.deepEqual(await (await ask()).json(), { keys: [curve] })
})
