// A new phone replaces another one, with the real engine and phones that run the code of the app.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLink } from '#authenticator'
import { enrolDevice, fetchOffer, openMove } from '#authenticator-device'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  enrolPhone,
  origin,
  type TestBrowser,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScreenLock } from '../../../dev/test-support/screen-lock.ts'
import { listPrompts } from '../../../dev/test-support/tab.ts'
import { acrVerifiedCode } from '../../../identity/policy/assurance.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'

const password = 'password of erika'

/** Erika with a phone that works, and a new one. */
async function setStage(db: Database) {
  const scene = createAuthenticatorScene(db)
  const { user, phone: old, id: oldId } = await enrolPhone(scene)
  scene.pass(minutes(1))
  const listNames = async () =>
    (await scene.factors.authenticators.list(db, user.id)).map(({ name }) => name)
  return { scene, user, old, oldId, listNames, next: scene.createPhone('Neues Telefon') }
}

async function confirmsLogin(
  scene: AuthenticatorScene,
  phone: ReturnType<AuthenticatorScene['createPhone']>,
  browserToken: string,
): Promise<string> {
  // Longer than the request of a move waits.
  scene.pass(minutes(3))
  const browser = await scene.openBrowser('erika', browserToken)
  await phone.approve(browser.code())
  return (await browser.look()).type
}

const listNotices = (browser: TestBrowser) =>
  listPrompts(browser.view()).flatMap((one) => (one.type === 'notice' ? [one.text.key] : []))

