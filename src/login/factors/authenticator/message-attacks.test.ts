// Attacks on the messages of phones: a phone of another maker that sends forged messages, and a network that loses
// messages or changes their order.

import assert from 'node:assert/strict'
import { createHmac, sign } from 'node:crypto'
import { test } from 'node:test'
import { answerRequest } from '#authenticator-device'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  enrolPhone,
  origin,
  peer,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPlainDevice,
  createPlainKey,
  encode,
  malleate,
  type PlainDevice,
  signPlain,
} from '../../../dev/test-support/plain-device.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'

/** A person with a phone of another maker, which works. */
async function enrolPlain(scene: AuthenticatorScene, name = 'erika') {
  const user = await scene.addPerson(name)
  const browser = await scene.openBrowser(name)
  await browser.submit('authenticator')
  const device = createPlainDevice(scene.ask, { origin, now: scene.clock.now })
  assert.equal((await device.enrol(browser.link())).status, 200)
  await browser.look()
  assert.equal((await device.approve(browser.code())).claims.outcome, 'approved')
  await browser.look()
  scene.pass(minutes(1))
  return { user, device }
}

async function isWaiting({ db, stores }: AuthenticatorScene & { db: Db }, { state }: PlainDevice) {
  const waiting = await stores.challenges.listWaiting(db, state.id)
  const device = await stores.devices.find(db, state.id)
  return waiting.length === 1 && device?.status === 'active' && waiting[0]?.triesLeft === 3
}
type Db = Parameters<typeof createAuthenticatorScene>[0]

