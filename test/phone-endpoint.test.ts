import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createPlainBrowser,
  findNumber,
  findRegistrationUri,
} from '../src/dev/test-support/plain-browser.ts'
import { createInstallation } from './support/installation.ts'
import { startTestPhone } from './support/test-phone.ts'
import { askForCode, enrolPhone, enterPassword } from './support/way-in.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const config = {
  push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
}

test('a user enrols a phone in one login and approves the next login with it', async (t) => {
  const installation = await createInstallation(t, { config })
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const server = await installation.serve()
  const phone = await startTestPhone(t)

  const first = createPlainBrowser(server.url)
  assert.equal((await enrolPhone(first, erika, phone)).status, 200)
  assert.notEqual(first.cookie('einlass_session'), undefined)

  const second = createPlainBrowser(server.url)
  const waiting = await enterPassword(second, erika)
  assert.equal(second.cookie('einlass_session'), undefined)
  const answered = await phone.answer(await phone.nextMessage(), {
    type: 'approve',
    number: findNumber(waiting),
  })
  assert.deepEqual([answered.status, answered.body], [200, {}])
  await second.answer(waiting, { action: 'resend' })
  assert.notEqual(second.cookie('einlass_session'), undefined)
})

test('the server answers phones at its older addresses', async (t) => {
  const installation = await createInstallation(t, { config })
  const server = await installation.serve()
  const paths = [
    '/openam/json/push/sns/message',
    '/json/push/sns/message',
    '/am/json/realms/root/push/sns/message',
    '/am/json/realms/root/realms/alpha/push/sns/message',
  ]
  for (const [index, path] of paths.entries()) {
    const user = { ...erika, username: `erika.${index}`, displayName: 'Erika Mustermann' }
    await installation.addUser(user)
    const phone = await startTestPhone(t)
    const browser = createPlainBrowser(server.url)
    const page = await askForCode(browser, await enterPassword(browser, user))
    const body = phone.registration(findRegistrationUri(page))
    const reply = await fetch(`${server.url}${path}?_action=register`, { method: 'POST', body })
    assert.deepEqual([path, reply.status, await reply.json()], [path, 200, {}])
  }
})

test('the server never sends a phone a page, a redirect or a cookie', async (t) => {
  const server = await (await createInstallation(t, { config })).serve()
  const address = `${server.url}/am/json/push/sns/message`
  const large = 'x'.repeat(1024 * 1024)
  for (const [status, query, init] of [
    [405, '?_action=register', { method: 'GET' }],
    [405, '?_action=register&lang=de', { method: 'GET' }],
    [405, '?_action=register', { method: 'PUT', body: '{}' }],
    [400, '', { method: 'POST', body: '{}' }],
    [400, '?_action=register', { method: 'POST', body: large }],
    [400, '?_action=register', { method: 'POST', body: new Uint8Array([0xff]) }],
    [400, '?_action=authenticate', { method: 'POST', body: '[]' }],
    [400, '?_action=authenticate&_action=register', { method: 'POST', body: '{}' }],
    [400, '?_action=refresh', { method: 'POST', body: '{"__proto__":{"jwt":"a.b.c"}}' }],
  ] as const) {
    const headers = { cookie: 'amlbcookie=01', 'accept-language': 'de' }
    const response = await fetch(`${address}${query}`, { ...init, headers, redirect: 'manual' })
    const body: unknown = await response.json()
    assert.equal(response.status, status)
    assert.partialDeepStrictEqual(body, { code: status })
    assert.deepEqual(response.headers.getSetCookie(), [])
    assert.equal(response.headers.get('location'), null)
  }
})