onEachEngine((engine) => {
  test(`a new phone replaces the old one after its code was entered there and it has answered (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, user, old, oldId, listNames, next } = await setStage(db)
    const link = await old.move(password)
    const read = readLink(link)
    assert.equal(read?.type, 'enrol')
    const offer = read.type === 'enrol' ? await fetchOffer(next.options, read) : undefined
    assert.equal(offer?.type === 'done' && offer.offered.offer.from, 'Telefon von erika')

    assert.equal((await next.enrol(link)).type, 'done')
    assert.deepEqual(await listNames(), ['Telefon von erika'])
    const code = await next.shownCode()
    assert.match(code ?? '', /^\d{6}$/)
    assert.equal(await next.approve(code ?? ''), 'nothing')

    const asked = await old.fetch()
    assert.equal(asked.type, 'done')
    const [request] = asked.pending.requests
    assert.equal(request?.kind, 'move')
    assert.equal(request?.device, 'Neues Telefon')
    assert.ok(!JSON.stringify(asked).includes(code ?? ''))
    assert.equal(await old.approve(code ?? ''), 'approved')
    assert.deepEqual(await listNames(), ['Telefon von erika'])

    assert.equal(await next.approve((await next.shownCode()) ?? ''), 'approved')
    assert.deepEqual(await listNames(), ['Neues Telefon'])
    assert.equal((await old.fetch()).type, 'ended')
    const fetched = await next.fetch()
    assert.equal(fetched.type === 'done' && fetched.pending.state, 'active')
    assert.equal(fetched.type === 'done' && fetched.pending.code, undefined)
    assert.equal(await confirmsLogin(scene, next, 'after'), 'finished')

    const kinds = scene.noticed.map(({ kind }) => kind)
    assert.deepEqual(
      kinds.filter((kind) => kind.startsWith('phone_')),
      ['phone_added', 'phone_moved'],
    )
    const [moved] = await scene.listAudit('authenticator_moved')
    const { id } = await next.account()
    const facts = { userId: user.id, deviceId: id, name: 'Neues Telefon' }
    assert.deepEqual(moved, { ...facts, fromId: oldId, fromName: 'Telefon von erika' })
    assert.equal((await scene.listAudit('authenticator_move_opened')).length, 1)
  })

  test(`a move that stops at any step leaves the old phone usable, and can begin again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, listNames } = await setStage(db)
    const stops = [
      async () => void (await old.move(password)),
      async () => void (await scene.createPhone().enrol(await old.move(password))),
      async () => {
        const phone = scene.createPhone()
        await phone.enrol(await old.move(password))
        await old.approve((await phone.shownCode()) ?? '')
      },
    ]
    for (const [at, stop] of stops.entries()) {
      await stop()
      assert.equal(await confirmsLogin(scene, old, `stopped ${at}`), 'finished')
      assert.deepEqual(await listNames(), ['Telefon von erika'])
    }
    const phone = scene.createPhone('Endlich neu')
    await phone.enrol(await old.move(password))
    await old.approve((await phone.shownCode()) ?? '')
    await phone.approve((await phone.shownCode()) ?? '')
    assert.deepEqual(await listNames(), ['Endlich neu'])
  })

  test(`lost replies have no effect on either phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { old, next, listNames } = await setStage(db)
    old.trouble.lost = 2
    const link = await old.move(password)
    assert.equal(readLink(link)?.type, 'enrol')
    next.trouble.lost = 2
    await next.enrol(link)
    next.trouble.lost = 0
    assert.equal((await next.enrol(link)).type, 'done')
    const code = (await next.shownCode()) ?? ''
    const fetched = await old.fetch()
    assert.equal(fetched.type === 'done' && fetched.pending.requests.length, 1)
    old.trouble.lost = 0
    assert.equal(await old.approve(code), 'approved')
    assert.equal(await next.approve(code), 'approved')
    assert.deepEqual(await listNames(), ['Neues Telefon'])
  })

  test(`A6: a thief with a picture of the QR code of a move gains nothing if the owner denies (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, next, listNames } = await setStage(db)
    const link = await old.move(password)
    const thief = scene.createPhone('Neues Telefon')
    assert.equal((await thief.enrol(link)).type, 'done')
    const shownByThief = await thief.shownCode()
    // The owner scans too, and the app says that another phone was faster.
    assert.equal((await next.enrol(link)).type, 'used')
    assert.equal(await thief.approve(shownByThief ?? ''), 'nothing')
    assert.equal(await old.answer({ decision: 'deny' }), 'denied')
    assert.equal((await thief.fetch()).type, 'ended')
    assert.deepEqual(await listNames(), ['Telefon von erika'])
    assert.equal(await confirmsLogin(scene, old, 'after'), 'finished')
  })

  test(`A6: of two phones that scan the same QR code neither is accepted, and the user is notified (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, next, listNames } = await setStage(db)
    const link = readLink(await old.move(password))
    assert.equal(link?.type, 'enrol')
    if (link.type !== 'enrol') return
    const seen = await fetchOffer(next.options, link)
    assert.equal(seen.type, 'done')
    if (seen.type !== 'done') return
    const thief = scene.createPhone()
    const device = { name: 'Neues Telefon', platform: 'android' } as const
    assert.equal((await enrolDevice(thief.options, seen.offered, device)).type, 'done')
    const shownByThief = await thief.shownCode()
    assert.equal((await enrolDevice(next.options, seen.offered, device)).type, 'used')
    assert.ok(scene.noticed.some(({ kind }) => kind === 'both_phones_refused'))
    assert.equal((await thief.fetch()).type, 'ended')
    assert.equal(await old.approve(shownByThief ?? ''), 'nothing')
    assert.equal(await thief.approve(shownByThief ?? ''), 'ended')
    assert.deepEqual(await listNames(), ['Telefon von erika'])
    assert.equal(await confirmsLogin(scene, old, 'after'), 'finished')
  })

  test(`A6: a phone that has only scanned the QR code of a move can confirm neither a login nor its own move (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, listNames } = await setStage(db)
    const thief = scene.createPhone()
    await thief.enrol(await old.move(password))
    const code = (await thief.shownCode()) ?? ''
    const browser = await scene.openBrowser('erika', 'of the thief')
    assert.equal(await thief.approve(code), 'nothing')
    assert.equal(await thief.move(password), 'refused')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
    assert.deepEqual(await listNames(), ['Telefon von erika'])
  })

  test(`A53: a finder of an unlocked phone cannot move it without the password, and can guess only slowly (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, listNames } = await setStage(db)
    const outcomes: string[] = []
    for (let times = 0; times < 8; times++) outcomes.push(await old.move(`guess ${times}`))
    assert.equal(outcomes[0], 'wrong_password')
    assert.equal(outcomes.at(-1), 'limit')
    assert.equal(await old.move(password), 'limit')
    await scene.flushTries({ all: true })
    const written = (await scene.listAudit('login_failed')).map(({ times }) => Number(times))
    assert.deepEqual(written, [1, outcomes.indexOf('limit') - 1])
    // The owner logs in meanwhile: the guesses were counted for the phone.
    assert.equal(await confirmsLogin(scene, old, 'of the owner'), 'finished')
    scene.pass(minutes(20))
    assert.equal(readLink(await old.move(password))?.type, 'enrol')
    assert.deepEqual(await listNames(), ['Telefon von erika'])
  })

  test(`the user can refuse the new phone on the old one, and three wrong codes refuse it too (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, listNames } = await setStage(db)
    const refused = scene.createPhone('Abgelehnt')
    await refused.enrol(await old.move(password))
    assert.equal(await old.answer({ decision: 'deny' }), 'denied')
    assert.equal((await refused.fetch()).type, 'ended')
    const guessed = scene.createPhone('Geraten')
    await guessed.enrol(await old.move(password))
    const code = (await guessed.shownCode()) ?? ''
    const wrong = code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`
    for (let times = 0; times < 3; times++) assert.equal(await old.approve(wrong), 'wrong_code')
    assert.equal(await old.approve(code), 'nothing')
    assert.equal((await guessed.fetch()).type, 'ended')
    assert.deepEqual(
      await scene
        .listAudit('authenticator_move_refused')
        .then((all) => all.map(({ name }) => name)),
      ['Abgelehnt', 'Geraten'],
    )
    assert.deepEqual(await listNames(), ['Telefon von erika'])
  })

  test(`a removed old phone ends its move, and the waiting new phone never becomes active (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, user, old, oldId, next, listNames } = await setStage(db)
    await next.enrol(await old.move(password))
    const code = (await next.shownCode()) ?? ''
    assert.equal(await old.approve(code), 'approved')
    await transact(db, (tx) =>
      scene.factors.authenticators.remove(tx, { userId: user.id, id: oldId }),
    )
    assert.equal(await next.approve(code), 'ended')
    assert.deepEqual(await listNames(), [])
  })

  test(`while requests are blocked after a report, no move begins or completes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, next, listNames } = await setStage(db)
    await next.enrol(await old.move(password))
    const code = (await next.shownCode()) ?? ''
    assert.equal(await old.approve(code), 'approved')
    scene.pass(minutes(1))
    await db
      .updateTable('users')
      .set({ push_blocked_until: scene.clock.now() + minutes(60) })
      .execute()
    assert.equal(await next.approve(code), 'superseded')
    assert.equal((await next.fetch()).type, 'ended')
    assert.equal(await old.move(password), 'refused')
    assert.deepEqual(await listNames(), ['Telefon von erika'])
  })

  test(`A1: a login by a password thief does not supersede the request of a move, and its page says that it waits (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, user, old, next, listNames } = await setStage(db)
    await next.enrol(await old.move(password))
    const code = (await next.shownCode()) ?? ''
    const thief = await scene.openBrowser('erika', 'thief')
    assert.deepEqual(listNotices(thief), ['approval.busy.text'])
    await thief.submit('retry')
    assert.deepEqual(listNotices(thief), ['approval.busy.text'])
    assert.equal((await scene.stores.challenges.findTrialLimit(db, user.id, 'own'))?.type, 'busy')
    const fetched = await old.fetch()
    assert.equal(fetched.type, 'done')
    assert.deepEqual(
      fetched.pending.requests.map(({ kind }) => kind),
      ['move'],
    )
    assert.equal(await old.approve(code), 'approved')
    assert.equal(await next.approve(code), 'approved')
    assert.deepEqual(await listNames(), ['Neues Telefon'])
    assert.equal(await confirmsLogin(scene, next, 'after'), 'finished')
  })

  test(`an unanswered request of a move delays a login for two minutes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, next } = await setStage(db)
    await next.enrol(await old.move(password))
    const browser = await scene.openBrowser('erika', 'another')
    scene.pass(minutes(2))
    await browser.submit('retry')
    assert.equal(browser.step(), 'authenticator/confirm')
    assert.equal(await old.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`a copy that asks for a move ends the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old, listNames } = await setStage(db)
    const copy = old.copy()
    assert.equal(readLink(await copy.move(password))?.type, 'enrol')
    const { id } = await old.account()
    assert.equal((await openMove(old.options, id, password)).type, 'copied')
    assert.deepEqual(await listNames(), [])
    assert.ok(scene.noticed.some(({ kind }) => kind === 'phone_copied'))
  })

  test(`a phone refuses a replayed reply of an earlier move, even if both moves have the same id (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { old, oldId } = await setStage(db)
    const { call } = old.options
    const replies: Awaited<ReturnType<typeof call>>[] = []
    const move = async (isReplayed: boolean) =>
      await openMove(
        {
          ...old.options,
          randomId: () => 'the-same',
          async call(asked) {
            replies.push(await call(asked))
            return (isReplayed ? replies[0] : replies.at(-1)) as never
          },
        },
        oldId,
        password,
      )
    const first = await move(false)
    assert.equal(first.type === 'done' && first.moved.outcome, 'open')
    assert.equal((await move(true)).type, 'broken')
    const third = await move(false)
    assert.equal(third.type === 'done' && third.moved.outcome, 'open')
  })

  test(`the app of another server gets no link, as it must not ask for the password (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { old, oldId } = await setStage(db)
    const elsewhere = { ...old.options, app: 'https://peer.example' }
    assert.equal((await openMove(elsewhere, oldId, password)).type, 'malformed')
  })

  test(`a phone gets at most ten links for a move in ten minutes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, old } = await setStage(db)
    scene.pass(minutes(11))
    const links: string[] = []
    for (let times = 0; times < 11; times++) links.push(await old.move(password))
    assert.equal(links.filter((link) => readLink(link)?.type === 'enrol').length, 10)
    assert.equal(links.at(-1), 'refused')
    const [first = ''] = links
    assert.equal((await scene.createPhone().enrol(first)).type, 'unknown')
  })

  test(`A53: a phone with a screen lock moves only after verifying its owner, and only to a phone with a screen lock (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const site = { rpId: 'login.example', origin }
    const lock = createScreenLock(site)
    const { user, phone: old } = await enrolPhone(scene, 'erika', lock)
    scene.pass(minutes(1))
    lock.isRefused = true
    assert.equal(await old.move(password), 'not_verified')
    // A thief leaves the proof out.
    await old.store.update((await old.account()).id, ({ credentialId: _, ...others }) => others)
    assert.equal(await old.move(password), 'not_verified')
    assert.equal(await old.move('a guess'), 'not_verified')
    const { id } = await old.account()
    await old.store.update(id, (now) => ({ ...now, credentialId: 'again' }))
    lock.isRefused = false
    const link = await old.move(password)
    const without = scene.createPhone('Ohne')
    assert.notEqual((await without.enrol(link)).type, 'done')
    const next = scene.createPhone('Neues Telefon', createScreenLock(site))
    assert.equal((await next.enrol(link)).type, 'done')
    await old.approve((await next.shownCode()) ?? '')
    assert.equal(await next.approve((await next.shownCode()) ?? ''), 'approved')
    const all = await scene.factors.authenticators.list(db, user.id)
    assert.deepEqual(
      all.map(({ name, level }) => [name, level]),
      [['Neues Telefon', acrVerifiedCode]],
    )
  })
})
