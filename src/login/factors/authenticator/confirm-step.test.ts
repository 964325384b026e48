import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAuthenticatorScene,
  enrolPhone,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import type { Policy } from '../../../identity/policy/policy.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'

const policy: Policy = { secondFactor: 'required', level: 'possession', skips: 0, decline: false }

onEachEngine((engine) => {
  test(`a user who returns from the other factors finds the open request with its code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { policy })
    const { user, phone } = await enrolPhone(scene)
    const { store } = scene.factors.totp
    const totpId = store.newId()
    await store.add(db, { id: totpId, userId: user.id, name: 'Codes' })
    await store.activate(db, totpId, 1)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(browser.step(), 'authenticator/confirm')
    const code = browser.code()
    await browser.submit('other')
    assert.equal(browser.step(), 'second-factor/other')
    await browser.submit('authenticator')
    assert.equal(browser.step(), 'authenticator/confirm')
    assert.equal(browser.code(), code)
    assert.equal(await phone.approve(code), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`the page of a superseded request leads to the newer login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    await enrolPhone(scene)
    scene.pass(minutes(1))
    const first = await scene.openBrowser('erika', 'same')
    scene.pass(seconds(5))
    const second = await scene.openBrowser('erika', 'same')
    assert.equal(second.step(), 'authenticator/confirm')
    const followed = await first.look()
    assert.equal(followed.type, 'moved')
  })

  test(`pressing the button again too early makes no second request (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    const before = await scene.findChallenge(id)
    await browser.submit('resend')
    assert.equal((await scene.findChallenge(id)).id, before.id)
    scene.pass(seconds(25))
    await browser.submit('resend')
    assert.notEqual((await scene.findChallenge(id)).id, before.id)
  })

  test(`a phone on which its owner removes the account ends the page that waits for it, and stays an authenticator (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { policy })
    const { user, phone, id } = await enrolPhone(scene)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(browser.step(), 'authenticator/confirm')
    const code = browser.code()
    const asked = await scene.findChallenge(id)
    assert.equal((await phone.change({ left: true })).type, 'done')
    assert.equal((await phone.change({ left: true })).type, 'done')
    await browser.look()
    assert.equal(browser.title(), 'push.no_device.title')
    const next = await scene.openBrowser('erika', 'next')
    assert.equal(next.title(), 'push.no_device.title')
    // The password alone enrols nothing: the account still has its second factor.
    const listed = await scene.factors.authenticators.list(db, user.id)
    assert.deepEqual(
      listed.map(({ canBeTested, facts }) => [canBeTested, facts?.[0]?.value]),
      [[false, { key: 'authenticator.removed_there' }]],
    )
    assert.equal((await scene.listAudit('authenticator_left')).length, 1)
    assert.equal((await scene.stores.challenges.find(db, asked.id))?.status, 'superseded')
    // A copy of the reading key can say so as well: a phone that still has the account heals that by asking.
    assert.equal((await phone.fetch()).type, 'done')
    const later = await scene.openBrowser('erika', 'later')
    assert.equal(later.step(), 'authenticator/confirm')
    assert.notEqual(later.code(), code)
    assert.equal(await phone.approve(later.code()), 'approved')
  })

  test(`a login goes on with another second factor when the account is removed on the phone that was asked (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { policy })
    const { user, phone } = await enrolPhone(scene)
    const { store } = scene.factors.totp
    const totpId = store.newId()
    await store.add(db, { id: totpId, userId: user.id, name: 'Codes' })
    await store.activate(db, totpId, 1)
    scene.pass(minutes(1))
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(browser.step(), 'authenticator/confirm')
    await phone.change({ left: true })
    await browser.look()
    assert.equal(browser.step(), 'second-factor/other')
  })
})
