/**
 * What the screens share: the accounts, what waits for an answer, and the way from one screen to the next. A screen is a function
 * that makes an element; what it began, it ends when it is left.
 */
import type { AnswerOptions } from '../device/answer.ts'
import type { Fetched } from '../device/requests.ts'
import { sayWhenSlow } from './checking.ts'
import type { Database } from './database.ts'
import { createLooks, type Waiting } from './looks.ts'
import type { Words } from './words.ts'

/** A screen, by what it shows. */
export type Place =
  | { readonly type: 'home' }
  | { readonly type: 'scan'; readonly answers?: Waiting }
  | { readonly type: 'link'; readonly text: string }
  | { readonly type: 'request'; readonly waiting: Waiting; readonly scan?: string }
  /** A link led to a request that is not known here. */
  | { readonly type: 'absent'; readonly requestId: string }
  | { readonly type: 'account'; readonly accountId: string }
  | { readonly type: 'notify'; readonly accountId: string }
  | { readonly type: 'move'; readonly accountId: string }
  /** `name`: what the new phone calls itself. */
  | { readonly type: 'moved'; readonly accountId: string; readonly name: string }
  | { readonly type: 'arrive'; readonly accountId: string }
  | { readonly type: 'settings' }
  /** `next`: what is shown when the owner has opened it. */
  | { readonly type: 'locked'; readonly next: Place }

export interface App {
  readonly words: Words
  readonly language: 'de' | 'en'
  readonly database: Database
  readonly device: AnswerOptions
  /** What waits, of all accounts. */
  listWaiting(): readonly Waiting[]
  /** What the last look at an account came to. `undefined`: the first one has not ended yet. */
  findLook(accountId: string): Fetched | undefined
  /** Asks the servers of all accounts, or of one, what waits. */
  refresh(accountId?: string): Promise<void>
  /** This request has an answer. */
  forget(requestId: string): void
  go(place: Place): void
  /** Resolves when the screen that was asked for last is there. */
  whenShown(): Promise<void>
  /** From now on only the way to open it is shown. */
  lock(): void
  unlock(next: Place): void
  /** The servers that this app may talk to, beside its own. */
  readonly peers: readonly string[]
  /** Whether nothing is lost when the page is loaded again. */
  isIdle(): boolean
  /** Calls it each time that the app becomes idle. */
  onIdle(listener: () => void): void
}

export interface Screen {
  readonly element: HTMLElement
  /** What gets the focus; absent: the heading. */
  readonly focus?: HTMLElement
  /** After `refresh` has found something else. */
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
    // Meanwhile the person went on to another screen.
    if (mine !== showing) return screen.leave?.()
    shown?.leave?.()
    shown = screen
    main.replaceChildren(screen.element)
    scrollTo(0, 0)
    const heading = screen.element.querySelector('h1')
    heading?.setAttribute('tabindex', '-1')
    const target = screen.focus ?? heading
    target?.focus()
    document.title = heading?.textContent ?? options.words.title
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
      // A part of the app that is loaded only now may be gone, because another tab has brought a new version.
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

/** The screen that an address asks for. The fragment is taken out of the address, so that no secret stays in the history. */
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
