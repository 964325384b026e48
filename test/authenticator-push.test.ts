// The phone is woken: a push service on loopback, the event that DevTools delivers to the service worker, and the app that opens.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Browser, Page, Worker } from 'playwright-core'
import { startPushService, subject } from '../src/dev/stand-ins/webpush.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { systemClock } from '../src/platform/kernel/clock.ts'
import { createPhoneStage, enrol, openApp, type PhoneStage, readCode } from './support/app-stage.ts'
import { launchWholeChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { readText } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchWholeChromium()
})
after(() => browser.close())

type PushService = Awaited<ReturnType<typeof startPushService>>

async function createPushStage(t: Scope, permissions: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-vapid-'))
  const service = await startPushService({ clock: systemClock })
  const before = getCACertificates()
  setDefaultCACertificates([...before, service.ca])
  t.after(async () => {
    setDefaultCACertificates(before)
    service.close()
    await rm(folder, { recursive: true, force: true })
  })
  const keyFile = join(folder, 'vapid.key')
  await writeFile(keyFile, service.keys.privateKey, { mode: 0o600 })
  const webpush = { subject, private_key_file: keyFile, allowed_origins: [service.origin] }
  const stage = await createPhoneStage(t, browser, {
    config: { push: { senders: { webpush } }, metrics: { port: 0 } },
    phone: { permissions: [...permissions] },
  })
  await stage.phone.page.addInitScript(pretendToSubscribe, service.subscription())
  return { ...stage, service }
}

/** Chromium without its maker's service cannot subscribe, so it gets the subscription of the stand-in. */
function pretendToSubscribe(subscription: string): void {
  const made = {
    toJSON: () => JSON.parse(subscription),
    options: {},
    unsubscribe: async () => true,
  }
  PushManager.prototype.subscribe = async () => made as unknown as PushSubscription
  PushManager.prototype.getSubscription = async () => null
}

/** As `enrol`, with notifications. */
async function enrolAndAllow({ desktop, phone, login }: PhoneStage): Promise<void> {
  await login()
  await desktop.page.locator('button[value=authenticator]').click()
  const link = desktop.page.locator('a[href*="/authenticator#enrol.1."]').first()
  await link.waitFor({ state: 'attached' })
  await openApp(phone.page, (await link.getAttribute('href')) ?? '')
  await phone.page.locator('#name').waitFor()
  await phone.page.locator('button[type=submit]').click()
  await showsNothingWrong(phone.page)
  await phone.page.getByRole('button', { name: 'Mitteilungen erlauben' }).click()
  await phone.page.locator('#code').waitFor()
  await desktop.page.locator('.digits').waitFor()
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.sign.done').waitFor()
  await desktop.page.locator('button[value=left]').click()
}

/** What the push service has for the phone, which waits for it. */
async function takeMessage({ messages }: PushService): Promise<string> {
  for (let times = 0; times < 200; times++) {
    const message = messages.pop()
    if (message !== undefined) return message.body
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nothing was sent')
}

/** Hands a message to the service worker, as the browser does when its push service has one. */
async function deliver(page: Page, origin: string, data: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin))
      if (own !== undefined) resolve(own.registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  const registrationId = await registered
  await devtools.send('ServiceWorker.deliverPushMessage', {
    ...{ origin: `${origin}/`, registrationId, data },
  })
  await devtools.detach()
}

const readNotifications = (worker: Worker) =>
  worker.evaluate(async () => {
    const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration }
    const all = await registration.getNotifications()
    return all.map((one) => ({
      ...{ title: one.title, body: one.body, tag: one.tag, data: one.data as unknown },
      actions: (one as unknown as { actions?: unknown[] }).actions ?? [],
    }))
  })

/** DevTools have no click on a notification, so the worker gets the event. @returns the window that it opens */
const clickNotification = (worker: Worker) =>
  worker.evaluate(async () => {
    const scope = globalThis as unknown as {
      registration: ServiceWorkerRegistration
      clients: { openWindow(url: string): Promise<unknown> }
      dispatchEvent(event: Event): boolean
      work: Promise<unknown>[]
    }
    const opened: string[] = []
    scope.clients.openWindow = async (url) => void opened.push(url)
    const [notification] = await scope.registration.getNotifications()
    const Click = Reflect.get(globalThis, 'NotificationEvent') as new (
      type: string,
      init: object,
    ) => Event
    scope.dispatchEvent(new Click('notificationclick', { notification }))
    await Promise.all(scope.work)
    return opened
  })

