/** Complete logins over HTTP. Each request is noted with the outcome that its client saw. */
import {
  createPlainBrowser,
  type PlainBrowser,
  type Reply,
  readForm,
} from '../../src/dev/test-support/plain-browser.ts'
import { en } from '../../src/platform/ui/messages/en.ts'
import { showCode } from '../../test/support/schema-fixture.ts'
import type { History, Outcome, Thing } from '../check/history.ts'
import type { Gate } from './gate.ts'
import type { Person } from './people.ts'
import type { Choices } from './random.ts'

export interface Load {
  readonly history: History
  readonly choices: Choices
  /** The addresses of servers that accept requests now. */
  readonly listUrls: () => readonly string[]
  readonly gate: Gate
  /** Milliseconds between two logins of a person. */
  readonly pause: number
  /** The servers' time, in milliseconds since the epoch. */
  readonly readClock: () => number
  readonly sessions: Session[]
  /** Counts an event for the printed figures. */
  readonly count: (what: string) => void
}

/** A browser that is logged in. */
export interface Session {
  readonly browser: PlainBrowser
  readonly thing: Thing
  readonly owner: Person
}

/** A browser in the middle of a login. */
interface Halfway {
  readonly person: Person
  readonly browser: PlainBrowser
  readonly page: Reply
  readonly at: string
}

export function findUrl({ listUrls, choices }: Load): string {
  const url = choices.pick(listUrls())
  if (url === undefined) throw new Error('no server takes requests')
  return url
}

/** Enters the password; resolves with the page behind it. */
export async function enterPassword(load: Load, person: Person): Promise<Halfway> {
  const { username, password } = person
  const at = findUrl(load)
  const browser = createPlainBrowser(at, { language: 'en' })
  const page = await browser.get('/login')
  const behind = await browser.answer(page, { username, password, action: 'login' })
  if (behind.status !== 200) throw new Error(`no second factor: ${titleOf(behind)}`)
  return { person, browser, page: behind, at }
}

export async function chooseRecovery(halfway: Halfway): Promise<Halfway> {
  const { browser, page } = halfway
  const others = await browser.answer(page, { action: 'other' })
  return { ...halfway, page: await browser.answer(others, { action: 'recovery' }) }
}

/** Types a code, which spends the thing. If that ends the login, a session exists afterwards. */
export async function enterCode(
  load: Load,
  halfway: Halfway,
  { code, thing }: { readonly code: string; readonly thing: Thing },
): Promise<Outcome | undefined> {
  const { browser, page } = halfway
  const begin = performance.now()
  const { action, hidden } = readForm(page)
  let reply: Reply | undefined
  const outcome = await load.history.run(thing, 'spend', async () => {
    reply = await browser.post(action, { ...hidden, action: 'confirm', code })
    return await judge(load, browser, reply)
  })
  if (outcome === 'done' && reply !== undefined) await finish(load, halfway, { reply, begin })
  return outcome
}

const refusals = [en['totp.wrong.title'], en['totp.used.title'], en['recovery.wrong.title']]

async function judge(
  { count }: Load,
  browser: PlainBrowser,
  reply: Reply,
): Promise<Outcome | undefined> {
  const isRefused = reply.headers.getSetCookie().some((one) => one.startsWith('einlass_refusal='))
  if (reply.status === 303 && !isRefused) return 'done'
  const page = await browser.follow(reply)
  if (page.status >= 500) return 'unknown'
  if (refusals.some((text) => page.text.includes(text))) return 'refused'
  count(`not judged: ${page.status} ${titleOf(page)}`)
  return undefined
}

/** After a recovery code a further page comes first. */
async function finish(
  load: Load,
  { browser, person }: Halfway,
  { reply, begin }: { readonly reply: Reply; readonly begin: number },
): Promise<void> {
  if (browser.cookie('einlass_session') === undefined) {
    const page = await browser.follow(reply)
    if (browser.cookie('einlass_session') === undefined)
      await browser.answer(page, { action: 'home' })
  }
  addSession(load, { browser, owner: person, begin })
}

export function addSession(
  { history, sessions, count }: Load,
  { browser, owner, begin }: Pick<Session, 'browser' | 'owner'> & { readonly begin: number },
): void {
  if (browser.cookie('einlass_session') === undefined) {
    count('logins that were not finished')
    return
  }
  const thing = history.add(`session ${sessions.length} of ${owner.username}`)
  history.note(thing, { act: 'issue', outcome: 'done', begin })
  sessions.push({ browser, thing, owner })
  count('logins')
}

/** The current code of the code app. */
export const readCodeApp = ({ totpKey = '' }: Person, now: number): string => showCode(totpKey, now)

/** Opens a page of the account. */
export async function look(load: Load, { browser, thing }: Session): Promise<void> {
  await load.history.run(thing, 'look', async () => {
    const reply = await browser.get('/account', findUrl(load))
    if (reply.status === 200) return 'done'
    if (reply.location?.startsWith('/login')) return 'refused'
    load.count(`not judged: ${reply.status} ${titleOf(reply)}`)
    return undefined
  })
}

export async function logOut(
  load: Load,
  { browser, thing }: Session,
): Promise<Outcome | undefined> {
  const at = findUrl(load)
  const page = await browser.get('/logout', at)
  const { action, hidden } = readForm(page)
  const cookies = browser.cookieHeader()
  const outcome = await load.history.run(thing, 'withdraw', async () => {
    const reply = await browser.post(action, hidden, at)
    return reply.status === 303 ? 'done' : reply.status >= 500 ? 'unknown' : undefined
  })
  // The browser has dropped its cookie after the logout, but a thief of the cookie has not.
  for (const pair of cookies.split('; ')) {
    const equals = pair.indexOf('=')
    browser.setCookie(pair.slice(0, equals), pair.slice(equals + 1))
  }
  return outcome
}

export const titleOf = ({ text }: Reply): string =>
  /<title>([^<]*)/.exec(text)?.[1] ?? text.slice(0, 100)
