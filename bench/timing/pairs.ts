// Pairs of requests to a server, one after the other over one kept connection, and by how much the first kind takes longer than
// the second. Which of a pair comes first is drawn, so that neither gains by its place.

import { Agent } from 'node:http'
import { readCookies, readForm, send } from '../logins.ts'

/** What is sent in a form; the address of its page is where it goes to. */
export type Attempt = { path: string; fields: Record<string, string> }

export type Pairs = {
  url: string
  count: number
  /** Of the pair with this number. */
  first: (turn: number) => Attempt
  second: (turn: number) => Attempt
}

/** Without these, what is compiled late counts. */
const warmUp = 30

/** Milliseconds by which the first took longer, for each pair. */
export const measurePairs = async ({ url, count, first, second }: Pairs): Promise<number[]> => {
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
    for (let turn = 0; turn < count + warmUp; turn += 1) {
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
