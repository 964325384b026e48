import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEntryRequests, planReturn, readLong, shortenReturn } from './entry-request.ts'

const requests = createEntryRequests(new Uint8Array(32).fill(3))
const request = { appId: 'wiki', origin: 'https://wiki.example.org', to: '/x', browserHash: 'v' }
const at = (path: string) => new URL(path, request.origin)

test('a signed entry request is read unchanged, and any other text is refused', () => {
  const signed = requests.sign(request)
  assert.deepEqual(requests.open(signed), request)
  const [body = '', signature = ''] = signed.split('.')
  const forged = Buffer.from(JSON.stringify({ ...request, to: '/evil' })).toString('base64url')
  const others = ['', '.', body, `${body}.`, `${forged}.${signature}`, `${signed}.x`, `x${signed}`]
  for (const text of others) assert.equal(requests.open(text), undefined, text)
  const other = createEntryRequests(new Uint8Array(32).fill(4))
  assert.equal(other.open(signed), undefined)
})

test('a cookie stores a long address; a longer one loses its query, and a too long path becomes the root', () => {
  assert.deepEqual(planReturn(at('/x?a=1')), { to: '/x?a=1' })
  const long = at(`/x?a=${'1'.repeat(2000)}`)
  const plan = planReturn(long)
  assert.equal(plan.to, '/x')
  assert.equal(readLong(plan.cookie, plan.long ?? ''), `${long.pathname}${long.search}`)
  assert.equal(readLong(plan.cookie, 'another'), undefined)
  assert.equal(readLong(undefined, plan.long ?? ''), undefined)
  assert.ok((plan.cookie?.length ?? 0) < 3600)
  assert.deepEqual(planReturn(at(`/x?a=${'1'.repeat(3000)}`)), { to: '/x' })
  assert.deepEqual(planReturn(at(`/${'x'.repeat(801)}?a`)), { to: '/' })
})

test('a long address from a cookie is refused if it is not a path', () => {
  const foreign = '.evil.example/'
  const { long = '' } = planReturn(at(`/x?${'1'.repeat(2000)}`))
  assert.equal(readLong(Buffer.from(foreign).toString('base64url'), long), undefined)
})

test('the server shortens a return address that is too long for proxies', () => {
  assert.equal(shortenReturn('/x', '?a'), '/x?a')
  assert.equal(shortenReturn('/x', `?${'a'.repeat(4000)}`), '/x')
  assert.equal(shortenReturn(`/${'x'.repeat(4000)}`, ''), '/')
})
