/** How long a server waits for its connections, and how it is closed. Owns the times; knows no request. */
import type { Server } from 'node:http'
import { seconds } from '../kernel/clock.ts'

export function limitTimes(http: Server): void {
  // Silence on a connection with a request under way: the answer is not read. Event streams send comments meanwhile.
  http.timeout = seconds(75)
  http.headersTimeout = seconds(10)
  http.requestTimeout = seconds(30)
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
