// A phone whose enrolment was not verified, when its owner comes back: with the real engine and the code of the app.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLink } from '#authenticator'
import { enrolDevice, fetchOffer } from '#authenticator-device'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  origin,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScreenLock } from '../../../dev/test-support/screen-lock.ts'
import type { Policy } from '../../../identity/policy/policy.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'

/** A phone that was registered by a page which was then left, and the page of a later login. */
async function setStage(db: Database, { hasLock = false } = {}, policy?: Policy) {
  const scene = createAuthenticatorScene(db, policy && { policy })
  const user = await scene.addPerson()
  const left = await scene.openBrowser('erika', 'left')
  await left.submit('authenticator')
  const lock = hasLock ? createScreenLock({ rpId: 'login.example', origin }) : undefined
  const phone = scene.createPhone('Diensttelefon', lock)
  assert.equal((await phone.enrol(left.link())).type, 'done')
  await left.look()
  const comeBack = async (token = 'later') => {
    scene.pass(minutes(10))
    const later = await scene.openBrowser('erika', token)
    await later.submit('authenticator')
    return later
  }
  const listNames = async () =>
    (await scene.factors.authenticators.list(db, user.id)).map(({ name }) => name)
  return { scene, user, left, phone, comeBack, listNames }
}

/** Ends all logins, also that of the abandoned page. */
const endLogins = ({ db, clock }: AuthenticatorScene) =>
  db.updateTable('journeys').set({ finished_at: clock.now() }).execute()

/** Another phone that has seen a link, and uses it later. */
async function seeLink(scene: AuthenticatorScene, text: string) {
  const { options } = scene.createPhone('Zweites')
  const link = readLink(text)
  const seen = link?.type === 'enrol' ? await fetchOffer(options, link) : undefined
  if (seen?.type !== 'done') throw new Error('no offer')
  const device = { name: 'Zweites', platform: 'android' } as const
  return async () => (await enrolDevice(options, seen.offered, device)).type
}

