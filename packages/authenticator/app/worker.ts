/**
 * The service worker: stores the files of one version for use without a network, and shows a notification when the server wakes
 * it. The server writes the list of files in front of this script. A page gets all files from one version: a new version is
 * downloaded completely, and waits until the page lets it take over.
 */
import { createCaller } from '../device/call.ts'
import { encodeBase64Url } from '../protocol/base64url.ts'
import { type Opened, openMessage } from '../protocol/jws.ts'
import { importPublicKey } from '../protocol/keys.ts'
import { readWake, types, type Wake } from '../protocol/messages.ts'
import { openDatabase } from './database.ts'
import { pushWords } from './push-words.ts'
import { renewSubscription } from './subscription.ts'

/** The part of a service worker's scope that this file uses. */
interface Scope {
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  addEventListener(type: 'push', listener: (event: Pushed) => void): void
  addEventListener(type: 'pushsubscriptionchange', listener: (event: Lasting) => void): void
  addEventListener(type: 'notificationclick', listener: (event: Clicked) => void): void
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    matchAll(options: { type: 'window' }): Promise<readonly Client[]>
    openWindow(url: string): Promise<unknown>
    claim(): Promise<void>
  }
  skipWaiting(): Promise<void>
  readonly location: Location
}
interface Client {
  readonly url: string
  focus(): Promise<Client>
  navigate(url: string): Promise<unknown>
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Lasting {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
interface Pushed extends Lasting {
  readonly data: { text(): string } | null
}
interface Clicked extends Lasting {
  readonly notification: Notification
}

declare const self: Scope
/** The hash of this version, and the addresses of its page and files. */
declare const einlass: {
  readonly version: string
  readonly page: string
  readonly files: readonly string[]
}

const shell = einlass.page
const cacheName = `einlass-authenticator-${einlass.version}`

self.addEventListener('install', (event) => {
  event.waitUntil(keepFiles())
})

/** Fails as a whole: the browser then continues with the previous version and tries again later. */
async function keepFiles(): Promise<void> {
  const page = await fetch(shell, { cache: 'reload' })
  const text = await page.clone().text()
  // If two servers share one address, one of them may already have another version.
  if (!page.ok || !einlass.files.some((file) => text.includes(file)))
    throw new Error('a page of another version')
  const cache = await caches.open(cacheName)
  await cache.addAll([...einlass.files])
  await cache.put(shell, page)
}

self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldFiles().then(() => self.clients.claim()))
})

async function dropOldFiles(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter(
    (name) => name.startsWith('einlass-authenticator-') && name !== cacheName,
  )
  await Promise.all(old.map((name) => caches.delete(name)))
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (pathname === shell) event.respondWith(findCached(shell, request))
  else if (pathname.startsWith(`${shell}/app/`)) event.respondWith(findCached(request, request))
})

/** Stored files need no network and never mix versions: a path names its content, and the page names its files. */
async function findCached(name: Request | string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  return (await cache.match(name)) ?? (await fetch(request))
}

self.addEventListener('push', (event) => {
  event.waitUntil(showNotification(event.data?.text() ?? ''))
})

async function isFromServer({ isSignedBy }: Opened, { sub, iss }: Wake): Promise<boolean> {
  const account = await (await openDatabase()).find(sub)
  if (account?.server !== iss) return false
  return await isSignedBy(await importPublicKey(account.serverKey))
}

/** The notification names neither account nor app, as it may be seen on a locked screen, and has no button to approve. */
async function showNotification(message: string): Promise<void> {
  const opened = openMessage(message)
  const wake = opened?.type === types.wake ? readWake(opened.claims) : undefined
  if (opened === undefined || wake === undefined) return
  // Without its accounts the worker cannot check the message, but only the server has the keys that encrypted it.
  if (!(await isFromServer(opened, wake).catch(() => true))) return
  const isGerman = navigator.languages[0]?.startsWith('de') ?? false
  const words = pushWords[isGerman ? 'de' : 'en']
  await self.registration.showNotification(words.title, {
    body: words.body,
    lang: isGerman ? 'de' : 'en',
    tag: wake.sub,
    icon: `${shell}/icon-192.png`,
    data: { request: wake.jti },
  })
}

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renew())
})

async function renew(): Promise<void> {
  const now = () => Date.now()
  await renewSubscription(self.registration.pushManager, {
    call: createCaller({ fetch: (...call) => fetch(...call), now, timeout: 15_000 }),
    store: await openDatabase(),
    now,
    randomId: () => encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
  })
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { request } = event.notification.data as { readonly request: string }
  event.waitUntil(openApp(`${shell}#request/${request}`))
})

async function openApp(address: string): Promise<void> {
  const open = await self.clients.matchAll({ type: 'window' })
  const own = open.find(({ url }) => new URL(url).pathname === shell)
  if (own === undefined) await self.clients.openWindow(address)
  else {
    // If the browser does not bring the window to the front, it still shows the request.
    await own.navigate(address)
    await own.focus().catch(() => undefined)
  }
}
