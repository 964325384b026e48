import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  signAnswer,
  signApproval,
  signDenial,
  signRefresh,
  signRegistration,
} from '../../../dev/test-support/push-scene.ts'
import { toResponse } from '../../../dev/test-support/response.ts'
import { createRouter } from '../../../platform/http/router.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { silentLog } from '../../../platform/kernel/log.ts'
import type { PhoneRequests } from './phone-requests.ts'
import { createPhoneRoute as createRoute, type PhoneRoutesOptions, phonePaths } from './routes.ts'

const address = 'https://login.example.org/am/json/push/sns/message'
const refusal = { code: 400, reason: 'Bad Request', message: 'Bad request.' }

/** The route as `fetch` sees it. */
function createPhoneRoute(options: PhoneRoutesOptions) {
  const route = createRoute(options)
  return async (request: Request) => toResponse(await route(request))
}

function createStub(answer: (body: string) => Promise<{ readonly type: 'ok' }>) {
  const calls: string[] = []
  const entries: object[] = []
  const take = (action: string) => (body: string) => {
    calls.push(action)
    return answer(body)
  }
  const requests: PhoneRequests = {
    register: take('register'),
    authenticate: take('authenticate'),
    refresh: take('refresh'),
  }
  const log = { ...silentLog, error: (entry: object) => void entries.push(entry) }
  return { calls, entries, route: createPhoneRoute({ requests, log }) }
}

const accepting = () => createStub(async () => ({ type: 'ok' }))

function post(query: string, body: BodyInit): Request {
  return new Request(`${address}${query}`, { method: 'POST', body })
}

/** Checks what is true of every reply to a phone. */
async function read(response: Response): Promise<{ status: number; body: unknown }> {
  assert.ok(response.status < 300 || response.status >= 400, 'a phone takes a redirect for success')
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.equal(response.headers.get('location'), null)
  assert.equal(response.headers.get('set-cookie'), null)
  return { status: response.status, body: await response.json() }
}

test('each action calls its own handler, and a success gets 200 with an empty object', async () => {
  const { calls, route } = accepting()
  for (const action of ['register', 'authenticate', 'refresh']) {
    assert.deepEqual(await read(await route(post(`?_action=${action}`, '{}'))), {
      status: 200,
      body: {},
    })
  }
  assert.deepEqual(calls, ['register', 'authenticate', 'refresh'])
})

test('every method except POST gets 405 and the name of the allowed method', async () => {
  const { calls, route } = accepting()
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    const response = await route(new Request(`${address}?_action=register`, { method }))
    assert.equal(response.headers.get('allow'), 'POST')
    assert.equal((await read(response)).status, 405)
  }
  assert.deepEqual(calls, [])
})

test('A44: an action that is missing, unknown, inherited or repeated gets 400', async () => {
  const { calls, route } = accepting()
  for (const query of [
    '',
    '?_action=',
    '?_action=remove',
    '?_action=__proto__',
    '?_action=constructor',
    '?_action=toString',
    '?_action=Register',
    '?_action=register&_action=register',
    '?_action=register&_action=authenticate',
    '?_Action=register',
  ]) {
    assert.deepEqual(await read(await route(post(query, '{}'))), { status: 400, body: refusal })
  }
  assert.deepEqual(calls, [])
})

test('a body above 8 KiB gets 400, with or without an announced length', async () => {
  const { calls, route } = accepting()
  const large = 'x'.repeat(8 * 1024 + 1)
  assert.equal((await read(await route(post('?_action=register', large)))).status, 400)
  const stream = new Blob([large]).stream()
  const chunked = new Request(`${address}?_action=register`, {
    method: 'POST',
    body: stream,
    duplex: 'half',
  } as RequestInit)
  assert.equal((await read(await route(chunked))).status, 400)
  const lying = post('?_action=register', '{}')
  lying.headers.set('content-length', '100000000')
  assert.equal((await read(await route(lying))).status, 400)
  assert.deepEqual(calls, [])
  assert.equal((await read(await route(post('?_action=register', large.slice(1))))).status, 200)
})

test('a body that is not UTF-8 gets 400', async () => {
  const { calls, route } = accepting()
  const body = new Uint8Array([0x7b, 0xc0, 0xaf, 0x7d])
  assert.equal((await read(await route(post('?_action=register', body)))).status, 400)
  assert.deepEqual(calls, [])
})

test('a server that cannot answer replies 503 and logs the reason', async () => {
  for (const error of [new Error('connection lost'), new Fault('unavailable', 'busy')]) {
    const { entries, route } = createStub(() => Promise.reject(error))
    const reply = await read(await route(post('?_action=authenticate', '{}')))
    assert.deepEqual(reply, {
      status: 503,
      body: { code: 503, reason: 'Service Unavailable', message: 'Please try again.' },
    })
    assert.deepEqual(entries, [{ action: 'authenticate', error }])
  }
})

