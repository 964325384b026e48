/** Recognizes a connection that its other end closed, as opposed to a fault of ours. */
import type { IncomingMessage } from 'node:http'

const brokenOff = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
])

/** Whether a request failed only because its client disconnected, or sent something that is not HTTP (`HPE_…`). */
export function isBrokenOff({ socket }: IncomingMessage, error: unknown): boolean {
  // The connection of another request, such as one to the database, can break in the same way.
  if (!socket.destroyed || !(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && (brokenOff.has(code) || code.startsWith('HPE_'))
}
