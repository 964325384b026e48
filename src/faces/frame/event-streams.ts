/**
 * Server-sent events (WHATWG HTML, 9.2) that say only *look again*; the page then reads from the database what happened.
 * Made for many connections: each one costs a socket, a response and one small closure. Owns the connections and their
 * limits. The caller decides who may listen to which topic.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'

export interface EventStreamsOptions {
  readonly events: Events
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Milliseconds between comments that keep proxies from closing the connection. */
  readonly heartbeat: number
  /** Milliseconds after which a connection ends and the client has to ask again. */
  readonly longest: number
  /** Connections at once. Further ones have to poll. */
  readonly limits: StreamLimits
}

export interface StreamLimits {
  readonly all: number
  readonly perTopic: number
  /** Over all topics of the person: one account must not take all connections. */
  readonly perPerson?: number
  readonly perAddress?: number
}

/** What a connection listens to, and whose connection it is, if that is known. */
export interface Listener {
  readonly topic: string
  readonly person?: string | undefined
  /** The network of an address; `undefined`: one that many people share. */
  readonly network?: string | undefined
}

export interface EventStreams {
  /** Whether a further connection would be one too many. */
  isFull(): boolean
  /** Takes over the response. Without a listener, or with too many connections, the client has to poll. */
  open(
    pair: StreamPair,
    listener: Listener | undefined,
    headers?: Readonly<Record<string, string>>,
  ): void
  count(): number
  /** Ends every connection; the clients come back by themselves, here or on another node. */
  close(): void
}

interface StreamPair {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

const lookAgain = 'data: look\n\n'

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { events, clock, limits } = options
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

  function listCounts({ topic, person, network }: Listener) {
    const counts: readonly (readonly [string, number | undefined])[] = [
      [`topic ${topic}`, limits.perTopic],
      ...(person === undefined ? [] : [[`person ${person}`, limits.perPerson] as const]),
      ...(network === undefined ? [] : [[`network ${network}`, limits.perAddress] as const]),
    ]
    return counts
  }

  /** Takes a place for a connection. `false`: its topic, person or network has as many as it may have. */
  function take(listener: Listener): boolean {
    const counts = listCounts(listener)
    if (counts.some(([key, most]) => most !== undefined && (openFor.get(key) ?? 0) >= most))
      return false
    for (const [key] of counts) openFor.set(key, (openFor.get(key) ?? 0) + 1)
    return true
  }

  function giveBack(listener: Listener): void {
    for (const [key] of listCounts(listener)) {
      const others = (openFor.get(key) ?? 0) - 1
      if (others > 0) openFor.set(key, others)
      else openFor.delete(key)
    }
  }

  return {
    isFull: () => open.size >= limits.all,
    open({ incoming: { socket }, outgoing: response }, listener, more = {}) {
      if (socket.destroyed) return
      const headers = { ...options.headers, ...more }
      // 204 tells the browser's EventSource to stop asking (HTML 9.2.3); the page polls then.
      if (listener === undefined || closed || !take(listener)) {
        response.writeHead(204, headers).end()
        return
      }
      // Without chunks, the body ends with the connection (RFC 9112, 6.3), and an event is a plain write to the socket.
      // The response object would hold each event back until the end of the turn, and one turn may wake thousands.
      response.removeHeader('transfer-encoding')
      response.writeHead(200, {
        ...headers,
        connection: 'close',
        'content-type': 'text/event-stream',
      })
      const stop = events.listen(listener.topic, () => socket.write(lookAgain))
      open.set(response, clock.now() + options.longest)
      response.once('close', () => {
        stop()
        giveBack(listener)
        open.delete(response)
      })
      // A first look finds what happened since the page was made.
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
