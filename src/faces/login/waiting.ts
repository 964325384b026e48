/**
 * Server-sent events for pages that wait (WHATWG HTML, 9.2). An event says *look again* and nothing else; what
 * happened is read from the database by the look. Written for many: each waiting browser costs a socket, a response
 * and one small closure.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Engine } from '../../login/engine/engine.ts'
import type { JourneyReference } from '../../login/engine/view.ts'
import { commonHeaders } from '../../platform/http/headers.ts'
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Metric } from '../../platform/kernel/metric.ts'

export interface WaitingOptions {
  readonly engine: Engine
  readonly events: Events
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Milliseconds between comments that keep proxies from closing the connection. */
  readonly heartbeat: number
  /** Milliseconds after which the browser has to ask anew. */
  readonly longest: number
  /** Connections at once. Further ones have to poll. */
  readonly limit: number
  /** Of those, for one journey: a person has few tabs, and one account must not take them all. */
  readonly limitPerJourney: number
}

export interface Waiting {
  /** Takes over the response. */
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    reference: JourneyReference,
  ): Promise<void>
  count(): number
  /** Ends every connection; browsers come back by themselves, here or on another node. */
  close(): void
}

/** With the limits of a server. `publicUrl` decides the headers. */
export function openWaiting({
  publicUrl,
  ...parts
}: Pick<WaitingOptions, 'engine' | 'events' | 'clock'> & { readonly publicUrl: string }): Waiting {
  return createWaiting({
    ...parts,
    headers: commonHeaders({ secure: publicUrl.startsWith('https:') }),
    heartbeat: seconds(15),
    longest: minutes(10),
    limit: 50_000,
    limitPerJourney: 10,
  })
}

const lookAgain = 'data: look\n\n'

export function createWaiting(options: WaitingOptions): Waiting {
  const { events, clock } = options
  const open = new Map<ServerResponse, number>()
  const openFor = new Map<string, number>()
  let closed = false

  const beat = setInterval(() => {
    const now = clock.now()
    for (const [response, until] of open) {
      if (now >= until) response.end()
      else response.write(':\n\n')
    }
  }, options.heartbeat)
  beat.unref()

  /** Counts a connection of this journey. `false`: it has as many as it may have. */
  function take(topic: string): boolean {
    const others = openFor.get(topic) ?? 0
    if (others >= options.limitPerJourney) return false
    openFor.set(topic, others + 1)
    return true
  }

  function giveBack(topic: string): void {
    const others = (openFor.get(topic) ?? 0) - 1
    if (others > 0) openFor.set(topic, others)
    else openFor.delete(topic)
  }

  return {
    async serve(request, response, reference) {
      const topic =
        open.size < options.limit ? await options.engine.findTopic(reference) : undefined
      const { socket } = request
      if (socket.destroyed) return
      // 204 tells the browser's EventSource to stop asking (HTML 9.2.3); the page polls then.
      if (topic === undefined || closed || !take(topic)) {
        response.writeHead(204, options.headers).end()
        return
      }
      // Without chunks, the body ends with the connection (RFC 9112, 6.3), and an event is a plain write to the socket.
      // The response would hold it back to the end of the turn, in which thousands may be woken.
      response.removeHeader('transfer-encoding')
      response.writeHead(200, {
        ...options.headers,
        connection: 'close',
        'content-type': 'text/event-stream',
      })
      const stop = events.listen(topic, () => socket.write(lookAgain))
      open.set(response, clock.now() + options.longest)
      response.once('close', () => {
        stop()
        giveBack(topic)
        open.delete(response)
      })
      // Whatever happened between the page and now is found by a first look.
      response.write(`retry: 3000\n${lookAgain}`)
    },
    count: () => open.size,
    close() {
      closed = true
      clearInterval(beat)
      for (const response of open.keys()) response.end()
    },
  }
}

/** @param count pages that hold an event connection */
export function countWaitingBrowsers(count: () => number): Metric {
  return {
    name: 'einlass_waiting_browsers',
    type: 'gauge',
    help: 'Pages that wait for an event.',
    read: () => [{ labels: {}, value: count() }],
  }
}
