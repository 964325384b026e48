/** Apps behind real proxies in Chromium: one login for all of them, more of it where a path asks for more, and its end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { launchChromium } from './support/browser.ts'
import { enrolCodeAppInSession } from './support/enrol-code-app.ts'
import {
  type ForwardAuthStage,
  loginOrigin,
  type StagedApp,
  setForwardAuthStage,
} from './support/forward-auth-stage.ts'
import { heading, person, readText, signIn } from './support/guide.ts'
import { readValues } from './support/recording-app.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai' }

const hosts = {
  nginx: 'wiki.example.org',
  caddy: 'files.example.net',
  haproxy: 'board.login.example.org',
} as const

type Apps = Readonly<Record<keyof typeof hosts, StagedApp>>

interface Walk {
  readonly stage: ForwardAuthStage
  readonly apps: Apps
  readonly page: Page
  readonly browser: Browser
}

/** Three apps, one behind each proxy, and erika in front of a browser. */
async function openWalk(t: Scope): Promise<Walk> {
  const stage = await setForwardAuthStage(t)
  await stage.addUser(erika.username, erika.password, ['office'])
  const settings = { rules: ['/board groups=board', '/open public', '/vault level=possession'] }
  const apps: Record<string, StagedApp> = {}
  for (const [proxy, host] of Object.entries(hosts)) {
    apps[proxy] = await stage.addApp(proxy as keyof typeof hosts, host, { settings })
  }
  const browser = await launchChromium([stage.resolverRules()])
  t.after(() => browser.close())
  const { page } = await person(t, browser, { ignoreHTTPSErrors: true })
  return { stage, apps: apps as Apps, page, browser }
}

async function logIn(page: Page, address: string): Promise<void> {
  await page.goto(address)
  assert.equal(new URL(page.url()).origin, loginOrigin)
  await signIn(page, erika)
  await page.waitForURL(address)
}

test('one login opens the apps behind nginx, Caddy and HAProxy, and one logout closes all of them', async (t) => {
  const { stage, apps, page } = await openWalk(t)
  const first = `https://${hosts.nginx}/Space/b%C3%BCro@example.org/My%20Page?a=1&b=%2F2`
  await logIn(page, first)
  assert.equal(await heading(page), 'erika')
  for (const host of [hosts.caddy, hosts.haproxy]) {
    await page.goto(`https://${host}/x?to=/y&to=z`)
    assert.equal(page.url(), `https://${host}/x?to=/y&to=z`)
    assert.equal(await heading(page), 'erika')
  }
  for (const { app } of Object.values(apps)) {
    const [got] = app.received
    assert.ok(got)
    assert.deepEqual(readValues(got, 'remote-user'), ['erika'])
    assert.deepEqual(readValues(got, 'remote-email'), ['erika@example.org'])
    assert.deepEqual(readValues(got, 'remote-groups'), ['office'])
    const [name = ''] = readValues(got, 'remote-name')
    assert.equal(Buffer.from(name, 'latin1').toString('utf8'), 'erika Müller')
  }
  await page.goto(`https://${hosts.caddy}/forward-auth/app/logout`)
  await page.locator('form[action="/logout"] button[type=submit], form button').first().click()
  await page.waitForURL(`${loginOrigin}/logout`)
  for (const host of Object.values(hosts)) {
    await page.goto(`https://${host}/x`)
    assert.equal(new URL(page.url()).origin, loginOrigin, host)
  }
  assert.deepEqual(stage.errors, [])
})

test('a path that requires a second factor asks for it once for all proxies, and other paths do not ask', async (t) => {
  const { stage, page } = await openWalk(t)
  await logIn(page, `https://${hosts.nginx}/`)
  await page.goto(`https://${hosts.caddy}/x`)
  assert.equal(await heading(page), 'erika')
  const vault = `https://${hosts.nginx}/vault/keys?all=1`
  await page.goto(vault)
  assert.equal(new URL(page.url()).origin, loginOrigin)
  await enrolCodeAppInSession(page, erika.password)
  await page.waitForURL(vault)
  assert.equal(await heading(page), 'erika')
  for (const host of [hosts.caddy, hosts.haproxy]) {
    await page.goto(`https://${host}/vault/keys`)
    assert.equal(page.url(), `https://${host}/vault/keys`)
  }
  assert.deepEqual(stage.errors, [])
})

