/**
 * How many requests of one connection may wait for their answers. Browsers and proxies send the next one when they have
 * the last answer (RFC 9112 section 9.3.2 lets them do otherwise); Node takes as many as arrive at once, and keeps each
 * answer until it is read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const maxUnanswered = 8

/** `false`: there are too many, and the connection is gone. */
export type Admit = (request: IncomingMessage, response: ServerResponse) => boolean

export function createPipelineLimit(): Admit {
  const unanswered = new WeakMap<Socket, number>()
  return ({ socket }, response) => {
    const count = (unanswered.get(socket) ?? 0) + 1
    if (count > maxUnanswered) {
      socket.destroy()
      return false
    }
    unanswered.set(socket, count)
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    return true
  }
}
