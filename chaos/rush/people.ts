/**
 * People who log in behind a proxy, each with an own address: they come at a rate, whether or not earlier ones are in, and come
 * back when a page tells them to. Some close their browser while they wait. Owns what each of them saw.
 */

import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { nameUser, readForm, userCount, userPassword } from '../../bench/logins.ts'

export interface Place {
  /** Where people go, an origin. */
  readonly proxy: string
  /** The address of the server as its pages have it. */
  readonly publicUrl: string
}

export interface Seen {
  /** Milliseconds from the password to the answer, of those who got in. */
  readonly times: number[]
  /** How often a person was told to come back. */
  refused: number
  /** Answers of the proxy in place of one of the server, and lost ones. */
  byProxy: number
  /** Passwords that the server has answered with *right*. */
  loggedIn: number
  /** Browsers that closed the connection. */
  left: number
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** One in so many closes the browser after a second. */
const leavingEvery = 8

export function createPeople({ proxy, publicUrl }: Place) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4_000 })
  const seen: Seen = { times: [], refused: 0, byProxy: 0, loggedIn: 0, left: 0 }
  let came = 0
  let isOver = false

  /** Resolves with `undefined` when the browser was closed, or the answer was lost. */
  function send(
    { path, address, cookies, form }: Asked,
    onSent: (outgoing: ClientRequest) => void = () => {},
  ): Promise<Answer | undefined> {
    const headers = {
      'x-forwarded-for': address,
      ...(cookies.size > 0 && { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }),
      ...(form !== undefined && {
        ...{ origin: publicUrl, 'sec-fetch-site': 'same-origin' },
        'content-type': 'application/x-www-form-urlencoded',
      }),
    }
    const method = form === undefined ? 'GET' : 'POST'
    return new Promise((resolve) => {
      const outgoing = request(`${proxy}${path}`, { agent, method, headers }, (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        answer.once('end', () => {
          keepCookies(cookies, answer)
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
        })
        answer.once('error', () => resolve(undefined))
      })
      outgoing.once('error', () => resolve(undefined))
      outgoing.end(form)
      onSent(outgoing)
    })
  }

  async function logIn(n: number): Promise<void> {
    const cookies = new Map<string, string>()
    const address = `${10 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.7`
    const page = await send({ path: '/login', address, cookies })
    if (page?.status !== 200) {
      seen.byProxy += 1
      return
    }
    const { carried } = readForm(page.body)
    carried.set('username', nameUser(n % userCount))
    carried.set('password', userPassword)
    const asked = { path: '/login', address, cookies, form: carried.toString() }
    if (n % leavingEvery === leavingEvery - 1) return await leave(asked)
    // Half of them have a page that waits for its turn by itself.
    await comeBack(asked, n % 2 === 0)
  }

  async function comeBack(asked: Asked, stays: boolean): Promise<void> {
    while (!isOver) {
      if (stays) asked.cookies.set('einlass_wait', '-login')
      const begin = performance.now()
      const answer = await send(asked)
      if (answer?.status === 303) {
        seen.times.push(performance.now() - begin)
        if (!isOver) seen.loggedIn += 1
        return
      }
      const seconds = readWait(answer)
      if (seconds === undefined) {
        seen.byProxy += 1
        return
      }
      seen.refused += 1
      await pause(seconds * 1000, undefined, { ref: false })
    }
  }

  async function leave(asked: Asked): Promise<void> {
    const answer = await send(asked, (outgoing) => {
      setTimeout(() => outgoing.destroy(), 1000).unref()
    })
    if (answer === undefined) seen.left += 1
    else if (answer.status === 303 && !isOver) seen.loggedIn += 1
  }

  return {
    seen,
    /**
     * Lets people come for so many seconds; resolves when the last ones who wait for an answer have it, with what `look` found at
     * the end of those seconds.
     */
    async come(rate: number, seconds: number, look: () => Promise<number>): Promise<number> {
      const begin = performance.now()
      const all: Promise<void>[] = []
      while (performance.now() < begin + seconds * 1000) {
        const due = begin + (all.length * 1000) / rate
        const left = due - performance.now()
        if (left > 0) await pause(left)
        all.push(logIn(came++))
      }
      isOver = true
      const found = await look()
      await Promise.race([Promise.all(all), pause(20_000)])
      return found
    },
    close: () => agent.destroy(),
  }
}

/** `undefined`: this is no answer of the server that says when to come back. */
function readWait(answer: Answer | undefined): number | undefined {
  const seconds = Number(answer?.headers['retry-after'])
  const isOurs = answer !== undefined && [204, 503].includes(answer.status)
  return isOurs && seconds > 0 ? seconds : undefined
}

interface Asked {
  readonly path: string
  readonly address: string
  readonly cookies: Map<string, string>
  readonly form?: string
}

function keepCookies(cookies: Map<string, string>, { headers }: IncomingMessage): void {
  for (const line of headers['set-cookie'] ?? []) {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}
