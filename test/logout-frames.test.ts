// Apps that are logged out by a frame of the page after a logout, in Chromium, whose policies have the last word.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../src/dev/test-support/account.ts'
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

test('the browser loads the frame with the cookie of the app, although the app wants to be in no frame', async (t) => {
  const cleaned = Promise.withResolvers<string | undefined>()
  const app = await listen(t, ({ url, headers }, response) => {
    if (url === '/login') return response.setHeader('set-cookie', 'app=erika').end('The app')
    response.setHeader('x-frame-options', 'DENY').setHeader('set-cookie', 'app=; Max-Age=0').end()
    cleaned.resolve(headers.cookie)
  })
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const frameUrl = `${app}/clean-up?wa=wsignoutcleanup1.0`
  const scene = await createAccountScene(db, {
    browserLogout: {
      list: async () => [{ id: '1', name: 'OWA', state: 'under_way', frameUrl }],
      noteRedirect: async () => {},
      finishRedirect: async () => {},
    },
  })
  const mine = await scene.loggedIn()
  await mine.post('/logout', {})
  const reply = await mine.raw.get('/logout')
  const text = await reply.text()
  const login = await listen(t, (_, response) =>
    response.writeHead(200, Object.fromEntries(reply.headers)).end(text),
  )
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
