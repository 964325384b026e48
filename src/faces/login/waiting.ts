/** Events for pages that wait. Owns which browser may listen: the one that holds the journey's cookie. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Engine } from '../../login/engine/engine.ts'
import type { JourneyReference } from '../../login/engine/view.ts'
import { commonHeaders } from '../../platform/http/headers.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import { createEventStreams, type EventStreamsOptions } from '../frame/event-streams.ts'

export interface WaitingOptions extends Omit<EventStreamsOptions, 'limitPerTopic'> {
  readonly engine: Engine
  /** Connections at once for one journey: a person has few tabs. */
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

export function createWaiting({ engine, limitPerJourney, ...options }: WaitingOptions): Waiting {
  const streams = createEventStreams({ ...options, limitPerTopic: limitPerJourney })
  return {
    async serve(incoming, outgoing, reference) {
      const topic = streams.isFull() ? undefined : await engine.findTopic(reference)
      streams.open({ incoming, outgoing }, topic)
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
