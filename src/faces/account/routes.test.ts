import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { publicUrl } from '../../dev/test-support/frame.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { acrNumber, acrPassword, acrPossession } from '../../identity/policy/assurance.ts'
import { accountRoutes } from './routes.ts'

async function start(engine: Engine, t: TestContext) {
  const { db } = await engine.open(t)
  const scene = await createAccountScene(db)
  const loggedIn = async (acr: string = acrPassword) => {
    const { raw, sessionId } = await scene.loggedIn({ acr })
    return { ...raw, sessionId }
  }
  const { choices } = scene.factors
  return { ...scene, db, choices, user: scene.erika, browser: () => scene.browser().raw, loggedIn }
}

type Setting = Awaited<ReturnType<typeof start>>

onEachEngine((engine) => {
  const on = (name: string, run: (setting: Setting) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => await run(await start(engine, t)))

  on(
    'without a session the start page and the account pages lead to the login',
    async ({ browser }) => {
      assert.equal((await browser().get('/')).headers.get('location'), '/login')
      for (const path of ['', '/authenticators', '/authenticators/add', '/sessions', '/activity']) {
        const reply = await browser().get(`/account${path}`)
        assert.equal(reply.status, 303)
        assert.match(reply.headers.get('location') ?? '', /^\/login\?continue=/, path)
      }
    },
  )

  on('the start page greets the user and shows the apps', async ({ loggedIn, tiles }) => {
    const one = await loggedIn()
    assert.match(await (await one.get('/')).text(), /erika/)
    tiles.push({ id: 'wiki', name: 'Wiki & Co', href: 'https://wiki.example.org/?a=1&b=2' })
    const text = await (await one.get('/')).text()
    assert.match(text, /href="https:\/\/wiki\.example\.org\/\?a=1&amp;b=2"/)
    assert.match(text, /Wiki &amp; Co/)
  })

  on(
    'the account page says which factors the session is based on',
    async ({ loggedIn, addPhone }) => {
      const said: [string, RegExp][] = [
        [acrPassword, /Password\. A [a-z]+ would be stronger\.</],
        [acrPossession, /Password and [a-z ]+\. A [a-z]+ would be stronger\.</],
        [acrNumber, /Password and phone with number[.<]/],
      ]
      for (const [acr, words] of said) {
        const one = await loggedIn(acr)
        const reply = await one.get('/account', { 'accept-language': 'en' })
        assert.match(await reply.text(), words)
      }
      await addPhone('Mein <Handy>')
      const text = await (await (await loggedIn()).get('/account')).text()
      assert.match(text, /Mein &lt;Handy&gt;/)
    },
  )

  on('each account page has a link to the logout', async (setting) => {
    setting.tiles.push({ id: 'wiki', name: 'Wiki', href: 'https://wiki.example.org/' })
    const phone = await setting.addPhone('Nokia')
    await setting.choices.decline(setting.db, setting.user.id, null)
    const one = await setting.loggedIn(acrNumber)
    const isPage = (path: string) => path === '/' || path.startsWith('/account')
    const paths = accountRoutes
      .filter(({ method, path }) => method === 'GET' && isPage(path))
      .map(({ path }) => path.replace(':id', phone).replace(':kind', 'totp'))
    assert.ok(paths.length > 10)
    for (const path of paths) {
      const reply = await one.get(path)
      assert.equal(reply.status, 200, path)
      assert.match(await reply.text(), /<a [^>]*href="\/logout"/, path)
    }
  })

  on('the logout page asks first, and opening it does not end the session', async (setting) => {
    const one = await setting.loggedIn()
    const page = await one.get('/logout')
    assert.equal(page.status, 200)
    assert.match(await page.text(), /<form[^>]* action="\/logout"/)
    assert.notEqual(await setting.sessions.findById(one.sessionId), undefined)
  })

  on(
    'logging out ends the session, notifies the listeners and deletes the cookie',
    async (setting) => {
      const one = await setting.loggedIn()
      const other = await setting.loggedIn()
      const reply = await one.post('/logout', { form_token: one.formToken() })
      assert.deepEqual([reply.status, reply.headers.get('location')], [303, '/logout'])
      assert.equal(reply.headers.get('clear-site-data'), '"cache"')
      assert.equal(one.jar.has('einlass_session'), false)
      assert.equal(await setting.sessions.findById(one.sessionId), undefined)
      assert.notEqual(await setting.sessions.findById(other.sessionId), undefined)
      assert.deepEqual(setting.ended, [one.sessionId])
      assert.deepEqual(await setting.events(), ['session_ended'])
      const done = await one.get('/logout', { 'accept-language': 'en' })
      assert.match(await done.text(), /You are signed out/)
    },
  )

  on('several logouts of one session at the same moment end it once', async (setting) => {
    const one = await setting.loggedIn()
    const token = one.jar.get('einlass_session') ?? ''
    const replies = await Promise.all(
      [1, 2, 3].map(async () => {
        const window = setting.browser()
        window.jar.set('einlass_session', token).set('einlass_browser', 'mine')
        return await window.post('/logout', { form_token: one.formToken() })
      }),
    )
    assert.deepEqual(
      replies.map(({ status }) => status),
      [303, 303, 303],
    )
    assert.deepEqual(setting.ended, [one.sessionId])
    assert.deepEqual(await setting.events(), ['session_ended'])
  })

  on('a form of another page or site cannot log the user out', async (setting) => {
    const one = await setting.loggedIn()
    const form_token = one.formToken()
    assert.equal((await one.post('/logout', {})).status, 403)
    assert.equal((await one.post('/logout', { form_token: 'x' })).status, 403)
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
    ]) {
      assert.equal((await one.post('/logout', { form_token }, { ...headers })).status, 403)
    }
    assert.notEqual(await setting.sessions.findById(one.sessionId), undefined)
    const own = await one.post('/logout', { form_token }, { origin: publicUrl })
    assert.equal(own.status, 303)
  })

  on(
    'logging out without a session leads to the logout page and writes no event',
    async ({ browser, events }) => {
      const one = browser()
      one.jar.set('einlass_browser', 'mine')
      assert.equal((await one.post('/logout', { form_token: one.formToken() })).status, 303)
      assert.equal((await one.get('/logout')).status, 200)
      assert.deepEqual(await events(), [])
    },
  )

  on('the session of a disabled user is not accepted', async ({ loggedIn, users, db, user }) => {
    const one = await loggedIn()
    await users.disable(db, user.id)
    assert.equal((await one.get('/')).headers.get('location'), '/login')
    assert.match((await one.get('/account')).headers.get('location') ?? '', /^\/login\?/)
  })

  on('a user who declined a second factor can ask once to be offered it again', async (setting) => {
    const one = await setting.loggedIn()
    const path = '/account/second-factor/offer-again'
    assert.doesNotMatch(await (await one.get('/')).text(), /offer-again/)
    await setting.choices.decline(setting.db, setting.user.id)
    assert.match(await (await one.get('/')).text(), /offer-again/)
    const asked = await one.get(path, { 'accept-language': 'en' })
    assert.match(await asked.text(), /Offer a second factor again\?/)
    assert.deepEqual(await setting.events(), [], 'to ask changes nothing')
    assert.equal((await one.post(path, {})).status, 403)
    const reply = await one.post(path, { form_token: one.formToken() })
    assert.deepEqual([reply.status, reply.headers.get('location')], [303, '/?undone'])
    await one.post(path, { form_token: one.formToken() })
    assert.deepEqual(await setting.events(), ['second_factor_decline_undone'])
    const english = await one.get('/?undone=', { 'accept-language': 'en' })
    const text = await english.text()
    assert.match(text, /We will offer to set it up/)
    assert.doesNotMatch(text, /offer-again/)
    assert.equal((await one.get(path)).headers.get('location'), '/', 'there is nothing to ask')
  })

  on(
    'a form without a session leads to the login only if its form token is valid',
    async ({ browser }) => {
      const one = browser()
      one.jar.set('einlass_browser', 'mine')
      const path = '/account/second-factor/offer-again'
      assert.equal((await one.post(path, {})).status, 403)
      const reply = await one.post(path, { form_token: one.formToken() })
      assert.equal(reply.headers.get('location'), '/login')
    },
  )
})
