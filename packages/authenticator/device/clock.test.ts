import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMessage, signMessage } from '../protocol/jws.ts'
import { types, version } from '../protocol/messages.ts'
import { createPhone, now, origin, outcomeOf, setUp } from '../test-support/server.ts'
import { createCaller } from './call.ts'
import { sendChange } from './change.ts'

const hour = 3_600_000

/** Refuses each message whose time is wrong, as a server does. @param iats the times of the messages, in seconds */
function checkClock(fetch: typeof globalThis.fetch, iats: number[]): typeof globalThis.fetch {
  return async (url, init) => {
    const claims = openMessage(String(init?.body))?.claims as { readonly iat: number }
    iats.push(claims.iat)
    if (Math.abs(claims.iat * 1000 - now()) > 300_000)
      return Response.json({ error: 'clock', now: now() / 1000 }, { status: 400 })
    return await fetch(url, init)
  }
}

async function setWrongClock() {
  const { server, phone, account } = await setUp()
  await phone.store.update(account.id, (before) => ({ ...before, clockOffset: hour }))
  const iats: number[] = []
  const fetch = checkClock(server.fetch, iats)
  const again = createPhone({ ...server, fetch }, phone.store)
  return { server, phone: again, account: { ...account, clockOffset: hour }, iats }
}

test('an answer that the server refuses because of its time is signed again with the time of the server', async () => {
  const { server, phone, account, iats } = await setWrongClock()
  assert.equal(outcomeOf(await phone.approve('1111')), 'approved')
  assert.deepEqual(server.answers, ['approve 1111'])
  assert.deepEqual(iats, [(now() + hour) / 1000, now() / 1000])
  const stored = await phone.store.find(account.id)
  assert.equal(stored?.clockOffset, 0)
  assert.equal(stored?.answerKeys.length, 1)
})

test('a change that the server refuses because of its time is signed again with the time of the server', async () => {
  const { phone, account, iats } = await setWrongClock()
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const answer: typeof fetch = async (_, init) => {
    const claims = openMessage(String(init?.body))?.claims as { readonly jti: string }
    const said = { v: version, iss: origin, iat: now() / 1000, sub: 'dev', change: claims.jti }
    return new Response(await signMessage(types.changed, said, pair.privateKey))
  }
  const call = createCaller({ fetch: checkClock(answer, iats), now, timeout: 1000 })
  const serverKey = { kty, crv, x, y } as typeof account.serverKey
  const result = await sendChange({ ...phone, call }, { ...account, serverKey }, { name: 'Neu' })
  assert.equal(result.type, 'done')
  assert.deepEqual(iats, [(now() + hour) / 1000, now() / 1000])
  assert.equal((await phone.store.find(account.id))?.clockOffset, 0)
})

test('the phone signs a message that is refused because of its time only once again', async () => {
  const { phone, iats } = await setWrongClock()
  const refuse: typeof fetch = async () =>
    Response.json({ error: 'clock', now: 1_000 }, { status: 400 })
  const call = createCaller({ fetch: checkClock(refuse, iats), now, timeout: 1000 })
  const stubborn = createPhone({ ...(await setUp()).server, fetch: refuse }, phone.store, { call })
  assert.equal(outcomeOf(await stubborn.approve('1111')), 'clock')
  assert.equal(iats.length, 2)
})
