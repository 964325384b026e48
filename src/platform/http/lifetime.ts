/** How much a server takes of its connections, for how long it waits for them, and how it is closed. Knows no request. */
import type { Server } from 'node:http'
import { seconds } from '../kernel/clock.ts'

/** Bytes of all headers of a request, as it is in Node without an option. */
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
  // Silence on a connection with a request under way: the answer is not read. Event streams send comments meanwhile.
  http.timeout = seconds(75)
  http.headersTimeout = seconds(10)
  http.requestTimeout = seconds(15)
  http.keepAliveTimeout = seconds(65)
}

/** Gives running requests ten seconds to finish, then closes their connections. */
export async function closeHttp(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeIdleConnections()
  const timeout = setTimeout(() => http.closeAllConnections(), seconds(10))
  await closed
  clearTimeout(timeout)
}
