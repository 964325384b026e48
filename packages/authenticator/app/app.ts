/**
 * What the screens share: the accounts, the requests that wait for an answer, and the change from one screen to the next. A
 * screen is a function that makes an element, and ends what it began when it is left.
 */
import type { AnswerOptions } from '../device/answer.ts'
import type { Fetched } from '../device/requests.ts'
import { sayWhenSlow } from './checking.ts'
import type { Database } from './database.ts'
import { focusHeading } from './dom.ts'
import { createLooks, type Waiting } from './looks.ts'
import type { Words } from './words.ts'

/** A screen and what it shows. */
export type Place =
  | { readonly type: 'home' }
  | { readonly type: 'scan'; readonly answers?: Waiting }
  | { readonly type: 'link'; readonly text: string }
  | { readonly type: 'request'; readonly waiting: Waiting; readonly scan?: string }
  /** A link led to a request that is unknown here. */
  | { readonly type: 'absent'; readonly requestId: string }
  | { readonly type: 'account'; readonly accountId: string }
  | { readonly type: 'notify'; readonly accountId: string }
  | { readonly type: 'move'; readonly accountId: string }
  /** `name`: the name that the new phone gives itself. */
  | { readonly type: 'moved'; readonly accountId: string; readonly name: string }
  | { readonly type: 'arrive'; readonly accountId: string }
  | { readonly type: 'settings' }
  /** `next`: the screen after the owner has unlocked the app. */
  | { readonly type: 'locked'; readonly next: Place }

export interface App {
  readonly words: Words
  readonly language: 'de' | 'en'
  readonly database: Database
  readonly device: AnswerOptions
  /** The waiting requests of all accounts. */
  listWaiting(): readonly Waiting[]
  /** The result of the last fetch of an account. `undefined`: the first fetch has not ended yet. */
  findLook(accountId: string): Fetched | undefined
  /** Asks the servers of all accounts, or of one, for waiting requests. */
  refresh(accountId?: string): Promise<void>
  /** Removes a request that has been answered. */
  forget(requestId: string): void
  go(place: Place): void
  /** Resolves when the last requested screen is shown. */
  whenShown(): Promise<void>
  /** Locks the app: only the screen that unlocks it is shown. */
  lock(): void
  unlock(next: Place): void
  /** The servers that this app may talk to, besides its own. */
  readonly peers: readonly string[]
  /** Whether nothing is lost when the page is loaded again. */
  isIdle(): boolean
  /** Calls it each time that the app becomes idle. */
  onIdle(listener: () => void): void
}

export interface Screen {
  readonly element: HTMLElement
  /** The element that gets the focus; absent: the heading. */
  readonly focus?: HTMLElement
  /** Called when `refresh` has found a change. */
  onChange?(): void
  leave?(): void
}

export type MakeScreen<T extends Place['type']> = (
  app: App,
  place: Extract<Place, { readonly type: T }>,
) => Promise<Screen>

export type Screens = { readonly [T in Place['type']]: MakeScreen<T> }

export function createApp(
  options: Pick<App, 'words' | 'language' | 'database' | 'device' | 'peers'>,
  { screens, main }: { readonly screens: Screens; readonly main: HTMLElement },
): App {
  const looks = createLooks({ ...options.device, language: options.language })
  let shown: Screen | undefined
  let shownSoon: Promise<void> = Promise.resolve()
  let showing = 0
  let isIdle = false
  let isLocked = false
  let last: Place = { type: 'home' }
  const idleListeners: (() => void)[] = []

  async function show<T extends Place['type']>(place: Extract<Place, { type: T }>): Promise<void> {
    showing += 1
    const mine = showing
    isIdle = false
    const makeScreen: MakeScreen<T> = screens[place.type as T]
    const free = { main, words: options.words, isFree: () => mine === showing }
    const screen = await sayWhenSlow(free, makeScreen(app, place))
    // The person has gone to another screen meanwhile.
    if (mine !== showing) return screen.leave?.()
    shown?.leave?.()
    shown = screen
    main.replaceChildren(screen.element)
    scrollTo(0, 0)
    focusHeading(screen.element)
    screen.focus?.focus()
    document.title = screen.element.querySelector('h1')?.textContent ?? options.words.title
    isIdle = place.type === 'home'
    if (isIdle) for (const listener of idleListeners) listener()
  }

  const app: App = {
    ...options,
    listWaiting: looks.listWaiting,
    findLook: looks.find,
    async refresh(accountId) {
      if (await looks.refresh(accountId)) shown?.onChange?.()
    },
    forget: looks.forget,
    go(place) {
      last = place
      const to: Place =
        isLocked && place.type !== 'locked' ? { type: 'locked', next: place } : place
      // A part of the app that is loaded only now may be gone, because another tab has installed a new version.
      shownSoon = show(to).catch((error: unknown) => {
        if (shown === undefined) throw error
        location.reload()
      })
    },
    whenShown: () => shownSoon,
    lock() {
      if (isLocked) return
      isLocked = true
      app.go(last)
    },
    unlock(next) {
      isLocked = false
      app.go(next)
    },
    isIdle: () => isIdle,
    onIdle: (listener) => void idleListeners.push(listener),
  }
  return app
}

/** The screen that an address names. Removes the fragment from the address, so that no secret stays in the history. */
export function findPlace(app: App, fragment: string): Place {
  const [kind, id = ''] = fragment.replace('#', '').split('/')
  if (kind === 'request') {
    const waiting = app.listWaiting().find(({ request }) => request.id === id)
    return waiting === undefined ? { type: 'absent', requestId: id } : { type: 'request', waiting }
  }
  const text = `${location.origin}/authenticator${fragment}`
  if (fragment.includes('.')) return { type: 'link', text }
  return { type: 'home' }
}
