/**
 * What the screens share: the accounts, what waits for an answer, and the way from one screen to the next. A screen is a function
 * that makes an element; what it began, it ends when it is left.
 */
import { type Account, hasEnded } from '../device/account.ts'
import type { AnswerOptions } from '../device/answer.ts'
import { type Fetched, fetchRequests } from '../device/requests.ts'
import type { Request } from '../protocol/messages.ts'
import type { Database } from './database.ts'
import type { Words } from './words.ts'

/** A screen, by what it shows. */
export type Place =
  | { readonly type: 'home' }
  | { readonly type: 'scan'; readonly answers?: Waiting }
  | { readonly type: 'link'; readonly text: string }
  | { readonly type: 'request'; readonly waiting: Waiting; readonly scan?: string }
  | { readonly type: 'account'; readonly accountId: string }
  | { readonly type: 'notify'; readonly accountId: string }
  | { readonly type: 'move'; readonly accountId: string }
  /** `name`: what the new phone calls itself. */
  | { readonly type: 'moved'; readonly accountId: string; readonly name: string }
  | { readonly type: 'arrive'; readonly accountId: string }
  | { readonly type: 'settings' }
  /** `next`: what is shown when the owner has opened it. */
  | { readonly type: 'locked'; readonly next: Place }

/** A request, and the account that it is for. */
export interface Waiting {
  readonly accountId: string
  readonly request: Request
}

export interface App {
  readonly words: Words
  readonly language: 'de' | 'en'
  readonly database: Database
  readonly device: AnswerOptions
  /** What waits, of all accounts. */
  listWaiting(): readonly Waiting[]
  /** The accounts that no server answered for at the last look. */
  isOffline(accountId: string): boolean
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
  const waiting = new Map<string, readonly Request[]>()
  const offline = new Set<string>()
  let shown: Screen | undefined
  let shownSoon: Promise<void> = Promise.resolve()
  let showing = 0
  let isIdle = false
  let isLocked = false
  let last: Place = { type: 'home' }
  const idleListeners: (() => void)[] = []

  const describe = (account: Account): string =>
    describeAccount(account, offline.has(account.id), waiting.get(account.id) ?? [])

  async function refreshOne(account: Account): Promise<boolean> {
    const before = describe(account)
    if (hasEnded(account)) waiting.delete(account.id)
    else {
      const fetched = await fetchRequests(options.device, account)
      if (fetched.type === 'offline') offline.add(account.id)
      else offline.delete(account.id)
      waiting.set(
        account.id,
        findPending(
          fetched,
          waiting.get(account.id) ?? [],
          options.device.now() + account.clockOffset,
        ),
      )
    }
    const now = await options.database.find(account.id)
    return now === undefined || describe(now) !== before
  }

  async function show<T extends Place['type']>(place: Extract<Place, { type: T }>): Promise<void> {
    showing += 1
    const mine = showing
    isIdle = false
    const make: MakeScreen<T> = screens[place.type as T]
    const screen = await make(app, place)
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
    listWaiting: () =>
      [...waiting].flatMap(([accountId, requests]) =>
        requests.map((request) => ({ accountId, request })),
      ),
    isOffline: (accountId) => offline.has(accountId),
    async refresh(accountId) {
      const all = await options.database.list()
      const some = all.filter(({ id }) => accountId === undefined || id === accountId)
      const changes = await Promise.all(some.map(refreshOne))
      if (changes.includes(true)) shown?.onChange?.()
    },
    forget(requestId) {
      for (const [id, all] of waiting) waiting.set(id, withoutRequest(all, requestId))
    },
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

const withoutRequest = (all: readonly Request[], id: string): readonly Request[] =>
  all.filter((one) => one.id !== id)

/** What screens show of an account. */
const describeAccount = (
  { issuer, account, state, codes }: Account,
  isOffline: boolean,
  requests: readonly Request[],
): string => JSON.stringify([issuer, account, state, codes?.state, isOffline, requests])

/** Without a reply nothing is known to have changed, but time passes. @param now by the clock of the server, in milliseconds */
function findPending(
  fetched: Fetched,
  before: readonly Request[],
  now: number,
): readonly Request[] {
  if (fetched.type === 'done') return fetched.pending.requests
  if (fetched.type === 'ended' || fetched.type === 'copied') return []
  return before.filter(({ exp }) => exp * 1000 > now)
}

/** The screen that an address asks for. The fragment is taken out of the address, so that no secret stays in the history. */
export function findPlace(app: App, fragment: string): Place {
  const [kind, id] = fragment.replace('#', '').split('/')
  if (kind === 'request') {
    const waiting = app.listWaiting().find(({ request }) => request.id === id)
    return waiting === undefined ? { type: 'home' } : { type: 'request', waiting }
  }
  const text = `${location.origin}/authenticator${fragment}`
  if (fragment.includes('.')) return { type: 'link', text }
  return { type: 'home' }
}
