import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import { createEndedSessionCookies } from '../frame/ended-session.ts'
import type { LoggedOutApp } from './pages/logged-out.ts'

async function start(t: TestContext, apps: readonly LoggedOutApp[]) {
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  const asked: string[] = []
  const done: string[] = []
  const shown = new Map(apps.map((app) => [app.id, app]))
  const scene = await createAccountScene(db, {
    browserLogout: {
      async list(sessionId) {
        asked.push(sessionId)
        return [...shown.values()]
      },
      async noteRedirect(_, id) {
        const { redirectUrl: _url, ...rest } = shown.get(id) ?? {}
        shown.set(id, rest as LoggedOutApp)
      },
      async finishRedirect(sessionId, id, isLoggedOut) {
        done.push(`${sessionId} ${id} ${isLoggedOut}`)
      },
    },
  })
  t.after(async () => {
    await scene.settle()
    await close()
  })
  const browser = await scene.loggedIn()
  const show = (app: LoggedOutApp) => void shown.set(app.id, app)
  return { ...scene, browser, otherBrowser: scene.browser, asked, done, show }
}

const webmail: LoggedOutApp = { id: '1', name: 'Webmail', state: 'logged_out' }
const wiki: LoggedOutApp = { id: '2', name: 'Wiki', state: 'tried_again' }

type Started = Awaited<ReturnType<typeof start>>

const logOut = ({ browser }: Started) => browser.post('/logout', {})

test('after a logout the page shows the state of each app, and reloads while an app is not reached', async (t) => {
  const scene = await start(t, [webmail, wiki])
  assert.equal((await logOut(scene)).location, '/logout')
  const page = await scene.browser.get('/logout')
  assert.deepEqual(scene.asked, [scene.browser.sessionId])
  assert.match(page.text, /Wiki.*Not reached yet\. We keep trying\..*Webmail.*Signed out/s)
  assert.match(page.text, /Not signed out everywhere yet/)
  assert.match(page.text, /data-renew="15"/)
  assert.match(page.text, /<noscript><meta http-equiv="refresh" content="15;url=\/logout">/)
})

test('an app that hangs does not delay the logout page, which reloads even without scripts', async (t) => {
  const scene = await start(t, [webmail, { ...wiki, state: 'under_way' }])
  const hanging = Promise.withResolvers<void>()
  scene.sessions.onEnd(() => hanging.promise)
  assert.equal((await logOut(scene)).location, '/logout')
  const page = await scene.browser.get('/logout')
  assert.match(page.text, /Wiki.*Webmail.*Signed out/s)
  assert.match(page.text, /<noscript><meta http-equiv="refresh" content="2;url=\/logout">/)
  hanging.resolve()
})

test('if all apps are logged out, the page neither warns nor reloads', async (t) => {
  const scene = await start(t, [webmail])
  await logOut(scene)
  const page = await scene.browser.get('/logout')
  assert.match(page.text, /Webmail/)
  assert.doesNotMatch(page.text, /Not signed out everywhere|http-equiv="refresh"|setTimeout/)
})

test('only the browser of the logout sees the names of the apps, and only for two minutes', async (t) => {
  const scene = await start(t, [webmail])
  await logOut(scene)
  assert.match((await scene.browser.get('/logout')).text, /Webmail/)
  const names = async (browser: { get: Started['browser']['get'] }) =>
    /Webmail/.test((await browser.get('/logout')).text)
  assert.equal(await names(scene.otherBrowser()), false)
  const forged = scene.otherBrowser()
  forged.jar.set('einlass_ended', 'a.b.c')
  assert.equal(await names(forged), false)
  scene.clock.pass(minutes(2) - seconds(1))
  assert.equal(await names(scene.browser), true)
  scene.clock.pass(seconds(1))
  const late = await scene.browser.get('/logout')
  assert.match(late.text, /You are signed out/)
  assert.doesNotMatch(late.text, /Webmail/)
})

test('a browser with another session sees no names of the apps of the session before', async (t) => {
  const scene = await start(t, [webmail])
  await logOut(scene)
  const { jar } = await scene.loggedIn()
  scene.browser.jar.set('einlass_session', jar.get('einlass_session') ?? '')
  const page = await scene.browser.get('/logout')
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.text, /Webmail/)
  scene.browser.jar.delete('einlass_session')
  assert.match((await scene.browser.get('/logout')).text, /Webmail/)
})

