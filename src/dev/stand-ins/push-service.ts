/**
 * For tests: what the stand-ins of push services have in common. A stand-in judges requests as strictly as it can and
 * notes mistakes; a plan makes it misbehave.
 */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Server as TcpServer } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Timers } from '../../login/factors/approval/sending/resilient.ts'
import type { PushMessage } from '../../login/factors/push/senders/sender.ts'
import { seconds } from '../../platform/kernel/clock.ts'

/** How a call fails. */
export type Trouble =
  | 'hang'
  | 'reset'
  | 'garbage'
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

/** What happened to a stand-in, and what it does next. */
export function createPlan() {
  const plan = {
    /** Troubles for the next calls, one each; later calls succeed. */
    troubles: [] as Trouble[],
    calls: 0,
    /** What was wrong with requests. */
    mistakes: [] as string[],
    /** Called when a call hangs. */
    onHang: () => {},
  }
  return plan
}

export type Plan = ReturnType<typeof createPlan>

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/** Counts the call and makes the trouble that is due. `true`: the call has been dealt with. */
export function makeTrouble(plan: Plan, response: Response): boolean {
  plan.calls += 1
  const trouble = plan.troubles.shift()
  if (trouble === undefined) return false
  if (trouble === 'hang') plan.onHang()
  else if (trouble === 'reset') reset(response)
  else if (trouble === 'garbage') reply(response, 200, {}, '<html>\u0000{"')
  else reply(response, trouble.status, trouble.headers ?? {}, trouble.body ?? '')
  return true
}

function reset(response: Response): void {
  if ('stream' in response) response.stream.close(2)
  // A TLS socket cannot be reset, so it is closed silently.
  else if (response.socket instanceof TLSSocket) response.socket.destroy()
  else response.socket?.resetAndDestroy()
}

export function reply(
  response: Response,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}

export async function readBody(request: Request): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
}

/** Listens on loopback and gives the port. */
export async function listen(server: TcpServer | Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export function createTestClock(time = 1_800_000_000_000) {
  const clock = { time, now: () => clock.time }
  return clock
}

/**
 * Timers that run by a test's clock. A pause passes at once; a limit of `held` (ms) passes when the test says so.
 */
export function createTestTimers(clock: { time: number }, held = seconds(5)) {
  const limits = new Set<() => void>()
  const pauses: number[] = []
  const timers: Timers = {
    after(ms, callback) {
      if (ms === held) {
        limits.add(callback)
        return () => void limits.delete(callback)
      }
      pauses.push(ms)
      const passing = setImmediate(() => {
        clock.time += ms
        callback()
      })
      return () => clearImmediate(passing)
    },
  }
  return {
    ...timers,
    /** Every pause that was taken, in milliseconds. */
    pauses,
    /** Lets the limits pass that run now. */
    passLimits(): void {
      clock.time += held
      for (const callback of [...limits]) callback()
    },
  }
}

export const testMessage: PushMessage = {
  messageId: 'AUTHENTICATE:6f2f1f6e-61b5-4a4e-9b43-0a4d7f3cbe061800000000000',
  message: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ1IjoiMSJ9.c2lnbmF0dXJl',
  text: 'Grüße: Anmeldung bei Webmail',
  kind: 'challenge',
  ttlSeconds: 120,
}

/** A signal that is never aborted. */
export const noSignal = new AbortController().signal

export const androidPhone = (token = 'cXy:APA91b-Token_1') => ({
  token,
  deviceType: 'android',
  communicationType: 'gcm',
})

export const iPhone = (token = 'A1'.repeat(32)) => ({
  token,
  deviceType: 'ios',
  communicationType: 'apns',
})