onEachEngine((engine) => {
  test(`an unverified phone is offered at the next login, and becomes active with its code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { phone, comeBack, listNames } = await setStage(db)
    const later = await comeBack()
    assert.equal(later.title(), 'resume.title')
    assert.equal(later.find('facts').rows[0]?.value, 'Diensttelefon')
    await later.submit('resume')
    assert.equal(later.step(), 'authenticator/test')
    assert.equal(await phone.approve(later.code()), 'approved')
    await later.look()
    assert.deepEqual(await listNames(), ['Diensttelefon'])
    assert.equal((await phone.fetch()).type, 'done')
  })

  test(`a new QR code removes the unverified phone, which learns of it, and the audit log records it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, user, phone, comeBack, listNames } = await setStage(db)
    const { id: deviceId } = await phone.account()
    const later = await comeBack()
    await later.submit('renew')
    const other = scene.createPhone('Anderes')
    assert.equal((await other.enrol(later.link())).type, 'done')
    assert.equal((await phone.fetch()).type, 'ended')
    await later.look()
    assert.equal(await other.approve(later.code()), 'approved')
    await later.look()
    assert.deepEqual(await listNames(), ['Anderes'])
    assert.deepEqual(await scene.listAudit('authenticator_rejected'), [])
    assert.deepEqual(await scene.listAudit('authenticator_removed'), [
      { userId: user.id, deviceId, name: 'Diensttelefon', by: user.id },
    ])
  })

  test(`a phone that the user reports as not theirs is removed, and the removal is in the audit log (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, user, phone, comeBack } = await setStage(db)
    const { id: deviceId } = await phone.account()
    const later = await comeBack()
    await later.submit('not_mine')
    assert.equal(later.title(), 'enrol.phone.title')
    assert.equal((await phone.fetch()).type, 'ended')
    assert.deepEqual(await scene.listAudit('authenticator_rejected'), [
      { userId: user.id, deviceId, name: 'Diensttelefon' },
    ])
  })

  test(`the user goes back from the offer, and finds it again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { phone, comeBack } = await setStage(db)
    const later = await comeBack()
    await later.submit('back')
    assert.equal(later.step(), 'second-factor/offer')
    await later.submit('authenticator')
    assert.equal(later.title(), 'resume.title')
    const fetched = await phone.fetch()
    assert.equal(fetched.type === 'done' && fetched.pending.state, 'new')
  })

  test(`A6: a phone that denied, guessed, shared its link or is a day old is not offered (${engine.name})`, async (t) => {
    const ends: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
      denied: ({ phone }) => phone.answer({ decision: 'deny' }),
      async guessed({ phone, left }) {
        const wrong = left.code().startsWith('0') ? '111111' : '000000'
        for (let times = 0; times < 3; times++) await phone.approve(wrong)
      },
      async shared({ scene, comeBack }) {
        const page = await comeBack('of the link')
        await page.submit('renew')
        const useLink = await seeLink(scene, page.link())
        await scene.createPhone('eins').enrol(page.link())
        assert.equal(await useLink(), 'used')
      },
      old: async ({ scene }) => scene.pass(hours(24)),
    }
    for (const [name, end] of Object.entries(ends)) {
      const { db } = await engine.open(t)
      const stage = await setStage(db)
      await end(stage)
      assert.equal((await stage.comeBack()).title(), 'enrol.phone.title', name)
    }
  })

  test(`a phone that is to replace another one, or whose level is now too low, is not offered (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const verified: Policy = {
      ...{ secondFactor: 'required', level: 'verified_code', skips: 0, decline: false },
    }
    const { comeBack } = await setStage(db, { hasLock: true }, verified)
    assert.equal((await comeBack()).title(), 'resume.title')
    await db.updateTable('authenticator_devices').set({ credential: null }).execute()
    assert.equal((await comeBack('without a lock')).title(), 'enrol.phone.title')

    const stage = await setStage((await engine.open(t)).db)
    const { id: moves_from } = await stage.phone.account()
    await stage.scene.db.updateTable('authenticator_registrations').set({ moves_from }).execute()
    assert.equal((await stage.comeBack()).title(), 'enrol.phone.title')
  })

  test(`A6: a phone whose enrolment continues in another browser is not named, taken over or removed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    await scene.addPerson()
    const own = await scene.openBrowser('erika', 'own')
    await own.submit('authenticator')
    const phone = scene.createPhone('Diensttelefon')
    await phone.enrol(own.link())
    const thief = await scene.openBrowser('erika', 'thief')
    await thief.submit('authenticator')
    assert.equal(thief.title(), 'enrol.phone.title')
    await own.look()
    scene.pass(minutes(1))
    for (const action of ['resume', 'renew', 'not_mine']) await thief.submit(action)
    assert.equal(await phone.approve(own.code()), 'approved')
    await own.look()
    assert.equal(own.step(), 'second-factor/done')
  })

  test(`A6: a phone that was resumed in another browser is neither offered nor removed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, phone, comeBack } = await setStage(db)
    // Almost as old as a phone without a verification can be.
    scene.pass(hours(23))
    const thief = await comeBack('thief')
    assert.equal(thief.title(), 'resume.title')
    const own = await comeBack('own')
    await own.submit('resume')
    await thief.submit('renew')
    const other = await scene.openBrowser('erika', 'other')
    await other.submit('authenticator')
    assert.equal(other.title(), 'enrol.phone.title')
    assert.equal(await phone.approve(own.code()), 'approved')
  })

  test(`an unverified phone is offered as soon as its login is over (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene } = await setStage(db)
    await endLogins(scene)
    const later = await scene.openBrowser('erika', 'later')
    await later.submit('authenticator')
    assert.equal(later.title(), 'resume.title')
  })

  for (const action of ['renew', 'not_mine'])
    test(`A6: the user refuses several phones enrolled with the password alone on one page (${action}) (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createAuthenticatorScene(db)
      const user = await scene.addPerson()
      const pages = []
      for (const token of ['eins', 'zwei', 'drei']) {
        const thief = await scene.openBrowser('erika', token)
        await thief.submit('authenticator')
        pages.push({ thief, token })
      }
      for (const { thief, token } of pages) {
        scene.pass(seconds(1))
        await scene.createPhone(token).enrol(thief.link())
      }
      scene.pass(minutes(10))
      const own = await scene.openBrowser('erika', 'own')
      await own.submit('authenticator')
      assert.equal(own.title(), 'resume.title')
      await own.submit(action)
      assert.equal(own.title(), 'enrol.phone.title')
      await own.submit('back')
      await own.submit('authenticator')
      assert.equal(own.title(), 'enrol.phone.title')
      const type = action === 'renew' ? 'authenticator_removed' : 'authenticator_rejected'
      const [event] = (await scene.listAudit(type)).slice(-1)
      assert.partialDeepStrictEqual(event, { userId: user.id, name: 'drei' })
    })

  test(`a second phone that uses the link of a resumed phone ends it, and the page says so (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    await scene.addPerson()
    const left = await scene.openBrowser('erika', 'left')
    await left.submit('authenticator')
    const link = left.link()
    const useLink = await seeLink(scene, link)
    await scene.createPhone().enrol(link)
    await endLogins(scene)
    const later = await scene.openBrowser('erika', 'later')
    await later.submit('authenticator')
    await later.submit('resume')
    assert.equal(await useLink(), 'used')
    await later.look()
    assert.equal(later.title(), 'phone_code.second.title')
  })
})

type Stage = Awaited<ReturnType<typeof setStage>>
