// Linked TOTP with the real steps of both factors: the codes are enrolled and removed together with their phone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decryptText } from '#authenticator'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  enrolPhone,
} from '../../../dev/test-support/authenticator-scene.ts'
import { testKeyring } from '../../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { findBrokenValues } from '../../../platform/storage/sealed-values.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { createAuthenticatorAdministration } from '../authenticator-operations.ts'
import { omitLinked } from '../authenticators.ts'

const listKinds = async ({ db, factors }: AuthenticatorScene, userId: Id<'user'>) =>
  (await factors.authenticators.list(db, userId)).map(({ kind }) => kind).sort()

onEachEngine((engine) => {
  test(`the codes of a phone become active only together with the phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    const user = await scene.addPerson()
    const browser = await scene.openBrowser()
    await browser.submit('authenticator')
    const phone = scene.createPhone('Pixel')
    await phone.enrol(browser.link())
    await browser.look()
    await phone.fetch()
    assert.equal((await phone.account()).codes?.state, 'new')
    assert.deepEqual(await listKinds(scene, user.id), [])
    await phone.approve(browser.code())
    await browser.look()
    await phone.fetch()
    assert.equal((await phone.account()).codes?.state, 'active')
    assert.deepEqual(await listKinds(scene, user.id), ['authenticator', 'totp'])
  })

  test(`a phone is asked first after its own codes were used, but not after codes of another app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    const { user } = await enrolPhone(scene)
    const { store } = scene.factors.totp
    const all = await scene.factors.authenticators.list(db, user.id)
    assert.deepEqual(
      omitLinked(all).map(({ kind }) => kind),
      ['authenticator'],
    )
    const [codes] = await store.listActive(db, user.id)
    scene.pass(60_000)
    assert.equal(await store.spend(db, codes?.id ?? '', 99_999_999), true)
    assert.equal(await scene.factors.findFirst(db, user.id), 'authenticator')
    const other = store.newId()
    await store.add(db, { id: other, userId: user.id, name: 'Tablet' })
    await store.activate(db, other, 1)
    scene.pass(60_000)
    assert.equal(await store.spend(db, other, 2), true)
    assert.equal(await scene.factors.findFirst(db, user.id), 'totp')
  })

  test(`a phone gets no codes unless the configuration enables them (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { user, phone } = await enrolPhone(scene)
    assert.equal((await phone.account()).codes, undefined)
    assert.deepEqual(await listKinds(scene, user.id), ['authenticator'])
  })

  test(`the codes of a phone are removed when its enrolment is abandoned (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    await scene.addPerson()
    const browser = await scene.openBrowser()
    await browser.submit('authenticator')
    const phone = scene.createPhone()
    await phone.enrol(browser.link())
    await browser.look()
    assert.equal((await db.selectFrom('totp_authenticators').select('id').execute()).length, 1)
    await browser.submit('back')
    assert.deepEqual(await db.selectFrom('totp_authenticators').select('id').execute(), [])
  })

  test(`A53: one operator alone cannot remove a phone with its codes, which are one factor (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    const { user, id } = await enrolPhone(scene)
    const { authenticators } = scene.factors
    const refuseAlone = async () => {
      throw new Fault('not_allowed', 'It needs two')
    }
    const desk = createAuthenticatorAdministration({ ...scene, db, authenticators, refuseAlone })
    const alice = { type: 'administrator', name: 'cli:alice', person: 'alice' } as const
    await assert.rejects(desk.removeFor(alice, 'erika', { id, endsAll: false }), {
      code: 'not_allowed',
    })
    assert.deepEqual(await listKinds(scene, user.id), ['authenticator', 'totp'])
  })

  test(`removing a phone removes its codes, and a phone learns when only its codes were removed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    const erika = await enrolPhone(scene)
    const max = await enrolPhone(scene, 'max')
    const remove = (userId: typeof max.user.id, id: string) =>
      transact(db, (tx) => scene.factors.authenticators.remove(tx, { userId, id }))
    await remove(erika.user.id, erika.id)
    assert.deepEqual(await listKinds(scene, erika.user.id), [])
    assert.deepEqual(await findBrokenValues(db, testKeyring), [])
    const all = await scene.factors.authenticators.list(db, max.user.id)
    await remove(max.user.id, all.find(({ kind }) => kind === 'totp')?.id ?? '')
    assert.deepEqual(await listKinds(scene, max.user.id), ['authenticator'])
    await max.phone.fetch()
    assert.equal((await max.phone.account()).codes, undefined)
  })

  test(`when a copy of a phone is detected, the codes of the phone are removed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    const { user, phone } = await enrolPhone(scene)
    const copy = phone.copy()
    for (const one of [phone, copy]) {
      scene.pass(60_000)
      const browser = await scene.openBrowser('erika', 'another')
      await one.approve(browser.code())
      await browser.look()
    }
    assert.deepEqual(await listKinds(scene, user.id), [])
  })

  test(`an attacker who reads the messages cannot read the secret of the codes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db, { hasCodes: true })
    await scene.addPerson()
    const browser = await scene.openBrowser()
    await browser.submit('authenticator')
    const phone = scene.createPhone()
    await phone.enrol(browser.link())
    const enrol = phone.sent.find(({ url }) => url.endsWith('/enrol'))
    const again = await scene.ask(
      new Request(enrol?.url ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/jose' },
        body: enrol?.body ?? '',
      }),
    )
    const [, claims = ''] = (await again.text()).split('.')
    const { totp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    assert.equal(totp.split('.').length, 5)
    const other = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveBits',
    ])
    assert.equal(await decryptText(totp, other.privateKey), undefined)
  })
})
