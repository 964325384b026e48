// The Einlass authenticator from end to end: the real engine and journeys, and a phone that runs the code of the app.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAuthenticatorScene,
  enrolPhone,
  origin,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { acrCode } from '../../../identity/policy/assurance.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'

onEachEngine((engine) => {
  test(`a phone is enrolled with the code of the page, and the next login is confirmed with it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const user = await scene.addPerson()
    const browser = await scene.openBrowser()
    assert.equal(browser.step(), 'second-factor/offer')
    await browser.submit('authenticator')
    assert.equal(browser.step(), 'authenticator/enrol')
    assert.equal((await browser.status())?.final, false)

    const phone = scene.createPhone('Diensttelefon')
    const enrolled = await phone.enrol(browser.link())
    assert.equal(enrolled.type, 'done')
    assert.equal((await browser.status())?.final, true)
    await browser.look()
    assert.equal(browser.step(), 'authenticator/test')
    const { id } = await phone.account()
    const { status } = (await scene.stores.devices.find(db, id)) ?? {}
    assert.equal(status, 'new')
    const fetched = await phone.fetch()
    assert.equal(fetched.type === 'done' && fetched.pending.state, 'new')
    assert.equal(await phone.approve(browser.code()), 'approved')
    assert.equal((await browser.status())?.final, true)
    await browser.look()
    assert.notEqual(browser.step(), 'authenticator/test')
    const [one] = await scene.factors.authenticators.list(db, user.id)
    assert.equal(one?.name, 'Diensttelefon')
    assert.equal(one?.level, acrCode)

    scene.pass(60_000)
    const next = await scene.openBrowser('erika', 'another')
    assert.equal(next.step(), 'authenticator/confirm')
    const request = await phone.fetch()
    assert.equal(request.type, 'done')
    const [waiting] = request.pending.requests
    const { kind, account, app, browser: shown, place, digits } = waiting ?? {}
    assert.deepEqual(
      { kind, account, app, shown, place, digits },
      {
        kind: 'login',
        account: 'erika',
        app: 'mail',
        shown: 'Firefox on Windows',
        place: 'Zentrale',
        digits: 6,
      },
    )
    assert.ok(!JSON.stringify(request).includes(next.code()))
    assert.equal(await phone.approve(next.code()), 'approved')
    const end = await next.look()
    assert.equal(end.type, 'finished')
    const session = end.type === 'finished' ? await scene.sessions.find(end.token) : undefined
    assert.equal(session?.acr, acrCode)
    assert.deepEqual(session?.amr, ['pwd', 'swk', 'user', 'mfa'])
  })

  for (const { wanted, title, app, confirms } of [
    { wanted: {}, title: 'push.title', app: 'Overview of your apps', confirms: undefined },
    {
      wanted: { confirms: 'account' },
      title: 'phone_code.account.title',
      app: 'Your account',
      confirms: 'account',
    },
  ] as const) {
    test(`the page and the phone show the same name for the confirmed app: ${app} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createAuthenticatorScene(db)
      const { phone } = await enrolPhone(scene)
      scene.pass(60_000)
      const browser = await scene.openBrowser('erika', 'another', wanted)
      assert.equal(browser.title(), title)
      const shown = browser.find('facts').rows[0]?.value
      assert.ok(typeof shown === 'object')
      assert.equal(createTranslator('en')(shown), app)
      const fetched = await phone.fetch()
      assert.equal(fetched.type, 'done')
      const [request] = fetched.pending.requests
      assert.deepEqual([request?.app, request?.confirms], [app, confirms])
    })
  }

  test(`a phone gets the words of a request in its own language (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(60_000)
    await scene.openBrowser('erika', 'another', {})
    for (const [language, browser, app] of [
      ['de', 'Firefox auf Windows', 'Übersicht Ihrer Anwendungen'],
      ['en-GB', 'Firefox on Windows', 'Overview of your apps'],
      ['fr', 'Firefox on Windows', 'Overview of your apps'],
    ] as const) {
      const fetched = await phone.fetch(language)
      assert.equal(fetched.type, 'done')
      const [request] = fetched.pending.requests
      assert.deepEqual([request?.browser, request?.app], [browser, app])
    }
  })

  test(`a scan of the QR code on the page replaces the code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    scene.pass(60_000)
    const browser = await scene.openBrowser('erika', 'another')
    assert.ok(browser.link().startsWith(`${origin}/authenticator#approve.1.`))
    const scan = browser.link().split('.').at(-1) ?? ''
    assert.equal(await phone.answer({ decision: 'approve', scan }), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`the server informs only the phone that is asked of a request, and at once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createAuthenticatorScene(db)
    const { phone } = await enrolPhone(scene)
    const max = await enrolPhone(scene, 'max')
    const listen = async (body: string) => {
      const headers = { 'content-type': 'application/jose' }
      const request = new Request(`${origin}/authenticator/v1/events`, {
        ...{ method: 'POST', body, headers },
      })
      const { method, url, body: stream } = request
      return await scene.openDeviceStream({ method, url, headers: request.headers, body: stream })
    }
    await phone.fetch()
    await max.phone.fetch()
    const heard: string[] = []
    for (const [name, one] of [
      ['erika', phone],
      ['max', max.phone],
    ] as const) {
      const opened = await listen(one.sent.at(-1)?.body ?? '')
      assert.equal(opened.type, 'open')
      if (opened.type === 'open') scene.events.listen(opened.topic, () => void heard.push(name))
    }
    const refused = await listen('no message')
    assert.equal(refused.type === 'refused' && refused.reply.status, 400)
    scene.pass(60_000)
    await scene.openBrowser('erika', 'another')
    assert.deepEqual(heard, ['erika'])
  })
})
