// Attacks on the Einlass authenticator, with the real device endpoints and the real engine.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLink } from '#authenticator'
import { answerRequest, createAnswerKey, enrolDevice, fetchOffer } from '#authenticator-device'
import {
  createAuthenticatorScene,
  enrolPhone,
  origin,
  peer,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'

type Asked = Parameters<typeof answerRequest>[2]['request']

const post = (address: string, body: string, headers: Record<string, string> = {}) =>
  new Request(`${origin}/authenticator/v1/${address}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/jose', ...headers },
  })

onEachEngine((engine) => {
  test(`A4: a repeated identical answer gets its reply again, but is spent only once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type, 'finished')
    const before = phone.sent.at(-1)
    assert.ok(before)
    const again = await scene.ask(post('answer', before.body))
    assert.equal(again.status, 200)
    const later = await scene.openBrowser('erika', 'later')
    assert.equal(later.step(), 'authenticator/confirm')
    assert.equal((await scene.ask(post('answer', before.body))).status, 200)
    await later.look()
    assert.equal(later.step(), 'authenticator/confirm')
    assert.equal((await phone.fetch()).type, 'done')
  })

  test(`a lost reply has no effect on the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const code = browser.code()
    const fetched = await phone.fetch()
    assert.equal(fetched.type, 'done')
    const [request] = fetched.pending.requests
    assert.ok(request)
    const { id } = await phone.account()
    phone.trouble.lost = 4
    const decision = { decision: 'approve', code } as const
    const lost = await answerRequest(phone.options, id, { request, decision })
    assert.equal(lost.type, 'offline')
    assert.equal((await phone.account()).answerKeys.length, 2)
    assert.equal((await browser.look()).type, 'finished')
    scene.pass(minutes(1))
    const next = await scene.openBrowser('erika', 'next')
    assert.equal(await phone.approve(next.code()), 'approved')
  })

  test(`of two simultaneous answers of a copied phone one is recorded, and the other ends the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const copy = phone.copy()
    const fetched = await phone.fetch()
    assert.equal(fetched.type, 'done')
    const [request] = fetched.pending.requests
    assert.ok(request)
    const approval = { decision: 'approve', code: browser.code() } as const
    const answers = await Promise.all([
      answerRequest(phone.options, id, { request, decision: approval }),
      answerRequest(copy.options, id, { request, decision: { decision: 'deny' } }),
    ])
    const results = answers.map((one) => (one.type === 'done' ? one.answered.outcome : one.type))
    assert.ok(results.includes('copied'), results.join(' '))
    assert.ok(
      results.some((one) => one === 'approved' || one === 'denied'),
      results.join(' '),
    )
    assert.equal((await scene.stores.devices.find(db, id))?.status, 'removed')
  })

  test(`a detected copy ends the phone and its sessions, and the password alone enrols no new phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { user, phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const stolen = phone.copy()
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(await stolen.approve(browser.code()), 'approved')
    const end = await browser.look()
    assert.equal(end.type, 'finished')
    assert.ok(end.type === 'finished' && (await scene.sessions.find(end.token)))
    const victim = await scene.openBrowser('erika', 'next')
    scene.pass(seconds(30))
    assert.equal(await phone.approve(victim.code()), 'copied')
    assert.equal(end.type === 'finished' && (await scene.sessions.find(end.token)), undefined)
    assert.deepEqual(await scene.factors.authenticators.list(db, user.id), [])
    assert.ok(scene.noticed.some(({ kind }) => kind === 'phone_copied'))
    assert.equal((await scene.listAudit('authenticator_copied')).length, 1)
    assert.equal((await stolen.fetch()).type, 'copied')
    const after = await scene.openBrowser('erika', 'after')
    assert.notEqual(after.step(), 'second-factor/offer')
  })

  test(`an answer for the request of another phone changes nothing there (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const erika = await enrolPhone(scene)
    const max = await enrolPhone(scene, 'max')
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const fetched = await erika.phone.fetch()
    assert.equal(fetched.type, 'done')
    const [request] = fetched.pending.requests
    assert.ok(request)
    const decision = { decision: 'approve', code: browser.code() } as const
    const result = await answerRequest(max.phone.options, max.id, { request, decision })
    assert.equal(result.type === 'done' && result.answered.outcome, 'superseded')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
  })

  test(`a second phone that uses the same link ends the enrolment of both phones (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    await scene.addPerson()
    const browser = await scene.openBrowser()
    await browser.submit('authenticator')
    const link = readLink(browser.link())
    assert.ok(link?.type === 'enrol')
    const [one, two] = [scene.createPhone('one'), scene.createPhone('two')]
    const seen = await fetchOffer(two.options, link)
    assert.equal(seen.type, 'done')
    assert.equal((await one.enrol(browser.link())).type, 'done')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/test')
    const late = await enrolDevice(two.options, seen.offered, { name: 'two', platform: 'other' })
    assert.equal(late.type, 'used')
    assert.equal((await one.fetch()).type, 'ended')
    await browser.look()
    assert.equal(browser.title(), 'phone_code.second.title')
    assert.ok(scene.noticed.some(({ kind }) => kind === 'both_phones_refused'))
    await browser.submit('back')
    assert.equal(browser.step(), 'authenticator/enrol')
  })

  test(`a phone whose reply was lost can enrol again with the same key, and a wrong secret is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    await scene.addPerson()
    const browser = await scene.openBrowser()
    await browser.submit('authenticator')
    const link = readLink(browser.link())
    assert.ok(link?.type === 'enrol')
    const phone = scene.createPhone()
    const seen = await fetchOffer(phone.options, link)
    assert.equal(seen.type, 'done')
    const device = { name: 'a', platform: 'other', answerKey: await createAnswerKey() } as const
    assert.equal((await enrolDevice(phone.options, seen.offered, device)).type, 'done')
    assert.equal((await enrolDevice(phone.options, seen.offered, device)).type, 'done')
    assert.equal((await phone.store.list()).length, 1)
    const other = { ...link, secret: 'AAAAAAAAAAAAAAAAAAAAAA' }
    assert.equal((await fetchOffer(phone.options, other)).type, 'unknown')
    assert.equal((await fetchOffer(phone.options, { ...link, registration: 'no' })).type, 'unknown')
  })

  test(`three wrong codes end the login and are counted as failures of the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { user, phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const code = browser.code()
    const wrong = code === '000000' ? '000001' : '000000'
    for (let n = 0; n < 3; n += 1) assert.equal(await phone.approve(wrong), 'wrong_code')
    assert.equal(await phone.approve(code), 'nothing')
    await browser.look()
    assert.equal(browser.title(), 'phone_code.wrong_code.title')
    await browser.submit('resend')
    assert.equal(browser.title(), 'phone_code.wrong_code.title')
    const failures = await db
      .selectFrom('factor_failures')
      .select(['kind', 'failures'])
      .where('user_id', '=', user.id)
      .execute()
    assert.deepEqual(failures, [{ kind: 'authenticator', failures: 3 }])
    assert.ok(scene.noticed.some(({ kind }) => kind === 'phone_wrong_code'))
  })

  test(`a refusal of a superseded or expired login is recorded, and *not me* has its consequences (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone, id, user } = await enrolPhone(scene)
    const openRequest = async (name: string) => {
      scene.pass(minutes(1))
      await scene.openBrowser('erika', name)
      const fetched = await phone.fetch()
      const request = fetched.type === 'done' ? fetched.pending.requests[0] : undefined
      assert.ok(request)
      return request
    }
    const refuse = async (request: Asked, decision: 'deny' | 'report') => {
      const answer = await answerRequest(phone.options, id, { request, decision: { decision } })
      return answer.type === 'done' ? answer.answered.outcome : answer.type
    }
    const first = await openRequest('thief')
    const second = await openRequest('owner')
    assert.equal(await refuse(first, 'deny'), 'denied')
    assert.ok(scene.noticed.some(({ kind }) => kind === 'phone_denied'))
    assert.equal((await scene.stores.challenges.find(db, second.id))?.status, 'waiting')
    scene.pass(minutes(30))
    assert.equal(await refuse(second, 'report'), 'reported')
    assert.equal((await scene.stores.challenges.find(db, second.id))?.status, 'reported')
    assert.notEqual((await scene.users.find(db, user.id))?.passwordQuestionedAt, null)
  })

  test(`the code of one request does not approve another request (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const first = await scene.openBrowser('erika', 'first')
    const code = first.code()
    scene.pass(seconds(30))
    const second = await scene.openBrowser('erika', 'second')
    await first.look()
    assert.equal(first.title(), 'push.superseded.title')
    if (code !== second.code()) assert.equal(await phone.approve(code), 'wrong_code')
    assert.equal(await phone.approve(second.code()), 'approved')
    await first.look()
    assert.equal(first.title(), 'push.superseded.title')
    assert.equal((await second.look()).type, 'finished')
  })

  test(`A1: an attacker who knows the password gets three requests in ten minutes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { user } = await enrolPhone(scene)
    scene.pass(minutes(1))
    for (let n = 0; n < 10; n += 1) {
      scene.pass(seconds(25))
      await scene.openBrowser('erika', `browser ${n}`)
    }
    const rows = await db
      .selectFrom('authenticator_challenges')
      .select('status')
      .where('user_id', '=', user.id)
      .where('purpose', '=', 'login')
      .execute()
    assert.equal(rows.length, 3)
    assert.ok(rows.filter(({ status }) => status === 'waiting').length <= 1)
  })

  test(`late and misdirected answers and answers of a removed phone are refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { user, phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const code = browser.code()
    const fetched = await phone.fetch()
    assert.equal(fetched.type, 'done')
    const [request] = fetched.pending.requests
    assert.ok(request)
    const decision = { decision: 'approve', code } as const
    const answer = (more: object) =>
      answerRequest({ ...phone.options, ...more }, id, { request, decision })
    assert.equal((await answer({ app: 'https://evil.example' })).type, 'malformed')
    const account = await phone.account()
    await phone.store.add({ ...account, clockOffset: minutes(6) })
    // A phone corrects its time and signs again; this one does not.
    const results: string[] = []
    const call: typeof phone.options.call = async (message) => {
      const result = await phone.options.call(message)
      results.push(result.type)
      return result.type === 'clock' ? { type: 'broken' } : result
    }
    assert.equal((await answer({ call })).type, 'broken')
    assert.deepEqual(results, ['clock'])
    await phone.store.add(account)
    const nonce = request.nonce.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    const forged = { request: { ...request, nonce }, decision }
    const other = await answerRequest(phone.options, id, forged)
    assert.equal(other.type === 'done' && other.answered.outcome, 'superseded')
    scene.pass(minutes(2) + seconds(11))
    const late = await answer({})
    assert.equal(late.type === 'done' && late.answered.outcome, 'expired')
    await browser.look()
    assert.equal(browser.title(), 'push.expired.title')
    const authenticators = scene.factors.authenticators
    await transact(db, (tx) => authenticators.remove(tx, { userId: user.id, id }))
    assert.equal((await answer({})).type, 'ended')
    assert.equal((await phone.fetch()).type, 'ended')
  })

  test(`a report on the phone denies the login, requires a new password and blocks requests for a time (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { user, phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const attacker = await scene.openBrowser('erika', 'attacker')
    const code = attacker.code()
    assert.equal(await phone.answer({ decision: 'report' }), 'reported')
    assert.equal(await phone.approve(code), 'nothing')
    assert.equal((await attacker.look()).type, 'over')
    const [report] = await scene.listAudit('not_me_reported')
    assert.equal(report?.source, 'authenticator')
    const now = await scene.users.find(db, user.id)
    assert.equal(now?.passwordChangeRequired, true)
    assert.ok((now?.pushBlockedUntil ?? 0) > scene.clock.now())
  })

  test(`a denial ends the login, and the owner of the phone gets a mail with a link to report it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(await phone.answer({ decision: 'deny' }), 'denied')
    await browser.look()
    assert.equal(browser.title(), 'push.denied.title')
    const denied = scene.noticed.find(({ kind }) => kind === 'phone_denied')
    assert.match(`${denied?.facts.notMeUrl}`, /\/not-me\/[\w-]{20,}$/)
  })
})

onEachEngine((engine) => {
  test(`device endpoints accept one kind of body from known origins, and name the error otherwise (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { ask } = createAuthenticatorScene(db)
    const errorOf = async (request: Request) => {
      const response = await ask(request)
      const { error } = await response.json()
      return `${response.status} ${error}`
    }
    assert.equal(await errorOf(post('answer', 'x')), '400 malformed')
    assert.equal(
      await errorOf(post('answer', 'x', { 'content-type': 'text/plain' })),
      '400 malformed',
    )
    assert.equal(await errorOf(post('fetch', 'x'.repeat(20_000))), '400 malformed')
    assert.equal(
      await errorOf(post('offer', '{}', { 'content-type': 'application/json' })),
      '400 malformed',
    )
    assert.equal((await ask(post('constructor', 'x'))).status, 404)
    assert.equal((await ask(new Request(`${origin}/authenticator/v1/fetch`))).status, 405)
    const options = (from: string) =>
      new Request(`${origin}/authenticator/v1/fetch`, {
        method: 'OPTIONS',
        headers: { origin: from },
      })
    const allowed = await ask(options(peer))
    assert.equal(allowed.status, 204)
    assert.equal(allowed.headers.get('access-control-allow-origin'), peer)
    assert.equal(allowed.headers.get('access-control-allow-credentials'), null)
    assert.equal((await ask(options('https://evil.example'))).status, 405)
    const evil = await ask(post('fetch', 'x', { origin: 'https://evil.example' }))
    assert.equal(evil.headers.get('access-control-allow-origin'), null)
    for (let n = 0; n < 240; n += 1) await ask(post('fetch', 'x'))
    const limited = await ask(post('fetch', 'x'))
    assert.equal(limited.status, 429)
    assert.ok(Number(limited.headers.get('retry-after')) >= 1)
  })
})
