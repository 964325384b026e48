/** A message that does not arrive, in an open browser: the page says so once, and nothing below it moves. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { createTotpStore } from '../src/login/factors/totp/store.ts'
import { stepAt } from '../src/login/factors/totp/verify.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { testTask } from './support/effort.ts'
import { showsNothingWrong } from './support/faults.ts'
import { connectPhone, erika, type Stage, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Takes connections and does not answer, until it breaks all of them. */
async function startMute(t: Scope) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const fail = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  t.after(fail)
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, fail }
}

async function addCodeApp({ demo }: Stage): Promise<void> {
  const { platform } = demo.parts
  const { db } = platform.database
  const user = await createUsers(platform).findByName(db, erika.username)
  assert.ok(user)
  const store = createTotpStore(platform)
  const id = store.newId()
  await store.add(db, { id, userId: user.id, name: 'Code-App' })
  const pending = await store.find(db, id)
  assert.ok(pending)
  await store.activateUnused(db, id, stepAt(platform.clock.now(), pending) - 1)
}

/** Where the box ends, and where each thing below it is, in CSS pixels. */
const measure = (page: Page) =>
  page.evaluate(() => {
    const find = (selector: string) => [...document.querySelectorAll(selector)]
    const place = (one: Element) => {
      const { top, bottom } = one.getBoundingClientRect()
      return [top + scrollY, bottom + scrollY]
    }
    const [title, wait, facts] = ['h1', '.wait', '.facts'].flatMap((one) => find(one).map(place))
    return { title, wait, facts, buttons: find('.choices > *').map(place) }
  })

type Measured = Awaited<ReturnType<typeof measure>>

function isSamePlace(before: Measured, now: Measured): void {
  const near = (a: number | undefined, b: number | undefined, what: string) =>
    assert.ok(Math.abs((a ?? Number.NaN) - (b ?? Number.NaN)) <= 1, `${what}: ${a} and ${b}`)
  near(before.title?.[0], now.title?.[0], 'the top of the heading')
  near(before.wait?.[1], now.wait?.[1], 'the end of the box')
  for (const end of [0, 1]) near(before.facts?.[end], now.facts?.[end], 'the facts')
  assert.equal(now.buttons.length, before.buttons.length)
  for (const [at, button] of before.buttons.entries()) {
    for (const end of [0, 1]) near(button[end], now.buttons[at]?.[end], `button ${at}`)
  }
}

for (const hasCodes of [false, true]) {
  testTask(
    `undelivered, ${hasCodes ? 'with a code app' : 'with nothing else'}`,
    () => browser,
    async ({ t, page, hands, say }) => {
      const stage = await setStage(t)
      const phone = stage.phone('erika')
      await page.goto(`${stage.webmail}/login`)
      await signIn(page, erika)
      await connectPhone(page, phone)
      await page.waitForURL(`${stage.webmail}/**`)
      await phone.end()
      if (hasCodes) await addCodeApp(stage)
      const mute = await startMute(t)
      const { db } = stage.demo.parts.platform.database
      await db.updateTable('push_devices').set({ device_token: mute.address }).execute()
      await page.context().clearCookies()

      await page.goto(`${stage.webmail}/login`)
      await hands.signIn(erika)
      await page.locator('.number').waitFor()
      const waiting = await measure(page)
      if (hasCodes) {
        // After three seconds the page names the other way.
        await page.locator('button[value=totp]').waitFor()
        isSamePlace(waiting, await measure(page))
        assert.equal(await page.locator('.number').count(), 1)
      }
      mute.fail()
      await page.locator('.undelivered').waitFor()
      isSamePlace(waiting, await measure(page))

      const title = say(message('push.undelivered.title'))
      assert.ok((await page.title()).startsWith(title), 'no number in the title')
      assert.equal((await page.locator('h1').textContent())?.trim(), title)
      const said = (await page.locator('main').textContent()) ?? ''
      assert.equal(said.split(title).length, 2, 'once')
      assert.ok(!said.includes(say(message('push.lead'))))
      for (const gone of ['.number', 'progress', '[aria-live]', '[role=status]']) {
        assert.equal(await page.locator(gone).count(), 0, gone)
      }
      const question = message('push.undelivered.text', { device: 'Erikas Telefon' })
      assert.equal(await page.locator('[role=alert]').textContent(), say(question))
      assert.match((await page.locator('.choices button').first().textContent()) ?? '', /\S/)
      assert.equal(await page.locator('.choices button').first().getAttribute('value'), 'resend')
      await showsNothingWrong(page)
      await page.close()
    },
  )
}