onEachEngine((engine) => {
  test(`A32: the server accepts an answer in one form only, and a refused answer changes nothing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const { device } = await enrolPlain(scene)
    const browser = await scene.openBrowser('erika', 'another')
    const claims = await device.prepare({ decision: 'approve', code: browser.code() })
    const { key } = device.state
    const right = device.signAnswer(claims)
    const [head = '', body = '', signature = ''] = right.split('.')
    const typ = 'einlass-answer+jwt'
    const withHeader = (header: object | string) => signPlain({ header, claims }, key)
    const withClaims = (more: object | string) =>
      signPlain({ header: { typ, alg: 'ES256' }, claims: more }, key)
    const none = `${encode({ typ, alg: 'none' })}.${body}`
    const hmac = `${encode({ typ, alg: 'HS256' })}.${body}`
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(hmac).digest('base64url')
    const der = sign('sha256', Buffer.from(`${head}.${body}`), key.key).toString('base64url')
    const text = JSON.stringify(claims)
    const { decision: _, ...undecided } = claims as Record<string, unknown>
    const refused: Readonly<Record<string, string>> = {
      'alg none without a signature': `${none}.`,
      'alg none with one': `${none}.${signature}`,
      'HS256 with the public key': `${hmac}.${mac}`,
      'another alg': withHeader({ typ, alg: 'ES384' }),
      'alg in lower case': withHeader({ typ, alg: 'es256' }),
      'two algs': withHeader(`{"typ":"${typ}","alg":"none","alg":"ES256"}`),
      'no typ': withHeader({ alg: 'ES256' }),
      'typ of an enrolment': withHeader({ typ: 'einlass-enrol+jwt', alg: 'ES256' }),
      'typ of a move': withHeader({ typ: 'einlass-move+jwt', alg: 'ES256' }),
      'typ of the server': withHeader({ typ: 'einlass-answered+jwt', alg: 'ES256' }),
      'typ with a parameter': withHeader({ typ: `${typ};v=1`, alg: 'ES256' }),
      'its key in the header': withHeader({ typ, alg: 'ES256', jwk: key.jwk }),
      kid: withHeader({ typ, alg: 'ES256', kid: key.thumbprint }),
      jku: withHeader({ typ, alg: 'ES256', jku: 'https://evil.example/keys' }),
      crit: withHeader({ typ, alg: 'ES256', crit: ['b64'], b64: false }),
      'signature of DER': `${head}.${body}.${der}`,
      'a padded part': `${right}=`,
      'four parts': `${right}.${signature}`,
      'space at the end': `${right} `,
      'two decisions': withClaims(text.replace('"decision"', '"decision":"deny","decision"')),
      'two codes, one escaped': withClaims(text.replace('"code"', '"\\u0063ode":"000000","code"')),
      'two members in the next key': withClaims(text.replace('"kty"', '"kty":"EC","kty"')),
      'a list': withClaims(`[${text}]`),
      'a time as text': withClaims({ ...claims, iat: `${claims.iat}` }),
      'another version': withClaims({ ...claims, v: 2 }),
      'code and scan': withClaims({ ...claims, scan: 'A'.repeat(22) }),
      'neither code nor scan': withClaims(text.replace(/,"code":"\d+"/, '')),
      'a code with a denial': withClaims({ ...claims, decision: 'deny' }),
      'a code with other digits': withClaims({ ...claims, code: '٠١٢٣٤٥' }),
      'no decision': withClaims(undecided),
      'a decision as a list': withClaims({ ...claims, decision: ['approve'] }),
      'a private next key': withClaims({ ...claims, next: { ...claims.next, d: claims.next.x } }),
      'a next key that is no point': withClaims({
        ...claims,
        next: { ...claims.next, y: claims.next.x },
      }),
      'the present key as the next': withClaims({ ...claims, next: key.jwk }),
      'the reading key as the next': withClaims({ ...claims, next: device.reader.jwk }),
      'another server': withClaims({ ...claims, aud: peer }),
      'a server in a path': withClaims({ ...claims, aud: `${origin}/` }),
      'an app of anybody': withClaims({ ...claims, app: 'https://evil.example' }),
    }
    for (const [name, message] of Object.entries(refused)) {
      const reply = await device.post('answer', message)
      assert.deepEqual([reply.status, reply.error], [400, 'malformed'], name)
    }
    const unknown: Readonly<Record<string, string>> = {
      'the reading key signs': device.signAnswer(claims, device.reader),
      'a key of nobody signs': device.signAnswer(claims, createPlainKey()),
      'a device of nobody': withClaims({ ...claims, sub: 'aut_0' }),
      'other claims': `${head}.${encode({ ...claims, app: peer })}.${signature}`,
    }
    for (const [name, message] of Object.entries(unknown)) {
      const reply = await device.post('answer', message)
      assert.deepEqual([reply.status, reply.error], [404, 'unknown'], name)
      // Messages that look more than once in five seconds are held up.
      scene.pass(seconds(1))
    }
    assert.ok(await isWaiting(scene, device))
    assert.equal((await device.approve(browser.code())).claims.outcome, 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`A32: the server accepts an enrolment and a fetch in one form only (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const { device } = await enrolPlain(scene)
    const asks = async (header: object, key = device.reader) => {
      const now = Math.floor(scene.clock.now() / 1000)
      const claims = { v: 1, aud: origin, sub: device.state.id, iat: now, jti: 'f' }
      return (await device.post('fetch', signPlain({ header, claims }, key))).error
    }
    assert.equal(await asks(device.header('fetch')), undefined)
    assert.equal(await asks(device.header('fetch'), device.state.key), 'unknown')
    assert.equal(await asks(device.header('fetch', { jwk: device.reader.jwk })), 'malformed')
    assert.equal(await asks(device.header('change')), 'malformed')

    await scene.addPerson('max')
    const browser = await scene.openBrowser('max')
    await browser.submit('authenticator')
    const other = createPlainDevice(scene.ask, { origin, now: scene.clock.now })
    const { jwk } = other.reader
    const attempts: readonly object[] = [
      { app: 'https://evil.example' },
      { aud: peer },
      { reader: { ...jwk, y: jwk.x } },
      { reader: other.state.key.jwk },
      { name: 'a\u0000b' },
      { name: 'a\u202eb' },
      { name: 'a\ud800' },
      { name: '' },
      { name: 'x'.repeat(81) },
      { platform: 'windows' },
      { subscription: { endpoint: 'http://evil.example', keys: {} } },
    ]
    for (const more of attempts) {
      const reply = await other.enrol(browser.link(), more)
      assert.equal(reply.error, 'malformed', JSON.stringify(more))
    }
    const name = `${'👩‍👧'.repeat(8)} Ωmega`
    assert.equal((await other.enrol(browser.link(), { name })).status, 200)
    assert.equal((await scene.stores.devices.find(db, other.state.id))?.name, name)
  })

  test(`A7: an answer of one phone is never accepted for another phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const erika = (await enrolPlain(scene)).device
    const max = (await enrolPlain(scene, 'max')).device
    const browser = await scene.openBrowser('erika', 'another')
    const claims = await erika.prepare({ decision: 'approve', code: browser.code() })
    const key = max.state.key.thumbprint
    for (const [more, error, outcome] of [
      // Signed by max for the phone of erika, by her key or by his.
      [{}, 'unknown', undefined],
      [{ key }, 'unknown', undefined],
      // For his own phone, and her request.
      [{ sub: max.state.id }, 'unknown', undefined],
      [{ sub: max.state.id, key }, undefined, 'superseded'],
    ] as const) {
      const reply = await max.post('answer', max.signAnswer({ ...claims, ...more }))
      assert.deepEqual([reply.error, reply.claims.outcome], [error, outcome], JSON.stringify(more))
    }
    assert.ok(await isWaiting(scene, erika))
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
  })

  test(`A3: one answer sent 50 times at once is recorded once and gets one reply (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const { device } = await enrolPlain(scene)
    const browser = await scene.openBrowser('erika', 'another')
    const message = device.signAnswer(
      await device.prepare({ decision: 'approve', code: browser.code() }),
    )
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => device.post('answer', message)),
    )
    const said = new Set(replies.map(({ claims, error }) => `${claims.outcome} ${error}`))
    assert.deepEqual([...said], ['approved undefined'])
    assert.equal((await scene.listAudit('authenticator_answered')).length, 2)
    assert.equal((await scene.stores.devices.find(db, device.state.id))?.status, 'active')
  })

  test(`A4: an answer with the other valid signature is treated as the same answer and ends no phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const { device } = await enrolPlain(scene)
    const browser = await scene.openBrowser('erika', 'another')
    const claims = await device.prepare({ decision: 'approve', code: browser.code() })
    const message = device.signAnswer(claims)
    const [first, second] = [
      await device.post('answer', message),
      await device.post('answer', malleate(message)),
    ]
    assert.equal(first.claims.outcome, 'approved')
    assert.deepEqual(second.claims, first.claims)
    assert.equal((await scene.stores.devices.find(db, device.state.id))?.status, 'active')
  })
})

onEachEngine((engine) => {
  test(`a delayed answer that arrives after the next one ends no phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const code = browser.code()
    const fetched = await phone.fetch()
    const request = fetched.type === 'done' ? fetched.pending.requests[0] : undefined
    assert.ok(request)
    phone.trouble.held = 4
    const denied = await answerRequest(phone.options, id, {
      ...{ request, decision: { decision: 'deny' } },
    })
    assert.equal(denied.type, 'offline')
    const held = phone.sent.at(-1)
    assert.equal(await phone.approve(code), 'approved')
    const late = await scene.deliver(held)
    assert.equal(late.outcome, 'other_key')
    assert.equal((await browser.look()).type, 'finished')
    scene.pass(minutes(1))
    const next = await scene.openBrowser('erika', 'next')
    assert.equal(await phone.approve(next.code()), 'approved')
  })

  test(`a delayed answer that arrives while the phone learns the expected key ends no phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const fetched = await phone.fetch()
    const request = fetched.type === 'done' ? fetched.pending.requests[0] : undefined
    assert.ok(request)
    const wrong = browser.code() === '000000' ? '000001' : '000000'
    phone.trouble.held = 4
    const first = { request, decision: { decision: 'approve', code: wrong } } as const
    assert.equal((await answerRequest(phone.options, id, first)).type, 'offline')
    const held = phone.sent.at(-1)
    // The first message of the next answer names a key that the server does not know; before the second one leaves, the one
    // that was held up arrives.
    phone.trouble.afterNext = async () => {
      assert.equal((await scene.deliver(held)).outcome, 'wrong_code')
    }
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await phone.account()).answerKeys.length, 1)
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`a copy that names keys it does not have is still detected (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const { device } = await enrolPlain(scene)
    const stolen = device.state.key
    const browser = await scene.openBrowser('erika', 'another')
    const forged = await device.prepare({ decision: 'approve', code: browser.code() })
    assert.equal((await device.approve(browser.code())).claims.outcome, 'approved')
    const claims = { ...forged, unanswered: [createPlainKey().thumbprint] }
    const reply = await device.post('answer', device.signAnswer(claims, stolen))
    assert.deepEqual([reply.status, reply.error], [410, 'copied'])
    assert.equal((await device.fetch()).error, 'copied')
    assert.equal((await scene.listAudit('authenticator_copied')).length, 1)
  })

  test(`A4: the server reveals the expected key only to a sender that has a key of the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = { ...createAuthenticatorScene(db), db }
    const { user, device } = await enrolPlain(scene)
    await scene.openBrowser('erika', 'another')
    const { key } = device.state
    const lost = createPlainKey()
    const claims = { ...(await device.prepare({ decision: 'deny' })), key: lost.thumbprint }
    const say = async (proof: string, more: object = {}) => {
      scene.pass(seconds(1))
      const message = device.signAnswer({ ...claims, ...more, proof }, lost)
      const { error, claims: said } = await device.post('answer', message)
      return error ?? said.outcome
    }
    const proof = device.prove(claims)
    const forged: Readonly<Record<string, () => Promise<unknown>>> = {
      'no proof': () => say(encode('x'.repeat(64))),
      'the key that is unknown': () => say(device.prove(claims, { key: lost })),
      // Its holder signs the whole message with it.
      'the answer key': () => say(device.prove(claims, { key })),
      'a proof for another kind': () => say(device.prove(claims, { name: 'move' })),
      'a proof for another key': () => say(proof, { key: createPlainKey().thumbprint }),
      'a proof for another next key': () => say(proof, { next: createPlainKey().jwk }),
      'a proof for another request': () => say(proof, { jti: 'another' }),
      'a proof for another time': () => say(proof, { iat: claims.iat + 1 }),
      'a proof for another server': () => say(proof, { aud: peer }),
    }
    for (const [name, attempt] of Object.entries(forged)) {
      assert.equal(await attempt(), 'unknown', name)
    }
    assert.equal(await say(proof), 'other_key')
    const old = { ...claims, iat: claims.iat - 301 }
    assert.equal(await say(device.prove(old), old), 'clock')
    const elsewhere = { ...claims, aud: peer }
    assert.equal(await say(device.prove(elsewhere), elsewhere), 'malformed')
    assert.ok(await isWaiting(scene, device))

    await transact(db, (tx) =>
      scene.factors.authenticators.remove(tx, { userId: user.id, id: device.state.id }),
    )
    assert.equal(await say(encode('x'.repeat(64))), 'unknown')
    assert.equal(await say(proof), 'ended')
  })

  test(`A41: after a restore of the database, a phone answers with the key that the server expects (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    const readBackup = () =>
      db
        .selectFrom('authenticator_devices')
        .select(['answer_jwk', 'answer_key'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    const backup = await readBackup()
    const answered = async (browser: string) => {
      scene.pass(minutes(1))
      const page = await scene.openBrowser('erika', browser)
      return await phone.approve(page.code())
    }
    assert.equal(await answered('one'), 'approved')
    assert.equal(await answered('two'), 'approved')
    await db.updateTable('authenticator_devices').set(backup).where('id', '=', id).execute()
    await db.deleteFrom('authenticator_used_keys').where('device_id', '=', id).execute()
    scene.pass(minutes(15))
    assert.equal(await answered('three'), 'approved')
    assert.equal(await answered('four'), 'approved')
  })
})
