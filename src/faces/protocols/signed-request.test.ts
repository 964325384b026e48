import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { z } from 'zod'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { createSignedRequests } from './signed-request.ts'

const schema = z.strictObject({ appId: z.string(), iat: z.int() })

function setUp() {
  const clock = createTestClock()
  const open = (key: Uint8Array) => createSignedRequests({ key, clock, schema })
  const request = { appId: 'wiki', iat: clock.now() }
  return { clock, request, requests: open(randomBytes(32)), others: open(randomBytes(32)) }
}

test('the request of an app is read as it was signed, for an hour', () => {
  const { clock, request, requests } = setUp()
  const text = requests.sign(request)
  clock.pass(hours(1) - 1)
  assert.deepEqual(requests.open(text), request)
  clock.pass(1)
  assert.equal(requests.open(text), undefined)
})

test('a request of an app that this server did not sign, or that was changed, is not read', () => {
  const { request, requests, others } = setUp()
  const text = requests.sign(request)
  const [encoded = '', signature = ''] = text.split('.')
  const [forged = ''] = others.sign({ ...request, appId: 'payroll' }).split('.')
  for (const other of [
    others.sign(request),
    `${forged}.${signature}`,
    `${encoded}.${signature.slice(0, -1)}`,
    `${encoded}.`,
    encoded,
    `.${signature}`,
    `${text}.${signature}`,
    '',
  ])
    assert.equal(requests.open(other), undefined, other)
  assert.deepEqual(requests.open(text), request)
})
