// Sends the same request to a server repeatedly, and measures how many answers it gives in a second of its CPU.

import { Agent } from 'node:http'
import { send } from './logins.ts'
import { cpuSeconds } from './process.ts'

export type Question = {
  /** The address of the next request. */
  url: () => string
  headers: Readonly<Record<string, string>>
  /** An answer whose body does not contain it is wrong. */
  expected?: string
}

/** Throws unless the answer is the expected one. */
const askOnce = async (agent: Agent, { url, headers, expected = '' }: Question): Promise<void> => {
  const asked = url()
  const { status, body } = await send(agent, asked, { method: 'GET', headers })
  if (status !== 200) throw new Error(`${asked} answered ${status}`)
  if (!body.includes(expected)) throw new Error(`${asked} answered ${body.slice(0, 300)}`)
}

/** The number of answers in this time. */
export const askFor = async (question: Question, seconds: number): Promise<number> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const end = performance.now() + seconds * 1000
  let count = 0
  const work = async () => {
    while (performance.now() < end) {
      await askOnce(agent, question)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: 32 }, work)).finally(() => agent.destroy())
  return count
}

/** Answers per CPU second of these processes. */
export const measureRate = async (
  pids: readonly number[],
  question: Question,
  seconds: number,
): Promise<number> => {
  const spent = async () => {
    const each = await Promise.all(pids.map(cpuSeconds))
    return each.reduce((sum, one) => sum + one, 0)
  }
  // V8 needs more time to compile the product.
  await askFor(question, 2 * seconds)
  const before = await spent()
  const count = await askFor(question, seconds)
  return count / ((await spent()) - before)
}
