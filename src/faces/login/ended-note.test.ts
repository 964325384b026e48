import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { en } from '../../platform/ui/messages/en.ts'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  for (const [reason, text] of [
    ['ended_by_admin', en['login.ended.desk']],
    ['password_set', en['login.ended.password_set']],
    ['password_reset', en['login.ended.password']],
    ['not_me', en['login.ended.report']],
    ['user_disabled', en['login.ended.other']],
    ['anything', en['login.ended.other']],
    ['logout', undefined],
  ] as const) {
    test(say(`the first page says why a session was over: ${reason}`), async (t) => {
      const { db } = await engine.open(t)
      const scene = await createAccountScene(db)
      const browser = await scene.loggedIn()
      await scene.sessions.end(db, browser.sessionId, reason)
      const { text: page } = await browser.get('/login')
      const said = Object.entries(en).filter(
        ([key, words]) => key.startsWith('login.ended.') && page.includes(`${words}`),
      )
      assert.deepEqual(
        said.map(([, words]) => words),
        text === undefined ? [] : [text],
      )
    })
  }

  test(say('a session that was not used, or for too long, is called that'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createAccountScene(db)
    const [idle, long] = [await scene.loggedIn(), await scene.loggedIn()]
    for (let n = 0; n < 12; n += 1) {
      scene.clock.pass(minutes(59))
      await long.get('/account')
      await scene.sessions.settled()
    }
    scene.clock.pass(minutes(50))
    const read = async (browser: typeof idle) => (await browser.get('/login')).text
    assert.ok((await read(idle)).includes(en['login.ended.idle']))
    assert.ok((await read(long)).includes(en['login.ended.absolute']))
    // An act that came later is not why.
    await scene.sessions.end(db, idle.sessionId, 'ended_by_admin')
    assert.ok((await read(idle)).includes(en['login.ended.idle']))
  })

  test(say('a browser without that session, or with a made-up one, hears nothing'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createAccountScene(db)
    const browser = await scene.loggedIn()
    await scene.sessions.end(db, browser.sessionId, 'ended_by_admin')
    const note = en['login.ended.desk']
    assert.ok((await browser.get('/login')).text.includes(note))
    const answers = { username: 'erika', password: 'wrong', action: 'login' }
    const form_token = browser.formToken()
    await browser.post('/login', { ...answers, form_token, version: '0' })
    browser.jar.set('einlass_session', 'another')
    assert.ok(!(await browser.get('/login')).text.includes(note))
    browser.jar.delete('einlass_session')
    assert.ok(!(await browser.get('/login')).text.includes(note))
  })
})