test('the page sends the browser to an app that requires it, and only this browser can report the result', async (t) => {
  const redirectUrl = 'https://saml.example/slo?SAMLRequest=x'
  const scene = await start(t, [
    webmail,
    { id: '3', name: 'Saml', state: 'under_way', redirectUrl },
  ])
  const { browser } = scene
  await logOut(scene)
  const page = await browser.get('/logout')
  assert.match(
    page.text,
    /http-equiv="refresh" content="0;url=https:\/\/saml\.example\/slo\?SAMLRequest=x"/,
  )
  assert.equal((await browser.get('/logout/apps/3/done')).location, '/logout')
  assert.equal((await browser.get('/logout/apps/1/failed')).location, '/logout')
  const { sessionId } = browser
  assert.deepEqual(scene.done, [`${sessionId} 3 true`, `${sessionId} 1 false`])
  assert.equal((await browser.get('/logout')).status, 200)
  assert.equal((await scene.otherBrowser().get('/logout/apps/3/done')).location, '/logout')
  assert.equal(scene.done.length, 2, 'only the browser of the session says so')
})

test('the page allows frames only from the origins of the logout frames that it shows', async (t) => {
  const frameUrls = ['https://mail.example.org/owa/?wa=wsignoutcleanup1.0&a=b']
  const scene = await start(t, [{ id: '4', name: 'OWA', state: 'under_way', frameUrls }])
  await logOut(scene)
  const reply = await scene.browser.raw.get('/logout', { 'accept-language': 'en' })
  const policy = reply.headers.get('content-security-policy') ?? ''
  assert.match(policy, /frame-src https:\/\/mail\.example\.org;/)
  const text = await reply.text()
  assert.match(
    text,
    /<iframe src="https:\/\/mail\.example\.org\/owa\/\?wa=wsignoutcleanup1\.0&amp;a=b" hidden/,
  )
  assert.match(text, /data-renew="2"/)
})

test('the browser is sent last to the app that started the logout, and only once', async (t) => {
  const owa = { id: '4', name: 'OWA' }
  const frameUrls = ['https://mail.example.org/owa/']
  const redirectUrl = '/saml/slo/request?request=x'
  const scene = await start(t, [
    { ...owa, state: 'under_way', frameUrls },
    { id: '5', name: 'Notes', state: 'under_way', redirectUrl },
  ])
  const { browser, frame, clock } = scene
  const next = { appName: 'Portal', url: 'https://portal.example/bye?state=1' }
  await logOut(scene)
  const keep = (cookies: readonly string[]) => {
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      browser.jar.set(name, value)
    }
  }
  keep(createEndedSessionCookies({ frame, clock }).set(browser.sessionId, next))
  assert.match(
    (await browser.get('/logout')).text,
    /content="0;url=\/saml\/slo\/request\?request=x"/,
  )
  scene.show({ id: '5', name: 'Notes', state: 'not_reached' })
  const { text } = await browser.get('/logout')
  assert.match(text, /<iframe/)
  assert.match(text, /<meta http-equiv="refresh" content="2;url=\/logout">/)
  assert.match(text, /data-renew="0"/)
  scene.show({ ...owa, state: 'logged_out' })
  const back = await browser.get('/logout')
  assert.match(back.text, /content="0;url=https:\/\/portal\.example\/bye\?state=1"/)
  assert.match(back.text, /Portal/)
  const later = await browser.get('/logout')
  assert.doesNotMatch(later.text, /portal\.example/)
  assert.match(later.text, /OWA/)
})

test('A27: after a logout the page links to a self-registered app and shows its host, but does not redirect', async (t) => {
  const scene = await start(t, [{ id: '4', name: 'OWA', state: 'logged_out' }])
  const { browser, frame, clock } = scene
  const place = { place: 'evil.example', isOnDevice: false }
  const next = { appName: 'Portal', url: 'https://evil.example/login', place }
  await logOut(scene)
  for (const cookie of createEndedSessionCookies({ frame, clock }).set(browser.sessionId, next)) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    browser.jar.set(name, value)
  }
  const { text } = await browser.get('/logout')
  assert.doesNotMatch(text, /http-equiv="refresh"/)
  assert.match(text, /href="https:\/\/evil\.example\/login"/)
  assert.match(text.replaceAll(/<[^>]*>/g, ''), /evil\.example/)
})
