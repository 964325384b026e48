// Apps that are logged out by the browser itself after a logout, in Chromium, whose policies have the last word.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../src/dev/test-support/account.ts'
import type { LoggedOutApp } from '../src/faces/account/pages/logged-out.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { openDatabase } from '../src/platform/storage/open.ts'
import { launchChromium } from './support/browser.ts'

async function listen(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** The page after the logout of a session in which this app took part, as the server would send it. */
async function renderLoggedOut(t: TestContext, app: Partial<LoggedOutApp>) {
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const scene = await createAccountScene(db, {
    browserLogout: {
      list: async () => [{ id: '1', name: 'OWA', state: 'under_way', ...app }],
      noteRedirect: async () => {},
      finishRedirect: async () => {},
    },
  })
  const mine = await scene.loggedIn()
  const asking = await mine.raw.get('/logout')
  await mine.post('/logout', {})
  return { asking, loggedOut: await mine.raw.get('/logout') }
}

async function copyTo(response: ServerResponse, reply: Response, text: string): Promise<void> {
  response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(text)
}

test('the browser loads the logout frame with the cookie of the app, even if the app forbids framing', async (t) => {
  const cleaned = Promise.withResolvers<string | undefined>()
  const app = await listen(t, ({ url, headers }, response) => {
    if (url === '/login') return response.setHeader('set-cookie', 'app=erika').end('The app')
    response.setHeader('x-frame-options', 'DENY').setHeader('set-cookie', 'app=; Max-Age=0').end()
    cleaned.resolve(headers.cookie)
  })
  const frameUrl = `${app}/clean-up?wa=wsignoutcleanup1.0`
  const { loggedOut } = await renderLoggedOut(t, { frameUrls: [frameUrl] })
  const text = await loggedOut.text()
  const login = await listen(t, (_, response) => copyTo(response, loggedOut, text))
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('console', (entry) => {
    if (/Content Security Policy/.test(entry.text())) errors.push(entry.text())
  })
  await page.goto(`${app}/login`)
  const answered = page.waitForResponse(frameUrl)
  await page.goto(`${login}/logout`)
  assert.equal(await cleaned.promise, 'app=erika')
  assert.deepEqual(errors, [])
  await answered
  assert.deepEqual(await page.context().cookies(app), [])
})

test('the logout form leads to an app that the browser has to visit', async (t) => {
  const app = await listen(t, (_, response) => response.end('<h1>The app</h1>'))
  const redirectUrl = `${app}/slo?SAMLRequest=x`
  const { asking, loggedOut } = await renderLoggedOut(t, { redirectUrl })
  const [form, text] = [await asking.text(), await loggedOut.text()]
  let isSent = false
  const login = await listen(t, ({ method }, response) => {
    isSent ||= method === 'POST'
    if (method === 'POST') return response.writeHead(303, { location: '/logout' }).end()
    return isSent ? copyTo(response, loggedOut, text) : copyTo(response, asking, form)
  })
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`${login}/logout`)
  await page.locator('form button').click()
  await page.waitForURL(redirectUrl)
})
