// Pairs of requests to a server, one after the other over one kept connection, and by how much the first kind takes longer than
// the second. Which of a pair comes first is drawn, so that neither gains by its place.

import { Agent } from 'node:http'
import { readCookies, readForm, send } from '../logins.ts'
import { findInterval } from './interval.ts'

/** What is sent in a form; the address of its page is where it goes to. */
export type Attempt = { path: string; fields: Record<string, string> }

/** How many pairs there are at least and at most, and seconds after which no further ones follow the least. */
export type Amount = { least: number; most: number; seconds: number }

export type Pairs = Amount & {
  url: string
  /** Of the pair with this number. */
  first: (turn: number) => Attempt
  second: (turn: number) => Attempt
}

/** Without these, what is compiled late counts. */
const warmUp = 30

/**
 * Milliseconds. When the interval is as narrow, further pairs say nothing new; on a busy machine it takes more of them. Where the interval
 * lies decides nothing, so that it is what it says.
 */
const narrow = 0.4
/** Pairs until the interval is looked at again. */
const step = 50

const isNarrow = (differences: readonly number[]): boolean => {
  if (differences.length % step > 0) return false
  const { low, high } = findInterval(differences)
  return high - low <= narrow
}

/** Milliseconds by which the first took longer, for each pair. */
export const measurePairs = async (pairs: Pairs): Promise<number[]> => {
  const { url, least, most, seconds, first, second } = pairs
  const end = performance.now() + seconds * 1_000
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const page = await openForm(agent, url, first(0).path)
  let sent = 0
  const ask = async ({ fields }: Attempt): Promise<number> => {
    sent += 1
    const body = `${page.carried}&${new URLSearchParams(fields)}`
    const headers = {
      ...page.headers,
      'content-length': `${Buffer.byteLength(body)}`,
      // Each from an address of its own, as few attempts are allowed from one.
      'x-forwarded-for': `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`,
    }
    const begin = performance.now()
    const reply = await send(agent, page.action, { method: 'POST', headers, body })
    const time = performance.now() - begin
    // A refused login leads on like one that is let in, which has a session.
    const isRefused = reply.status === 303 && !readCookies(reply).includes('session')
    if (isRefused) return time
    throw new Error(`${page.action} answered ${reply.status} to ${body}`)
  }
  const differences: number[] = []
  try {
    for (let turn = 0; turn < most + warmUp; turn += 1) {
      const isEnough = performance.now() > end || isNarrow(differences)
      if (differences.length >= least && isEnough) break

      const [a, b] = [first(turn), second(turn)]
      const isTurned = Math.random() < 0.5
      const one = await ask(isTurned ? b : a)
      const other = await ask(isTurned ? a : b)
      if (turn >= warmUp) differences.push(isTurned ? other - one : one - other)
    }
  } finally {
    agent.destroy()
  }
  return differences
}

const openForm = async (agent: Agent, url: string, path: string) => {
  const begin = `${url}${path}`
  const shown = await send(agent, begin, { method: 'GET', headers: { accept: 'text/html' } })
  const { action, carried } = readForm(shown.body, 'name="username"')
  carried.delete('username')
  return {
    action: new URL(action ?? '', begin).href,
    carried: carried.toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: url,
      'sec-fetch-site': 'same-origin',
      cookie: readCookies(shown),
    },
  }
}