/** From now on it keeps what it says that it works at, for an event each. */
async function findWorker({ phone }: PhoneStage): Promise<Worker> {
  const context = phone.page.context()
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
  await worker.evaluate(() => {
    const work: Promise<unknown>[] = []
    const { prototype } = Reflect.get(globalThis, 'ExtendableEvent')
    const { waitUntil } = prototype
    prototype.waitUntil = function waitAndKeep(this: unknown, one: Promise<unknown>) {
      work.push(one)
      waitUntil.call(this, one)
    }
    Object.assign(globalThis, { work })
  })
  return worker
}

/** Until it has done all that so many events asked for. */
const untilDone = (worker: Worker, events: number) =>
  worker.evaluate(async (count) => {
    const work: Promise<unknown>[] = Reflect.get(globalThis, 'work')
    while (work.length < count) await new Promise((resolve) => setTimeout(resolve, 20))
    await Promise.all(work)
  }, events)

test('A45: the notification of a login has no secret and no button to approve, and a click opens the request', async (t) => {
  const stage = await createPushStage(t, ['notifications'])
  await enrolAndAllow(stage)
  const { publicUrl, desktop, phone, login, service } = stage
  const worker = await findWorker(stage)
  // The app is closed.
  await phone.page.goto(`${publicUrl}/healthz`)
  service.messages.length = 0
  await login()
  await desktop.page.locator('.digits').waitFor()
  const code = await readCode(desktop.page)
  const message = await takeMessage(service)
  await deliver(phone.page, publicUrl, message)
  await untilDone(worker, 1)
  const [shown, ...others] = await readNotifications(worker)
  assert.deepEqual(others, [])
  assert.equal(shown?.title, 'Eine Anmeldung wartet')
  assert.deepEqual(shown?.actions, [])
  const [, claims = ''] = message.split('.')
  const said = `${JSON.stringify(shown)} ${Buffer.from(claims, 'base64url')}`
  for (const secret of [code, 'erika', 'Wiki', 'Chrome', 'HeadlessChrome'])
    assert.ok(!said.includes(secret), secret)

  const [address = ''] = await clickNotification(worker)
  assert.match(address, /^\/authenticator#request\//)
  assert.deepEqual(await readNotifications(worker), [])
  await openApp(phone.page, `${publicUrl}${address}`)
  await phone.page.fill('#code', code)
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.sign.done').waitFor()
  await desktop.page.locator('a[href="/account"]').first().waitFor()
  assert.deepEqual(service.plan.mistakes, [])
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
})

test('without a window and a network the phone shows the notification, also if it cannot read its accounts', async (t) => {
  const stage = await createPushStage(t, ['notifications'])
  await enrolAndAllow(stage)
  const { publicUrl, desktop, phone, login, service } = stage
  const worker = await findWorker(stage)
  await phone.page.goto(`${publicUrl}/healthz`)
  service.messages.length = 0
  await login()
  await desktop.page.locator('.digits').waitFor()
  const message = await takeMessage(service)
  await phone.page.context().setOffline(true)
  await deliver(phone.page, publicUrl, message)
  await untilDone(worker, 1)
  assert.equal((await readNotifications(worker)).length, 1)
  await worker.evaluate(async () => {
    const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration }
    for (const one of await registration.getNotifications()) one.close()
    IDBFactory.prototype.open = () => {
      throw new DOMException('broken', 'UnknownError')
    }
  })
  await deliver(phone.page, publicUrl, message)
  await untilDone(worker, 2)
  assert.equal((await readNotifications(worker))[0]?.title, 'Eine Anmeldung wartet')
  // Nothing that is no message of a server.
  await deliver(phone.page, publicUrl, 'hello')
  await untilDone(worker, 3)
  assert.equal((await readNotifications(worker)).length, 1)
})

test('the metrics report the outcome of each push message', async (t) => {
  const stage = await createPushStage(t, ['notifications'])
  await enrolAndAllow(stage)
  const { desktop, login, server, service, clock } = stage
  assert.ok(server.metrics)
  const { port } = server.metrics.address() as AddressInfo
  const readCounts = async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const found = text.matchAll(
      /^einlass_pushes_total\{provider="authenticator",outcome="(\w+)"\} (\d+)$/gm,
    )
    return Object.fromEntries([...found].map(([, outcome, count]) => [outcome, Number(count)]))
  }
  const loginUntilCounted = async (outcome: string, count: number) => {
    await login()
    await desktop.page.locator('.digits').waitFor()
    for (let times = 0; times < 100; times++) {
      const counts = await readCounts()
      if (counts[outcome] === count) return counts
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return await readCounts()
  }
  const expected = { handed_over: 1, failed: 0, gone: 0 }
  assert.deepEqual(await loginUntilCounted('handed_over', 1), expected)
  service.state.isExpired = true
  clock.offset += 60_000
  assert.deepEqual(await loginUntilCounted('gone', 1), { ...expected, gone: 1 })
})

