import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { readForm } from '../../dev/test-support/plain-browser.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { transact } from '../../platform/storage/transact.ts'
import { icon } from '../../platform/ui/icons.ts'

type Setting = Awaited<ReturnType<typeof createAccountScene>>

const path = '/account/sessions'

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const setting = await createAccountScene(db)
      t.after(() => setting.settle())
      await run(setting)
    })

  on(
    'a browser on a phone has the sign of a phone, and another one that of a screen',
    async (setting) => {
      const one = await setting.loggedIn()
      await setting.sessions.create(setting.db, {
        userId: setting.erika.id,
        amr: ['pwd'],
        acr: 'x',
        authenticatedAt: setting.clock.now(),
        client: { address: '203.0.113.7', userAgent: 'Mozilla/5.0 (iPhone) Safari/604.1' },
      })
      const { text } = await one.open(path)
      const rows = [
        ...text.matchAll(/<li>(<svg.*?<\/svg>)<span class="pick-text"><strong[^>]*>([^<]*)/g),
      ]
      const signs = new Map(rows.map(([, sign, browser]) => [browser, sign]))
      assert.deepEqual([...signs.keys()], ['Firefox on Windows', 'Safari on iPhone'])
      assert.equal(signs.get('Firefox on Windows'), icon('screen').toString())
      assert.equal(signs.get('Safari on iPhone'), icon('phone').toString())
    },
  )

  on(
    'the page shows browser and place of each session, and marks the current session',
    async (setting) => {
      const one = await setting.loggedIn()
      await setting.sessions.create(setting.db, {
        userId: setting.erika.id,
        amr: ['pwd'],
        acr: 'x',
        authenticatedAt: setting.clock.now(),
        client: { address: '203.0.113.7', userAgent: '<b>' },
      })
      const { text } = await one.open(path)
      assert.match(
        text,
        /Firefox on Windows<\/strong><span class="pick-hint"><span class="exact">Office/,
      )
      assert.match(
        text,
        /Unknown browser<\/strong><span class="pick-hint"><span class="exact">203\.<wbr>0\.<wbr>113\.<wbr>7/,
      )
      assert.equal(text.match(/This browser/g)?.length, 1)
      assert.equal(text.match(/action="\/account\/sessions\/ses_[^"]*\/end"/g)?.length, 1)
      assert.ok(!text.includes(`/${one.sessionId}/end`))
      assert.equal(text.match(/href="\/logout"/g)?.length, 1)
    },
  )

  on(
    'a user can end another session, which ends once and notifies the listeners',
    async (setting) => {
      const one = await setting.loggedIn()
      const other = await setting.loggedIn()
      const end = () => one.post(`${path}/${other.sessionId}/end`, {})
      const replies = await Promise.all([end(), end(), end()])
      for (const { status, location } of replies) {
        assert.deepEqual([status, location], [303, `${path}?ended`])
      }
      assert.equal(await setting.sessions.findById(other.sessionId), undefined)
      assert.ok(await setting.sessions.findById(one.sessionId))
      assert.deepEqual(setting.ended, [other.sessionId])
      assert.deepEqual(await setting.events(), ['session_ended'])
      assert.match((await one.open(`${path}?ended`)).text, /Signed out/)
    },
  )

  on('a user can end all other sessions, and the current session continues', async (setting) => {
    const one = await setting.loggedIn()
    const others = [await setting.loggedIn(), await setting.loggedIn()]
    const foreign = await setting.loggedIn({ user: await setting.addUser('max') })
    await one.post(`${path}/end-others`, {})
    await one.post(`${path}/end-others`, {})
    assert.deepEqual(setting.ended.toSorted(), others.map(({ sessionId }) => sessionId).toSorted())
    assert.deepEqual(await setting.events(), ['session_ended', 'session_ended'])
    for (const { sessionId } of [one, foreign]) {
      assert.ok(await setting.sessions.findById(sessionId))
    }
    assert.doesNotMatch((await one.open(path)).text, /end-others/)
  })

  on(
    'the page of an ended login gives the reason, as far as the user may know it',
    async (setting) => {
      const { logins, erika, db } = setting
      const { id: appId } = (
        await setting.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
      ).app
      const begin = `/login?continue=${setting.continuations.sign({ returnTo: '/', appId })}`
      for (const [reason, text] of [
        ['not_me', /reported with “This was not me”/],
        ['ended_by_owner', /together with other sign-ins/],
        ['ended_by_admin', /together with other sign-ins/],
        ['logout', /when you signed out in this browser/],
        ['password_set', /cancelled, or ended from elsewhere/],
      ] as const) {
        const one = setting.browser()
        const right = { username: 'erika', password: 'password of erika' }
        const begun = await one.answer(await one.open(begin), right)
        assert.equal(begun.status, 200)
        await transact(db, (tx) => logins.endUnfinished(tx, { userId: erika.id, reason }))
        const page = await one.open(readForm(begun).action)
        assert.equal(page.status, 410)
        assert.match(page.text, text)
      }
    },
  )

  on('a session of another user is answered like an unknown one', async (setting) => {
    const one = await setting.loggedIn()
    const foreign = await setting.loggedIn({ user: await setting.addUser('max') })
    for (const id of [foreign.sessionId, 'ses_unknown', '%00']) {
      assert.equal((await one.post(`${path}/${id}/end`, {})).status, 404)
    }
    assert.ok(await setting.sessions.findById(foreign.sessionId))
    assert.deepEqual([setting.ended, await setting.events()], [[], []])
  })

  on(
    'a form with a wrong token ends no session, and an old login is enough to end one',
    async (setting) => {
      const one = await setting.loggedIn({ ago: minutes(60) })
      const other = await setting.loggedIn()
      for (const action of [`${other.sessionId}/end`, 'end-others']) {
        assert.equal((await one.post(`${path}/${action}`, { form_token: 'x' })).status, 403)
      }
      assert.ok(await setting.sessions.findById(other.sessionId))
      assert.equal((await one.post(`${path}/${other.sessionId}/end`, {})).status, 303)
      assert.deepEqual(setting.ended, [other.sessionId])
    },
  )
})
