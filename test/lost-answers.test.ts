/** The answer that ends a login does not arrive: a node died, or a connection was cut. What the browser does next leads on. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import {
  createPlainBrowser,
  type PlainBrowser,
  type Reply,
} from '../src/dev/test-support/plain-browser.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { showCode } from './support/schema-fixture.ts'
import { enterPassword, pathOfPage } from './support/way-in.ts'

/** What stands between browser and server, and can swallow answers: the server has done all by then. */
async function startRelay(t: TestContext, target: string) {
  let isCut = false
  const relay = createServer((browser) => {
    const server = connect(Number(new URL(target).port), '127.0.0.1')
    browser.pipe(server)
    server.on('data', (bytes) => {
      if (isCut) for (const socket of [browser, server]) socket.destroy()
      else browser.write(bytes)
    })
    for (const socket of [browser, server]) {
      socket.on('error', () => {})
      socket.on('close', () => [browser, server].forEach((one) => void one.destroy()))
    }
  }).listen(0, '127.0.0.1')
  t.after(() => relay.close())
  await once(relay, 'listening')
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    async cutOff(request: () => Promise<unknown>) {
      isCut = true
      await assert.rejects(request)
      isCut = false
    },
  }
}

async function openScene(t: TestContext) {
  const clock = { time: Date.UTC(2026, 10, 25, 8), now: () => clock.time }
  const policy = { default_policy: { second_factor: 'optional' } }
  const { publicUrl, db, errors } = await startInProcess(t, policy, clock)
  const relay = await startRelay(t, publicUrl)
  const first = createPlainBrowser(publicUrl)
  const form = await first.answer(await enterPassword(first, erika), { action: 'totp' })
  const key = /class="secret"[\s\S]*?<code[^>]*>([^<]+)</.exec(form.text)?.[1]?.replaceAll(' ', '')
  if (key === undefined) throw new Error('no key')
  const done = await first.answer(form, { action: 'connect', code: showCode(key, clock.time) })
  await first.answer(done, { action: 'left' })
  clock.time += 60_000

  /** Up to the answer that ends the login, which is cut off. Gives the page, to be answered again. */
  async function loseLastAnswer(browser: PlainBrowser): Promise<{ page: Reply; code: string }> {
    const page = await enterPassword(browser, erika)
    const code = showCode(key ?? '', clock.time)
    await relay.cutOff(() => browser.answer(page, { action: 'confirm', code }))
    return { page, code }
  }

  const isIn = async (browser: PlainBrowser) => (await browser.get('/account')).status === 200
  return { clock, db, errors, relay, loseLastAnswer, isIn }
}

test('if the answer to the last step was lost, the browser gets its session when it loads the page again', async (t) => {
  const { clock, db, errors, relay, loseLastAnswer, isIn } = await openScene(t)
  const browser = createPlainBrowser(relay.url)
  const { page, code } = await loseLastAnswer(browser)
  assert.equal(await isIn(browser), false)
  const repeated = await browser.answer(page, { action: 'confirm', code })
  assert.deepEqual(
    [repeated.status, repeated.headers.get('refresh') !== null || /refresh/.test(repeated.text)],
    [200, true],
  )
  assert.equal(await isIn(browser), false, 'another tab may have it')
  clock.time += 2_000
  const later = await browser.get(pathOfPage(page))
  assert.equal(later.status, 200)
  assert.equal(await isIn(browser), true)
  const live = await db.selectFrom('sessions').select('id').where('ended_at', 'is', null).execute()
  assert.equal(live.length, 2, 'no session was made for it')
  const events = db.selectFrom('audit_events').select('data')
  const [handedOver, ...more] = await events.where('type', '=', 'session_handed_over').execute()
  const { userId, sessionId, address } = JSON.parse(`${handedOver?.data}`)
  assert.ok(live.some(({ id }) => id === sessionId))
  assert.match(`${userId} ${address}`, /^usr_\S+ 127\.0\.0\.1$/)
  assert.deepEqual([more, errors], [[], []])
})

