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
  const led: string[] = []
  const shown = new Map(apps.map((app) => [app.id, app]))
  const scene = await createAccountScene(db, {
    browserLogout: {
      async list(sessionId) {
        asked.push(sessionId)
        return [...shown.values()]
      },
      async lead(sessionId, { id, place, index }) {
        led.push(`${sessionId} ${id} ${place} ${index}`)
        return shown.has(id) ? `https://app.example/${place}` : undefined
      },
    },
  })
  t.after(async () => {
    await scene.settle()
    await close()
  })
  const browser = await scene.loggedIn()
  const show = (app: LoggedOutApp) => void shown.set(app.id, app)
  return { ...scene, browser, otherBrowser: scene.browser, asked, led, show }
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

test('a frame and a window lead to an app, only in the browser of the session', async (t) => {
  const scene = await start(t, [webmail])
  const { browser, led } = scene
  await logOut(scene)
  const get = (path: string) => browser.raw.get(path)
  const [framed, opened] = [
    await get('/logout/apps/1/frames/1'),
    await get('/logout/apps/1/window'),
  ]
  assert.deepEqual(
    [framed, opened].map(({ status, headers }) => [status, headers.get('location')]),
    [
      [303, 'https://app.example/frame'],
      [303, 'https://app.example/window'],
    ],
  )
  const { sessionId } = browser
  assert.deepEqual(led, [`${sessionId} 1 frame 1`, `${sessionId} 1 window 0`])
  assert.equal((await get('/logout/apps/9/frames/0')).status, 204)
  assert.equal((await get('/logout/apps/9/window')).headers.get('location'), '/logout')
  led.splice(0)
  const other = scene.otherBrowser()
  assert.equal((await other.raw.get('/logout/apps/1/frames/0')).status, 204)
  assert.equal((await other.get('/logout/apps/1/window')).location, '/logout')
  assert.deepEqual(led, [])
})

test('the page has a frame for each address, which cannot lead the page away, and its policy names no origin', async (t) => {
  const frameUrls = ['/logout/apps/4/frames/0', '/logout/apps/4/frames/1']
  const scene = await start(t, [{ id: '4', name: 'OWA', state: 'under_way', frameUrls }])
  await logOut(scene)
  const reply = await scene.browser.raw.get('/logout', { 'accept-language': 'en' })
  const policy = reply.headers.get('content-security-policy') ?? ''
  assert.match(policy, /frame-src http: https:;/)
  assert.match(policy, /frame-ancestors 'none'/)
  const text = await reply.text()
  const frames = [...text.matchAll(/<iframe src="([^"]*)" hidden [^>]*sandbox="([^"]*)"/g)]
  assert.deepEqual(
    frames.map(([, src]) => src),
    frameUrls,
  )
  for (const [, , sandbox = ''] of frames)
    assert.doesNotMatch(sandbox, /top-navigation|popups|modals/)
  assert.match(text, /data-renew="2"/)
})

test('an app that gave no answer is named with a link that opens it in a new window', async (t) => {
  const windowUrl = '/logout/apps/5/window'
  const scene = await start(t, [{ id: '5', name: 'Notes', state: 'not_reached', windowUrl }])
  await logOut(scene)
  const { text } = await scene.browser.get('/logout')
  assert.match(text, /Not signed out everywhere/)
  assert.match(
    text,
    /<a href="\/logout\/apps\/5\/window" target="_blank" rel="noopener">Sign out of Notes in a new window/,
  )
})

test('the first page of the next login names the apps that stayed open, for two minutes', async (t) => {
  const scene = await start(t, [
    webmail,
    { id: '2', name: 'OWA', state: 'asked' },
    { id: '3', name: 'Notes', state: 'not_reached' },
    { ...wiki, id: '4' },
  ])
  await logOut(scene)
  const read = async (browser: { get: Started['browser']['get'] }) =>
    /Not signed out: ([^.]*)\./.exec((await browser.get('/login')).text)?.[1]
  assert.equal(await read(scene.browser), 'Notes, Wiki')
  assert.equal(await read(scene.otherBrowser()), undefined)
  scene.clock.pass(minutes(2))
  assert.equal(await read(scene.browser), undefined)
})

test('the browser is sent last to the app that started the logout, and only once', async (t) => {
  const owa = { id: '4', name: 'OWA' }
  const notes = { id: '5', name: 'Notes' }
  const scene = await start(t, [
    { ...owa, state: 'under_way', frameUrls: ['/logout/apps/4/frames/0'] },
    { ...notes, state: 'under_way', frameUrls: ['/logout/apps/5/frames/0'] },
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
  const { text } = await browser.get('/logout')
  assert.match(text, /<iframe/)
  assert.match(text, /<noscript><meta http-equiv="refresh" content="6;url=\/logout"><\/noscript>/)
  assert.match(text, /data-renew="2"/)
  scene.show({ ...owa, state: 'asked' })
  scene.show({ ...notes, state: 'not_reached' })
  // The script of the page looks first, and then loads the page.
  const looked = await (await browser.raw.get('/logout', { renews: '1' })).text()
  assert.doesNotMatch(looked, /data-renew/)
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
