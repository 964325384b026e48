/** Events for pages that wait. Owns which browser may listen: the one that holds the journey's cookie. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Engine } from '../../login/engine/engine.ts'
import type { JourneyReference } from '../../login/engine/view.ts'
import { commonHeaders } from '../../platform/http/headers.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import { createEventStreams, type EventStreamsOptions } from '../frame/event-streams.ts'

export interface WaitingOptions extends EventStreamsOptions {
  readonly engine: Engine
  /** The network that a request came from; `undefined`: one that many people share. */
  readonly findNetwork: (request: IncomingMessage) => string | undefined
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
}: Pick<WaitingOptions, 'engine' | 'events' | 'clock' | 'findNetwork'> & {
  readonly publicUrl: string
}): Waiting {
  return createWaiting({
    ...parts,
    headers: commonHeaders({ secure: publicUrl.startsWith('https:') }),
    heartbeat: seconds(15),
    longest: minutes(10),
    // A person has few tabs for one login, and few logins at once.
    limits: { all: 50_000, perTopic: 10, perPerson: 50, perAddress: 500 },
  })
}

export function createWaiting({ engine, findNetwork, ...options }: WaitingOptions): Waiting {
  const streams = createEventStreams(options)
  return {
    async serve(incoming, outgoing, reference) {
      const found = streams.isFull() ? undefined : await engine.findTopic(reference)
      const listener = found && { ...found, network: findNetwork(incoming) }
      streams.open({ incoming, outgoing }, listener)
    },
    count: streams.count,
    close: streams.close,
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
