/** A message that no phone takes, where the page has no scripts: the other ways come by themselves. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { createTotpStore } from '../src/login/factors/totp/store.ts'
import { stepAt } from '../src/login/factors/totp/verify.ts'
import { launchChromium } from './support/browser.ts'
import { erika, heading, person, type Stage, setStage, signIn } from './support/guide.ts'
import { prepareErika } from './support/prepared.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Takes connections and never answers. */
async function startMute(t: Scope): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Erika's phone takes no more messages, and she has a code app as well. */
async function loseMessages(stage: Stage, address: string): Promise<void> {
  const { platform } = stage.demo.parts
  const { db } = platform.database
  await db.updateTable('push_devices').set({ device_token: address }).execute()
  const user = await createUsers(platform).findByName(db, erika.username)
  assert.ok(user)
  const store = createTotpStore(platform)
  const id = store.newId()
  await store.add(db, { id, userId: user.id, name: 'Code-App' })
  const pending = await store.find(db, id)
  assert.ok(pending)
  await store.activateUnused(db, id, stepAt(platform.clock.now(), pending) - 1)
}

test('without scripts too, the page offers other factors if a message is not handed over in three seconds', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser, { javaScriptEnabled: false })
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await phone.end()
  await loseMessages(stage, await startMute(t))

  await page.goto(`${stage.webmail}/login`)
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  assert.equal(await page.locator('button[value=other]').count(), 1)
  assert.equal(await page.locator('button[value=totp]').count(), 0)
  const address = page.url()
  // Nothing but the page's own refresh.
  await page.locator('button[value=totp]').waitFor()
  assert.equal(page.url(), address)
  assert.equal(await page.locator('.number').count(), 1, 'the phone may still answer')
  await page.locator('button[value=totp]').click()
  await page.locator('[name=code]').waitFor()
  assert.match(await heading(page), /Einmalcode/)
})
