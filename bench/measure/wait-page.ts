// The cost of a waiting page in a minute, in CPU time of the server and bytes to the browser. The page opens its stream, asks
// for its status twice, as its script does at the start, and then stays open.

import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type PreparedWaiters, type Waiter } from '../control.ts'
import { type Bench, compare, type Figure, interleave } from '../figure.ts'
import { cpuSeconds, serverCore, type Target } from '../process.ts'
import { openWaiters } from '../waiters.ts'

type Cost = { milliseconds: number; bytes: number }

/** Seconds between two heartbeats of the stream, on both sides: any window of this length contains one. */
const beat = 15

const statusesEach = 2

/** Asks for the status of a waiting page; resolves with the number of received bytes. Throws when the page does not wait. */
export const askStatus = (agent: Agent, address: string, waiter: Waiter): Promise<number> =>
  new Promise((done, failed) => {
    const path = waiter.path.replace('/events', '/status')
    const headers = { accept: 'application/json', ...(waiter.cookie && { cookie: waiter.cookie }) }
    const sent = request(new URL(path, address), { agent, headers }, (response) => {
      const { socket } = response
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        if (text.includes('"final":false')) done(socket.bytesRead - before)
        else failed(new Error(`a page does not wait: ${response.statusCode} ${text.slice(0, 200)}`))
      })
    })
    let before = 0
    sent.on('socket', (socket) => {
      before = socket.bytesRead
    })
    sent.on('error', failed)
    sent.end()
  })

const askAll = async (address: string, waiters: readonly Waiter[]): Promise<number> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const all = Array.from({ length: statusesEach }, () => waiters).flat()
  try {
    let bytes = 0
    let next = 0
    const work = async () => {
      for (let waiter = all[next]; waiter !== undefined; waiter = all[next]) {
        next += 1
        const came = await askStatus(agent, address, waiter)
        bytes += came
      }
    }
    await Promise.all(Array.from({ length: 64 }, work))
    return bytes
  } finally {
    agent.destroy()
  }
}

const measure = async (target: Target, count: number): Promise<Cost> => {
  const running = await target.start({ hash: false, cores: serverCore, waiters: count })
  try {
    const prepared = await ask<PreparedWaiters>(running.control, `/waiters?count=${count}`)
    // The first pages warm up code, which is not part of a page's cost.
    const first = prepared.waiters.slice(0, 200)
    await (await openWaiters(running.url, { ...prepared, waiters: first })).close()
    await askAll(running.url, first)

    const before = await cpuSeconds(running.pid)
    const waiters = await openWaiters(running.url, prepared)
    const statusBytes = await askAll(running.url, prepared.waiters)
    const opened = await cpuSeconds(running.pid)
    const openedBytes = waiters.bytes()
    await sleep(beat * 1000)
    const beatCpu = (await cpuSeconds(running.pid)) - opened
    const beatBytes = waiters.bytes() - openedBytes
    await waiters.close()
    const beats = 60 / beat
    return {
      milliseconds: ((opened - before + beats * beatCpu) * 1000) / count,
      bytes: (statusBytes + openedBytes + beats * beatBytes) / count,
    }
  } finally {
    await running.close()
  }
}

export const measureWaitPage = async (bench: Bench): Promise<Figure[]> => {
  const { product, floor, waiters } = bench
  const rounds = await interleave(
    Math.min(2, bench.rounds),
    () => measure(product, waiters),
    () => measure(floor, waiters),
  )
  const figure = (name: string, unit: string, key: keyof Cost) =>
    compare({
      name: `waiting page, one minute: ${name}`,
      unit,
      reference: bench.reference,
      rounds: rounds.map(({ value, referenceValue }) => ({
        value: value[key],
        referenceValue: referenceValue[key],
      })),
    })
  return [figure('processor', 'ms', 'milliseconds'), figure('bytes to the browser', 'B', 'bytes')]
}
