/** The protocols of a running server: which of them answers a request, and which events all of them get. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createLogoutQueue } from '../../identity/sessions/logout-queue.ts'
import { purgeParticipants } from '../../identity/sessions/participants.ts'
import { sessionsTopic } from '../../identity/sessions/sessions.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric, QueueState } from '../../platform/kernel/metric.ts'
import { tryEach } from '../../platform/kernel/try-each.ts'
import type { BrowserLogout } from '../account/logout.ts'
import { createBrowserLogout } from './browser-logout.ts'
import { watchEndedSessions } from './ended-sessions.ts'
import type { PlainProtocolHost } from './host.ts'
import { purgeSigningKeys } from './key-operations.ts'
import { createAppLogouts, type FindLogoutChannel } from './logouts.ts'
import type { Protocol, RunningProtocol } from './protocol.ts'
import { createAppRefusals } from './refusals.ts'

export interface RunningProtocols {
  /** Passes a request to the protocol of that name, which answers it. */
  handle(name: string, request: IncomingMessage, response: ServerResponse): Promise<void>
  /** For `sessions.onEnd`: protocols delete their data, and apps are notified. */
  readonly endListeners: readonly RunningProtocol['sessionsEnded'][]
  /** How the logout of all apps continues in the browser that logged out. */
  readonly browserLogout: BrowserLogout
  readonly metrics: readonly Metric[]
  /** The apps that are still to be notified of an end, whichever node recorded it. */
  measureLogouts(): Promise<QueueState>
  /** Begins to retry waiting logouts. */
  start(): void
  purge(): Promise<void>
  close(): Promise<void>
}

/** Throws when two protocols claim the same path. */
export function runProtocols(
  protocols: readonly Protocol[],
  plainHost: PlainProtocolHost,
  events: Events,
): RunningProtocols {
  checkPrefixes(protocols)
  const refusals = createAppRefusals(protocols, plainHost.base)
  const host = { ...plainHost, noteRefusal: refusals.note }
  const running = protocols.map(({ name, create }) => ({ name, protocol: create(host) }))
  const { db, clock, log } = host.base
  const logoutQueue = createLogoutQueue(host.base)
  const findLogoutChannel: FindLogoutChannel = async (participant, carrier) => {
    const found = running.find(({ name }) => name === participant.protocol)
    return found === undefined
      ? { type: 'none' }
      : await found.protocol.findLogoutChannel(participant, carrier)
  }
  const logouts = createAppLogouts({
    ...host.base,
    queue: logoutQueue,
    findChannel: findLogoutChannel,
  })
  const endListeners = [
    ...running.map(
      ({ protocol }): RunningProtocol['sessionsEnded'] =>
        (ids) =>
          protocol.sessionsEnded(ids),
    ),
    logouts.sessionsEnded,
  ]
  const ended = watchEndedSessions({
    db,
    clock,
    events,
    log,
    async sessionsEnded(ids) {
      const ends = await Promise.allSettled(endListeners.map((listener) => listener(ids)))
      for (const end of ends) {
        if (end.status === 'rejected') log.error({ error: end.reason }, 'an end was not told')
      }
    },
  })
  // A command that removes a user queues the apps itself.
  const unlisten = events.listen(sessionsTopic, () => void logouts.look())
  const lookingAfter = createLookingAfter(
    running.map(({ protocol }) => protocol),
    log,
  )
  return {
    async handle(name, request, response) {
      const found = running.find((one) => one.name === name)
      if (found === undefined) throw new Error(`there is no protocol ${name}`)
      await found.protocol.handle(request, response)
    },
    endListeners,
    browserLogout: createBrowserLogout({
      queue: logoutQueue,
      clock,
      findChannel: findLogoutChannel,
      appName: async (id) => (await host.apps.find(db, id))?.name,
    }),
    metrics: [
      refusals.metric,
      logouts.metric,
      ...running.flatMap(({ protocol }) => protocol.metrics ?? []),
    ],
    measureLogouts: logoutQueue.measure,
    start() {
      logouts.start()
      ended.start()
      lookingAfter.start()
    },
    async purge() {
      await tryEach([
        ended.lookAtAll,
        ...running.map(
          ({ protocol }) =>
            () =>
              protocol.purge(),
        ),
        () => purgeParticipants(db, clock.now()),
        () => purgeSigningKeys(db, clock.now()),
        logoutQueue.purge,
        () => refusals.flush(),
      ])
    },
    async close() {
      unlisten()
      await ended.stop()
      await lookingAfter.stop()
      await logouts.stop()
      for (const { protocol } of running) await protocol.close()
      await refusals.flush({ all: true })
    },
  }
}

const lookEvery = minutes(5)

/** Lets protocols refresh what changes by itself. */
function createLookingAfter(protocols: readonly RunningProtocol[], log: Log) {
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> | undefined
  const look = async () => {
    for (const protocol of protocols) {
      await protocol
        .lookAfter?.()
        .catch((error: unknown) => log.error({ error }, 'a protocol could not look after its apps'))
    }
  }
  return {
    start(): void {
      timer ??= setInterval(() => {
        current ??= look().finally(() => {
          current = undefined
        })
      }, lookEvery).unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      timer = undefined
      await current
    },
  }
}

function checkPrefixes(protocols: readonly Protocol[]): void {
  const all = protocols.flatMap(({ prefixes }) => prefixes.map(({ path }) => path))
  for (const [index, prefix] of all.entries()) {
    if (!/^\/.+\/$/.test(prefix)) throw new Error(`${prefix} must begin and end with a slash`)
    const other = all.find((one, at) => at !== index && one.startsWith(prefix))
    if (other !== undefined) throw new Error(`two protocols claim ${other}`)
  }
}
