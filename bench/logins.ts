// Complete logins over HTTP, like a browser without scripts: fetch the page, read its form, send it. Only a login that ends
// with a new session is counted.

import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export const userCount = 1_000
export const userPassword = 'correct horse battery staple'

/** The name of a user. Every base for a measurement has a thousand users unless it says otherwise. */
export const nameUser = (user: number): string => `user-${user}`

export type Reply = { status: number; headers: IncomingHttpHeaders; body: string }

export const send = (
  agent: Agent,
  url: string,
  options: { method: string; headers: Record<string, string>; body?: string },
): Promise<Reply> =>
  new Promise((done, failed) => {
    const { method, headers, body } = options
    const sent = request(url, { agent, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    sent.on('error', failed)
    sent.end(body)
  })

const unescapeHtml = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

const attribute = (tag: string, name: string) => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescapeHtml(value)
}

/**
 * Reads the address and the hidden values of the form that asks for a password.
 * @param mark the text by which the form is found, instead of its password field
 */
export const readForm = (
  page: string,
  mark = 'type="password"',
): { action: string | undefined; carried: URLSearchParams } => {
  const forms = page.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((one) => one.includes(mark)) ?? ''
  const carried = new URLSearchParams()
  for (const [tag] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = attribute(tag, 'name')
    if (name) carried.set(name, attribute(tag, 'value') ?? '')
  }
  // The form also sends the button that Enter presses.
  const button = /<button[^>]*>/.exec(form)?.[0] ?? ''
  const name = attribute(button, 'name')
  if (name) carried.set(name, attribute(button, 'value') ?? '')
  return { action: attribute(/<form[^>]*>/.exec(form)?.[0] ?? '', 'action'), carried }
}

export const readCookies = (reply: Reply) =>
  (reply.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ')

const cookieNames = (reply: Reply) =>
  (reply.headers['set-cookie'] ?? []).map((cookie) => cookie.split('=')[0])

/** One login; true if its answer is a redirect with a cookie that the page did not set: the session cookie. */
export const logIn = async (agent: Agent, url: string, username: string): Promise<boolean> => {
  const begin = `${url}/login`
  const page = await send(agent, begin, { method: 'GET', headers: { accept: 'text/html' } })
  if (page.status !== 200) return false
  const { action, carried } = readForm(page.body)
  carried.set('username', username)
  carried.set('password', userPassword)
  const body = carried.toString()
  const cookie = readCookies(page)
  const reply = await send(agent, new URL(action ?? '', begin).href, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
      origin: url,
      'sec-fetch-site': 'same-origin',
      ...(cookie ? { cookie } : {}),
    },
    body,
  })
  const before = new Set(cookieNames(page))
  return reply.status === 303 && cookieNames(reply).some((name) => !before.has(name))
}

const takeTurns = () => {
  let turn = 0
  return () => nameUser(turn++ % userCount)
}

/**
 * Logs in repeatedly, `concurrency` at once. After the seconds or the number no further logins begin; running ones still end.
 */
export const driveLogins = async (options: {
  url: string
  concurrency: number
  seconds: number
  /** The most logins; absent: as many as begin in the seconds. */
  most?: number
  /** The next user; absent: the thousand users in turn. */
  next?: () => string
}): Promise<{ good: number; bad: number }> => {
  const { url, concurrency, seconds, most = Infinity, next = takeTurns() } = options
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const end = performance.now() + seconds * 1000
  const counts = { good: 0, bad: 0 }
  let left = most
  const work = async () => {
    while (performance.now() < end && left-- > 0) {
      if (await logIn(agent, url, next())) counts.good += 1
      else counts.bad += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  agent.destroy()
  return counts
}

/**
 * Begins `rate` logins each second, whether or not earlier ones have ended, like real people. Resolves with the duration of
 * each in milliseconds.
 */
export const paceLogins = async (options: {
  url: string
  rate: number
  seconds: number
}): Promise<{ times: number[]; bad: number }> => {
  const { url, rate, seconds } = options
  const agent = new Agent({ keepAlive: true })
  const next = takeTurns()
  const times: number[] = []
  let bad = 0
  const begin = performance.now()
  const work = async () => {
    const before = performance.now()
    if (await logIn(agent, url, next())) times.push(performance.now() - before)
    else bad += 1
  }
  const all: Promise<void>[] = []
  while (all.length < rate * seconds) {
    const due = begin + (all.length * 1000) / rate
    const left = due - performance.now()
    if (left > 0) await sleep(left)
    all.push(work())
  }
  await Promise.all(all)
  agent.destroy()
  return { times, bad }
}
