/** Starts the app: opens its database, makes its parts, and shows the screen that the address names. */
import type { Lock } from '../device/account.ts'
import type { AnswerOptions } from '../device/answer.ts'
import { createCaller } from '../device/call.ts'
import { encodeBase64Url } from '../protocol/base64url.ts'
import { type App, createApp, findPlace, type Screens } from './app.ts'
import { sayWhenSlow } from './checking.ts'
import { isDenied, openDatabase } from './database.ts'
import { focusHeading, make } from './dom.ts'
import { watchInstall } from './install.ts'
import { keepUpToDate } from './live.ts'
import { makeButton } from './parts.ts'
import { makeHome } from './screens/home.ts'
import { loadWords } from './words.ts'

const screens: Screens = {
  home: makeHome,
  scan: async (...scene) => (await import('./screens/scan.ts')).makeScan(...scene),
  link: async (...scene) => (await import('./screens/link.ts')).makeLink(...scene),
  request: async (...scene) => (await import('./screens/request.ts')).makeRequest(...scene),
  absent: async (...scene) => (await import('./screens/absent.ts')).makeAbsent(...scene),
  account: async (...scene) => (await import('./screens/account.ts')).makeAccountScreen(...scene),
  notify: async (...scene) => (await import('./screens/notify.ts')).makeNotify(...scene),
  move: async (...scene) => (await import('./screens/move.ts')).makeMove(...scene),
  moved: async (...scene) => (await import('./screens/moved.ts')).makeMoved(...scene),
  arrive: async (...scene) => (await import('./screens/arrive.ts')).makeArrive(...scene),
  settings: async (...scene) => (await import('./screens/settings.ts')).makeSettings(...scene),
  locked: async (...scene) => (await import('./screens/locked.ts')).makeLocked(...scene),
}

/** Other tabs and the service worker of this phone take part, see `Lock`. */
const lock: Lock = (accountId, work) => navigator.locks.request(`account/${accountId}`, work)

async function start(): Promise<void> {
  watchInstall()
  const main = document.querySelector('main') ?? document.body.appendChild(make('main'))
  const { words, language } = await loadWords(navigator.languages)
  document.documentElement.lang = language
  const say = (text: string) => {
    // It stays in the place where the person reads it.
    if (main.querySelector('[role=alert]') !== null) return
    const message = make('p', { role: 'alert' }, text)
    const reload = makeButton(words.reload, () => location.reload())
    main.replaceChildren(make('section', {}, make('h1', {}, words.title), message, reload))
    focusHeading(main)
  }
  const onLost = () => say(words.storageLost)
  const database = await openDatabase(onLost).catch((error: unknown) => {
    say(isDenied(error) ? words.noStorage : words.storageLost)
  })
  if (database === undefined) return
  const now = () => Date.now()
  const device: AnswerOptions = {
    call: createCaller({ fetch: (...call) => fetch(...call), now, timeout: 15_000 }),
    store: database,
    lock,
    now,
    randomId: () => encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
    app: location.origin,
    verify: async (...asked) => (await import('./passkey.ts')).verifyPerson(...asked),
    sleep: (milliseconds: number) =>
      new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  }
  const peers = (main.dataset.peers ?? '').split(' ').filter((origin) => origin !== '')
  const app = createApp({ words, language, database, device, peers }, { screens, main })
  await keepLocked(app)
  const free = { main, words, isFree: () => main.querySelector('section') === null }
  const open = async () => {
    const { hash } = location
    history.replaceState(null, '', location.pathname)
    if (hash.startsWith('#request/')) await sayWhenSlow(free, app.refresh())
    app.go(findPlace(app, hash))
  }
  addEventListener('hashchange', () => void open())
  await open()
  keepUpToDate(app)
  void navigator.storage?.persist?.()
  // The downloads of the service worker must not delay the first screen.
  await app.whenShown()
  await import('./updates.ts').then(({ keepNewest }) => keepNewest(app)).catch(() => undefined)
}

/** Milliseconds that the app may be hidden before it locks again. */
const lockAfter = 60_000

/** Locks the app at its start, and again after it was hidden for a while. */
async function keepLocked(app: App): Promise<void> {
  const lock = async () => {
    const { lockId } = await app.database.readSettings()
    if (lockId !== undefined) app.lock()
  }
  let hiddenAt: number | undefined
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') hiddenAt = Date.now()
    else if (hiddenAt !== undefined && Date.now() - hiddenAt > lockAfter) void lock()
  })
  await lock()
}

void start()
