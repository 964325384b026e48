/** The protocols of a server that runs: which of them answers a request, and what all of them hear of. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Events } from '../../platform/kernel/events.ts'
import { watchEndedSessions } from './ended-sessions.ts'
import { purgeSigningKeys } from './key-operations.ts'
import { purgeParticipants } from './participants.ts'
import type { Protocol, ProtocolHost, RunningProtocol } from './protocol.ts'

export interface RunningProtocols {
  /** Answers a request for the protocol of that name. */
  handle(name: string, request: IncomingMessage, response: ServerResponse): Promise<void>
  /** For `sessions.onEnd`, one for each protocol. */
  readonly endListeners: readonly RunningProtocol['sessionsEnded'][]
  purge(): Promise<void>
  close(): Promise<void>
}

/** Throws when two protocols claim the same path. */
export function runProtocols(
  protocols: readonly Protocol[],
  host: ProtocolHost,
  events: Events,
): RunningProtocols {
  checkPrefixes(protocols)
  const running = protocols.map(({ name, create }) => ({ name, protocol: create(host) }))
  const { db, clock, log } = host.base
  const ended = watchEndedSessions({
    db,
    events,
    log,
    async sessionsEnded(ids) {
      const ends = await Promise.allSettled(
        running.map(({ protocol }) => protocol.sessionsEnded(ids)),
      )
      for (const end of ends) {
        if (end.status === 'rejected') log.error({ error: end.reason }, 'an end was not told')
      }
    },
  })
  return {
    async handle(name, request, response) {
      const found = running.find((one) => one.name === name)
      if (found === undefined) throw new Error(`there is no protocol ${name}`)
      await found.protocol.handle(request, response)
    },
    endListeners: running.map(
      ({ protocol }) =>
        (ids) =>
          protocol.sessionsEnded(ids),
    ),
    async purge() {
      await ended.look()
      for (const { protocol } of running) await protocol.purge()
      await purgeParticipants(db, clock.now())
      await purgeSigningKeys(db, clock.now())
    },
    async close() {
      ended.stop()
      for (const { protocol } of running) await protocol.close()
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
