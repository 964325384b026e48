// Sends pairs of requests to a server, one after the other over one connection, and measures by how much the first kind takes
// longer than the second. The order within a pair is random, so that the position favours neither.

import { Agent } from 'node:http'
import { readCookies, readForm, send } from '../logins.ts'
import { findInterval } from './interval.ts'

/** The fields of a form, and the path of its page, to which it is sent. */
export type Attempt = { path: string; fields: Record<string, string> }

/** The least and most pairs, and the seconds after which no pairs beyond the least follow. */
export type Amount = { least: number; most: number; seconds: number }

export type Pairs = Amount & {
  url: string
  /** The first request of the pair with this number. */
  first: (turn: number) => Attempt
  second: (turn: number) => Attempt
}

/** Pairs that are not measured, so that late compilation does not distort the result. */
const warmUp = 30

/**
 * Milliseconds. When the interval is this narrow, further pairs add nothing; a busy machine takes more pairs. Only the width
 * ends the measurement, never the position of the interval, which would bias it.
 */
const narrow = 0.4
/** Pairs until the interval is computed again. */
const step = 50

const isNarrow = (differences: readonly number[]): boolean => {
  if (differences.length % step > 0) return false
  const { low, high } = findInterval(differences)
  return high - low <= narrow
}

/** For each pair, the milliseconds by which the first request took longer. */
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
      // Each attempt has its own address, as one address may make only few attempts.
      'x-forwarded-for': `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`,
    }
    const begin = performance.now()
    const reply = await send(agent, page.action, { method: 'POST', headers, body })
    const time = performance.now() - begin
    // A refused login is a redirect like a successful one, but sets no session cookie.
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