onEachEngine((engine) => {
  test(`every action gets 503 when the database is lost (${engine.name})`, async (t) => {
    const { db, close } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const bodies = {
      register: signRegistration(await scene.openCode(userId), createPhone()),
      authenticate: signApproval(await scene.challenge(device), device),
      refresh: signRefresh(device, 'http://phone.test/new'),
    }
    const route = createPhoneRoute({ requests: scene.requests, log: silentLog })
    await close()
    for (const [action, body] of Object.entries(bodies)) {
      assert.equal((await read(await route(post(`?_action=${action}`, body)))).status, 503)
    }
  })

  test(`A5: every refused request gets the same reply (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const [device, other] = [await scene.addDevice(userId), await scene.addDevice(userId)]
    const route = createPhoneRoute({ requests: scene.requests, log: scene.log })
    const superseded = await scene.challenge(device)
    const answered = await scene.challenge(device)
    await scene.requests.authenticate(signApproval(answered, device))
    const waiting = await scene.challenge(device)
    const closed = await scene.openCode(userId)
    const open = await scene.openCode(userId)
    const foreign = { ...waiting, challenge: Buffer.alloc(32, 1).toString('base64') }
    const unknown = waiting.messageId.replace(/:......../, ':00000000')
    const code = { ...open, messageId: waiting.messageId }
    const outside = createPhone({ deviceId: 'http://10.0.0.1/' })
    for (const [action, body] of [
      ['authenticate', signApproval(superseded, device)],
      ['authenticate', signDenial(answered, device)],
      ['authenticate', signApproval(waiting, other)],
      ['authenticate', signApproval(foreign, device)],
      ['authenticate', signApproval({ ...waiting, messageId: unknown }, device)],
      ['authenticate', signAnswer({ ...open }, device, { type: 'approve', number: 1 })],
      ['register', signRegistration(closed, createPhone())],
      ['register', signRegistration(code, createPhone())],
      ['register', signRegistration(open, outside)],
      ['refresh', signRefresh(device, 'http://10.0.0.1/')],
      ['refresh', signRefresh(device, 'http://phone.test/', { secret: other.secret() })],
      ['refresh', signRefresh({ ...device, mechanismUid: 'x' }, 'http://phone.test/')],
      ['refresh', signApproval(waiting, device)],
    ] as const) {
      const response = await route(post(`?_action=${action}`, body))
      const headers = JSON.stringify([...response.headers])
      assert.deepEqual(await read(response), { status: 400, body: refusal }, body)
      assert.equal(
        headers,
        '[["cache-control","no-store"],["content-type","application/json"],["x-content-type-options","nosniff"]]',
      )
    }
  })

  test(`A8, A44: a body that is not an object with two texts gets 400 and changes nothing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const { messageId } = await scene.challenge(device)
    const route = createPhoneRoute({ requests: scene.requests, log: silentLog })
    const bodies = [
      '',
      '[]',
      '[{}]',
      '7',
      'null',
      '"text"',
      '{',
      '{}',
      `{"messageId":"${messageId}"}`,
      `{"messageId":["${messageId}"],"jwt":"a.b.c"}`,
      `{"messageId":7,"jwt":"a.b.c"}`,
      `{"messageId":"${messageId}","jwt":7}`,
      `{"messageId":"${messageId}","jwt":null}`,
      `{"__proto__":{"messageId":"${messageId}","jwt":"a.b.c"}}`,
      `{"constructor":{"prototype":{}},"messageId":"${messageId}","jwt":"a.b.c"}`,
      `{"messageId":"${messageId}","messageId":"${messageId}","jwt":"a.b.c"}`,
      `${'['.repeat(8000)}`,
    ]
    for (const action of ['register', 'authenticate', 'refresh']) {
      for (const body of bodies) {
        const reply = await read(await route(post(`?_action=${action}`, body)))
        assert.deepEqual(reply, { status: 400, body: refusal }, body)
      }
    }
    assert.equal((await scene.challengeNow(messageId)).status, 'waiting')
  })

  test(`random bytes get 400 (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const route = createPhoneRoute({ requests: scene.requests, log: silentLog })
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => new Uint8Array(Buffer.from(text))),
      fc
        .record({ messageId: fc.anything(), jwt: fc.anything(), mechanismUid: fc.string() })
        .map((value) => new Uint8Array(Buffer.from(JSON.stringify(value) ?? ''))),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('register', 'authenticate', 'refresh'),
        bodies,
        async (action, body) => {
          const reply = await read(await route(post(`?_action=${action}`, new Uint8Array(body))))
          assert.equal(reply.status, 400)
        },
      ),
      { numRuns: 150 },
    )
  })
})

const router = createRouter(
  phonePaths.map((path) => ({ kind: 'plain', method: 'ANY', path, name: 'phones' }) as const),
)
const isPhonePath = (path: string) => router.find('POST', path).type === 'found'

test('the server answers phones at the current path and at older paths, and nowhere else', () => {
  for (const path of [
    '/am/json/push/sns/message',
    '/openam/json/push/sns/message',
    '/json/push/sns/message',
    '/am/json/realms/root/push/sns/message',
    '/am/json/realms/root/realms/alpha/push/sns/message',
    '/openam/json/alpha.beta/push/sns/message',
  ]) {
    assert.equal(isPhonePath(path), true, path)
  }
  for (const path of [
    '/am/json/push/sns/message/',
    '/am/json/push/sns/messages',
    '/am/push/sns/message',
    '/x/am/json/push/sns/message',
    '/am/json//push/sns/message',
    '/am/json/%2e%2e/push/sns/message',
    '/AM/json/push/sns/message',
    '/am/json/push/sns/message\n',
    '/',
  ]) {
    assert.equal(isPhonePath(path), false, path)
  }
})