test('two tabs that log in at the same time both return to their own addresses, even to long ones', async (t) => {
  const { stage, apps, page } = await openWalk(t)
  const other = await page.context().newPage()
  const addresses = Object.values(hosts).flatMap((host) => [
    `https://${host}/first?q=${'1'.repeat(300)}`,
    `https://${host}/second?q=${'2'.repeat(2400)}`,
  ])
  for (let index = 0; index < addresses.length; index += 2) {
    const [first = '', second = ''] = addresses.slice(index, index + 2)
    await page.goto(first)
    await other.goto(second)
    if (index === 0) {
      await signIn(page, erika)
      await page.waitForURL(first)
      await other.reload()
    }
    await other.waitForURL(second)
    await page.goto(first)
    assert.equal(page.url(), first)
  }
  await page.context().clearCookies({ name: /einlass_app/ })
  const tooLong = `https://${hosts.haproxy}/third?q=${'3'.repeat(6000)}`
  await page.goto(tooLong)
  assert.equal(page.url(), `https://${hosts.haproxy}/third`)
  assert.ok(apps.haproxy.app.received.some(({ url }) => url === '/third'))
  assert.deepEqual(stage.errors, [])
})

for (const proxy of ['nginx', 'caddy', 'haproxy'] as const) {
  const origin = `https://${hosts[proxy]}`

  test(`${proxy}: forms, scripts and WebSockets work, and an ended session refuses scripts and WebSockets`, async (t) => {
    const { stage, apps, page } = await openWalk(t)
    const { app } = apps[proxy]
    await logIn(page, `${origin}/`)
    app.forget()
    const body = `text=${'ä'.repeat(50_000)}`
    const status = await page.evaluate(
      async (sent) => (await fetch('/save?x=1', { method: 'POST', body: sent })).status,
      body,
    )
    assert.equal(status, 200)
    assert.deepEqual(
      app.received.map((one) => [one.method, one.url, one.body === body]),
      [['POST', '/save?x=1', true]],
    )
    const hello = await page.evaluate(
      () =>
        new Promise((done) => {
          const socket = new WebSocket(`wss://${location.host}/socket`)
          socket.onmessage = ({ data }) => done(data)
          socket.onerror = () => done('refused')
        }),
    )
    assert.equal(hello, 'hello erika')
    await stage.db.updateTable('sessions').set({ ended_at: Date.now() }).execute()
    const after = await page.evaluate(async () => {
      const { status } = await fetch('/data.json')
      const socket = new WebSocket(`wss://${location.host}/socket`)
      const opened = await new Promise((done) => {
        socket.onmessage = () => done(true)
        socket.onerror = () => done(false)
      })
      return { status, opened }
    })
    assert.deepEqual(after, { status: 401, opened: false })
  })

  test(`${proxy}: a form sent after the session ended leads to the login and back to the page of the form`, async (t) => {
    const { stage, apps, page } = await openWalk(t)
    await logIn(page, `${origin}/edit?page=1`)
    await stage.db.updateTable('sessions').set({ ended_at: Date.now() }).execute()
    apps[proxy].app.forget()
    await page.evaluate(() => {
      document.body.innerHTML = '<form method="post" action="/save"><button>Save</button></form>'
    })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(`${loginOrigin}/**`)
    await signIn(page, erika)
    await page.waitForURL(`${origin}/edit?page=1`)
    assert.deepEqual(apps[proxy].app.received.map(({ method, url }) => [method, url]).slice(0, 1), [
      ['GET', '/edit?page=1'],
    ])
  })

  test(`${proxy}: a group path shows other users an error page, and a public path requires no login`, async (t) => {
    const { apps, page } = await openWalk(t)
    await page.goto(`${origin}/open/x`)
    assert.equal(page.url(), `${origin}/open/x`)
    assert.equal(await heading(page), '')
    await logIn(page, `${origin}/`)
    apps[proxy].app.forget()
    await page.goto(`${origin}/board/minutes`)
    assert.equal(new URL(page.url()).origin, loginOrigin)
    assert.match(await readText(page, 'main'), /App of/)
    assert.equal(await page.evaluate(async () => (await fetch('/robots.txt')).status > 0), true)
    assert.deepEqual(apps[proxy].app.received, [])
    await page.goto(`${origin}/open/x`)
    assert.equal(await heading(page), 'erika')
  })
}
