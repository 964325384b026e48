// The control interface of a measured server, in its process but on a separate port: wakes the waiting browsers and reports
// when, and measures the delay of the event loop. The floor and the product use the same one.

import { createServer, type Server } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export type Waiter = { path: string; cookie: string }

export type PreparedWaiters = { marker: string; markersAtOpening: number; waiters: Waiter[] }

export type WaiterSource = {
  /** The text that arrives in the stream when a waiter is woken. */
  marker: string
  /** How often the marker arrives at the opening, before anything is woken. */
  markersAtOpening: number
  /** Makes the data for the waiters, and returns how each one is opened. */
  prepare: (count: number) => Promise<Waiter[]>
  wake: (index: number) => void
}

/** Milliseconds since the epoch with fractions, comparable between processes of one machine. */
export const preciseNow = () => performance.timeOrigin + performance.now()

// Wakes the waiters in turn at the given rate. Each tick makes up for a late timer.
const wakeInTurn = (source: WaiterSource, count: number, perSecond: number): Promise<number[]> =>
  new Promise((done) => {
    const times: number[] = []
    const begin = performance.now()
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - begin) * perSecond) / 1000))
      while (times.length < due) {
        times.push(preciseNow())
        source.wake(times.length - 1)
      }
      if (times.length < count) return
      clearInterval(timer)
      done(times)
    }, 1)
  })

const wakeAtOnce = (source: WaiterSource, count: number): number[] => {
  const begin = preciseNow()
  for (let index = 0; index < count; index += 1) source.wake(index)
  return Array.from({ length: count }, () => begin)
}

/** Listens on 127.0.0.1 and resolves with the address. `extra` answers further paths. */
export const serveControl = async (
  source: WaiterSource,
  extra: Record<string, (query: URLSearchParams) => Promise<unknown>> = {},
): Promise<string> => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const routes: typeof extra = {
    '/waiters': async (query): Promise<PreparedWaiters> => ({
      marker: source.marker,
      markersAtOpening: source.markersAtOpening,
      waiters: await source.prepare(Number(query.get('count'))),
    }),
    '/wake': (query) =>
      wakeInTurn(source, Number(query.get('count')), Number(query.get('perSecond'))),
    '/wake-all': async (query) => wakeAtOnce(source, Number(query.get('count'))),
    '/delay': async (query) => {
      const p99 = delay.percentile(99) / 1e6
      if (query.get('watch') === 'begin') {
        delay.enable()
        delay.reset()
      }
      return p99
    },
    ...extra,
  }
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control')
    const answer = await routes[pathname]?.(searchParams)
    response.end(JSON.stringify(answer ?? null))
  })
  return listen(server)
}

/** Listens on the given or a free port of 127.0.0.1; resolves with the address. */
export const listen = (server: Server, port = 0): Promise<string> =>
  new Promise((done) => {
    server.listen(port, '127.0.0.1', 16_384, () => {
      const address = server.address()
      done(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })

/** Asks the control port of a running server. */
export const ask = async <Answer>(control: string, path: string): Promise<Answer> => {
  const response = await fetch(`${control}${path}`)
  return (await response.json()) as Answer
}