test('repeating the last step a few seconds later completes the login', async (t) => {
  const { clock, relay, loseLastAnswer, isIn } = await openScene(t)
  const browser = createPlainBrowser(relay.url)
  const { page, code } = await loseLastAnswer(browser)
  clock.time += 5_000
  const repeated = await browser.answer(page, { action: 'confirm', code })
  assert.equal(repeated.status, 200)
  assert.equal(await isIn(browser), true)
})

test('an answer that was lost twice can be fetched a third time', async (t) => {
  const { clock, relay, loseLastAnswer, isIn } = await openScene(t)
  const browser = createPlainBrowser(relay.url)
  const { page } = await loseLastAnswer(browser)
  clock.time += 3_000
  await relay.cutOff(() => browser.get(pathOfPage(page)))
  assert.equal((await browser.get(pathOfPage(page))).status, 200)
  assert.equal(await isIn(browser), true)
})

test('reloads that ignore the new cookie write at most ten events, and a HEAD request writes no event', async (t) => {
  const { clock, db, relay, loseLastAnswer, isIn } = await openScene(t)
  const browser = createPlainBrowser(relay.url)
  const { page } = await loseLastAnswer(browser)
  const address = `${relay.url}${pathOfPage(page)}`
  const headers = { cookie: browser.cookieHeader() }
  const countEvents = async () =>
    (
      await db
        .selectFrom('audit_events')
        .select('seq')
        .where('type', '=', 'session_handed_over')
        .execute()
    ).length
  clock.time += 3_000
  const head = await fetch(address, { method: 'HEAD', headers })
  assert.deepEqual([head.status, head.headers.getSetCookie()], [200, []])
  assert.equal(await countEvents(), 0)
  for (let reload = 0; reload < 6; reload += 1) {
    const replies = await Promise.all([1, 2].map(() => fetch(address, { headers })))
    for (const reply of replies)
      assert.match(reply.headers.getSetCookie().join(), /session=/, `reload ${reload}`)
  }
  assert.equal(await countEvents(), 10)
  await browser.get(pathOfPage(page))
  assert.equal(await isIn(browser), true)
  assert.equal(await countEvents(), 10)
})

test('A24: an audit event is written when a copy of the cookies takes a session after its browser', async (t) => {
  const { clock, db, relay, loseLastAnswer, isIn } = await openScene(t)
  const browser = createPlainBrowser(relay.url)
  const { page } = await loseLastAnswer(browser)
  clock.time += 3_000
  const headers = { cookie: browser.cookieHeader() }
  await browser.get(pathOfPage(page))
  assert.equal(await isIn(browser), true)
  const copy = await fetch(`${relay.url}${pathOfPage(page)}`, { headers })
  assert.match(copy.headers.getSetCookie().join(), /session=/)
  assert.equal(await isIn(browser), false, 'its person notices')
  const events = db.selectFrom('audit_events').select('data')
  const noted = await events.where('type', '=', 'session_handed_over').orderBy('seq').execute()
  assert.deepEqual(
    noted.map(({ data }) => JSON.parse(data).taking),
    [1, 2],
  )
})

test('A24: only the browser of a login can fetch its session again, and only for a short time', async (t) => {
  const { clock, db, relay, loseLastAnswer, isIn } = await openScene(t)
  const browser = createPlainBrowser(relay.url)
  const { page } = await loseLastAnswer(browser)
  const path = pathOfPage(page)
  clock.time += 3_000

  const foreign = createPlainBrowser(relay.url)
  assert.equal((await foreign.get(path)).status, 404)
  // The cookie alone, as a planted one would be, in a browser of another kind.
  const planted = await fetch(`${relay.url}${path}`, {
    headers: { cookie: browser.cookieHeader(), 'user-agent': 'Other/1.0' },
  })
  assert.equal(planted.status, 410)
  assert.deepEqual(planted.headers.getSetCookie(), [])

  clock.time += 27_000
  assert.equal((await browser.get(path)).status, 410)
  assert.equal(await isIn(browser), false)

  clock.time += 60_000
  const other = createPlainBrowser(relay.url)
  const { page: next } = await loseLastAnswer(other)
  clock.time += 3_000
  await db.updateTable('sessions').set({ ended_at: clock.time, end_reason: 'not_me' }).execute()
  assert.equal((await other.get(pathOfPage(next))).status, 410)
})
