/** The addresses that devices of factors call; the checks for browsers do not apply to them. */
import type { Factor } from '../login/factors/factor.ts'
import { type FactorKind, listFactors } from '../login/factors/index.ts'
import { commonHeaders } from '../platform/http/headers.ts'
import { type Reply, sendReply } from '../platform/http/reply.ts'
import { type PageRequest, readPath, readRequest } from '../platform/http/request.ts'
import { type Clock, minutes, seconds } from '../platform/kernel/clock.ts'
import type { Events } from '../platform/kernel/events.ts'
import type { Log } from '../platform/kernel/log.ts'
import { createEventStreams } from './frame/event-streams.ts'
import { declarePlain, declareRaw, type FaceRoute, type NodePair } from './frame/route.ts'

export interface Devices {
  answer(kind: FactorKind, request: PageRequest): Promise<Reply>
  /** Holds a stream of events. */
  stream(kind: FactorKind, pair: NodePair): Promise<void>
  /** Ends every stream. */
  close(): void
}

export interface DevicesOptions {
  readonly factors: readonly Factor[]
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  readonly publicUrl: string
}

export function createDevices({ factors, events, clock, log, publicUrl }: DevicesOptions): Devices {
  const common = commonHeaders({ secure: publicUrl.startsWith('https:') })
  const complete = (reply: Reply): Reply => ({ ...reply, headers: { ...common, ...reply.headers } })
  const streams = createEventStreams({
    events,
    clock,
    headers: common,
    heartbeat: seconds(15),
    longest: minutes(10),
    limits: { all: 50_000, perTopic: 4 },
  })
  const findFactor = (kind: FactorKind) => factors.find((one) => one.kind === kind)
  return {
    async answer(kind, request) {
      const factor = findFactor(kind)
      if (factor?.answerDevice === undefined) throw new Error(`no device calls ${kind}`)
      return complete(await factor.answerDevice(request))
    },

    async stream(kind, { incoming, outgoing }) {
      const request = readRequest(incoming, readPath(incoming) ?? '/')
      try {
        const opened = await findFactor(kind)?.openDeviceStream?.(request)
        if (opened?.type === 'open') {
          const listener = streams.isFull() ? undefined : { topic: opened.topic }
          return streams.open({ incoming, outgoing }, listener, opened.headers)
        }
        sendReply(complete(opened?.reply ?? { ...empty, status: 404 }), incoming, outgoing)
      } catch (error) {
        log.error({ error }, 'a device could not listen')
        const reply = complete({ ...empty, status: 503, headers: { 'retry-after': '5' } })
        sendReply(reply, incoming, outgoing)
      }
    },

    close: streams.close,
  }
}

const empty = { headers: {}, cookies: [], body: null }

const { any } = declarePlain<Devices>()
const raw = declareRaw<Devices>()

export const deviceRoutes: readonly FaceRoute<Devices>[] = listFactors().flatMap(
  ({ kind, deviceAddresses, deviceStreams }): FaceRoute<Devices>[] => [
    ...(deviceAddresses?.paths ?? []).map((path) =>
      any(path, deviceAddresses?.summary ?? '', (devices, request) =>
        devices.answer(kind, request),
      ),
    ),
    ...(deviceStreams?.paths ?? []).map((path) =>
      raw.any(path, deviceStreams?.summary ?? '', (devices, pair) => devices.stream(kind, pair)),
    ),
  ],
)
