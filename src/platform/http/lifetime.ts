/** The limits of size and time for a server's connections, and how a server is closed. Knows no request. */
import type { Server } from 'node:http'
import { Server as Listener } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { seconds } from '../kernel/clock.ts'

/** Bytes of all headers of a request: the default of Node. */
const usual = 16 * 1024

/**
 * A ticket has the groups of its owner, and Windows makes tokens of up to 65,535 bytes, which are 87,380 characters in a header.
 * Node would answer 431 from about 12,000 bytes on.
 */
const withTickets = 112 * 1024

export const findMaxHeaderSize = ({ kerberos }: { readonly kerberos?: unknown }): number =>
  kerberos === undefined ? usual : withTickets

/** How often a server looks for requests that are over their time. */
export const timeChecks = { connectionsCheckingInterval: seconds(5) }

export function limitTimes(http: Server): void {
  // Ends a connection whose client does not read the answer. Event streams send comments meanwhile.
  http.timeout = seconds(75)
  http.headersTimeout = seconds(10)
  http.requestTimeout = seconds(15)
  http.keepAliveTimeout = seconds(65)
}

/**
 * Gives running requests ten seconds to finish, then closes their connections.
 * @param late milliseconds in which existing connections may still bring a request, as those of a proxy do
 */
export async function closeHttp(http: Server, late = 0): Promise<void> {
  await untilQuiet()
  // `http.close()` also ends idle connections. One that has just been accepted is idle, and its request would be lost.
  const closed = new Promise<void>((resolve) => {
    Listener.prototype.close.call(http, () => resolve())
  })
  if (late > 0) await Promise.race([closed, sleep(late, undefined, { ref: false })])
  http.close()
  http.closeIdleConnections()
  const timeout = setTimeout(() => http.closeAllConnections(), seconds(10))
  await closed
  clearTimeout(timeout)
}

/** Milliseconds. A turn of the event loop that takes longer has done something. */
const quietTurn = 0.3

/**
 * Waits until a turn of the event loop has nothing to do, or many have passed. A connection that still waits to be accepted
 * when the server closes is reset, so the server has to close right after such a turn.
 */
async function untilQuiet(): Promise<void> {
  for (let turns = 0; turns < 10_000; turns += 1) {
    const begin = performance.now()
    await nextTurn()
    if (performance.now() - begin < quietTurn) return
  }
}