test('a click on the notification shows the request in the open app', async (t) => {
  const stage = await createPushStage(t, ['notifications'])
  await enrolAndAllow(stage)
  const { publicUrl, desktop, phone, login, service } = stage
  const worker = await findWorker(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.accounts').waitFor()
  service.messages.length = 0
  await login()
  await desktop.page.locator('.digits').waitFor()
  await deliver(phone.page, publicUrl, await takeMessage(service))
  await untilDone(worker, 1)
  assert.deepEqual(await clickNotification(worker), [])
  await phone.page.locator('#code').waitFor()
  assert.equal(phone.page.url(), `${publicUrl}/authenticator`)
})

test('a push message without a valid signature of the server shows no notification', async (t) => {
  const stage = await createPushStage(t, ['notifications'])
  await enrolAndAllow(stage)
  const { publicUrl, desktop, phone, login, service } = stage
  const worker = await findWorker(stage)
  service.messages.length = 0
  await login()
  await desktop.page.locator('.digits').waitFor()
  const message = await takeMessage(service)
  const [header, claims, signature = ''] = message.split('.')
  const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  for (const forged of [`${header}.${claims}.${other}`, 'hello', `${header}.${claims}`]) {
    await deliver(phone.page, publicUrl, forged)
  }
  await untilDone(worker, 3)
  assert.deepEqual(await readNotifications(worker), [])
})

test('without permission for notifications, the app shows the waiting request when it is opened', async (t) => {
  const stage = await createPushStage(t, [])
  await enrol(stage)
  const { publicUrl, desktop, phone, login, service } = stage
  await login()
  await desktop.page.locator('.digits').waitFor()
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.call').waitFor()
  await phone.page.locator('.accounts .card').click()
  await phone.page.getByText('Mitteilungen sind aus').waitFor()
  await showsNothingWrong(phone.page)
  assert.deepEqual(service.messages, [])
  assert.match(await readText(desktop.page, 'main'), /Öffnen Sie|öffnen Sie/)
})

test('the app reopens an event stream that ends, and then shows the next request at once', async (t) => {
  const stage = await createPushStage(t, [])
  await enrol(stage)
  const { publicUrl, desktop, phone, login } = stage
  // The app looks from time to time too, which would hide a stream that is gone.
  await phone.page.addInitScript(() => {
    window.setInterval = (() => 0) as unknown as typeof window.setInterval
  })
  let streams = 0
  await phone.page.route('**/authenticator/v1/events', async (route) => {
    streams += 1
    if (streams > 1) return await route.continue()
    const headers = { 'content-type': 'text/event-stream' }
    await route.fulfill({ status: 200, headers, body: 'data: look\n\n' })
  })
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.waitForRequest(() => streams > 1)
  await phone.page.locator('.calm').waitFor()
  await login()
  await desktop.page.locator('.digits').waitFor()
  await phone.page.locator('.call').waitFor()
})

test('if the browser ends the subscription, the phone subscribes again and informs the server without its app', async (t) => {
  const stage = await createPushStage(t, ['notifications'])
  await enrolAndAllow(stage)
  const { publicUrl, desktop, phone, login, service } = stage
  const worker = await findWorker(stage)
  await phone.page.goto(`${publicUrl}/healthz`)
  await stage.db.updateTable('authenticator_devices').set({ subscription_sealed: null }).execute()
  await worker.evaluate(async (subscription) => {
    const made = { toJSON: () => JSON.parse(subscription), options: {} }
    PushManager.prototype.subscribe = async () => made as unknown as PushSubscription
    PushManager.prototype.getSubscription = async () => null
    const scope = globalThis as unknown as {
      dispatchEvent(event: Event): boolean
      work: Promise<unknown>[]
    }
    const Lasting = Reflect.get(globalThis, 'ExtendableEvent') as new (type: string) => Event
    scope.dispatchEvent(new Lasting('pushsubscriptionchange'))
    await Promise.all(scope.work)
  }, service.subscription())
  service.messages.length = 0
  await login()
  await desktop.page.locator('.digits').waitFor()
  await deliver(phone.page, publicUrl, await takeMessage(service))
})
