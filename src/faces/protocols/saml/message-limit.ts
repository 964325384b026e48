/**
 * Limits the long messages of one network. To read one of 64 KiB takes a tenth of a second, and more to find that its signature
 * is wrong. A message with the signature of its app is taken back, and one of usual length costs as little as a page: it is always
 * read, so no attacker behind the same address stops an app.
 */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../../../platform/kernel/fault.ts'
import { type NodeHandler, sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import { createTryLimit } from '../request-rate-limit.ts'
import { noteRefusal } from './refusals.ts'

/** Bytes of XML. A request with a signature and the certificate of an app has 2,000 to 6,000. */
export const usualLength = 8 * 1024
/** Long messages without a valid signature from one network. */
export const longMessagesPerMinute = 30

export interface MessageLimit {
  /** Call it before a message is parsed. Throws Fault `too_many_requests`. */
  admit(request: IncomingMessage, length: number): void
  /** The signature was valid. */
  takeBack(request: IncomingMessage): void
  /** Answers with a page when `handle` met the limit. */
  guard(handle: NodeHandler): NodeHandler
}

export function createMessageLimit(
  host: Pick<ProtocolHost, 'base' | 'config' | 'pages' | 'noteRefusal'>,
): MessageLimit {
  const tries = createTryLimit(host.base.clock, host.config, longMessagesPerMinute)
  const counted = new WeakSet<IncomingMessage>()
  return {
    admit(request, length) {
      if (length <= usualLength) return
      const refused = tries.admit(request)
      if (refused !== undefined) {
        throw new Fault('too_many_requests', 'Too many long messages', refused)
      }
      counted.add(request)
    },
    takeBack(request) {
      if (counted.delete(request)) tries.takeBack(request)
    },
    guard: (handle) => async (request, response) => {
      try {
        await handle(request, response)
      } catch (error) {
        if (!(error instanceof Fault) || error.retryAfter === undefined) throw error
        noteRefusal(host, 'too_many_messages')
        sendPage(response, host.pages.renderTooMany(request, error.retryAfter))
      }
    },
  }
}
