/**
 * Limits the slow messages of a network, of the networks around it and of all: long ones, and short ones with many tags,
 * attributes and references. To read one of 64 KiB takes a tenth of a second, and more to find that its signature is wrong. A new
 * message with the signature of its app is given back, a repeated one only a few times: people get such messages from their apps
 * and could send them again. A usual one costs as little as a page: it is always read, so no attacker behind the same address
 * stops an app.
 */
import type { IncomingMessage } from 'node:http'
import { type DocumentSize, findClaimedId, findClaimedIssuer, type ReceivedMessage } from '#saml'
import { createBuckets } from '../../../identity/limits/buckets.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { type NodeHandler, sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import { createTieredTries } from '../request-rate-limit.ts'
import { noteRefusal } from './refusals.ts'

/** Bytes of XML. A request with a signature and the certificate of an app has 2,000 to 6,000. */
export const usualLength = 8 * 1024
/** A request with a signature has about 90 tags, attributes and references. */
export const usualMarks = 200
/** Slow messages without a valid signature from one network. */
export const slowMessagesPerMinute = 30
/** From all networks together: less than half of the time of a node. */
const slowMessagesPerMinuteInAll = 240
/** How often the same message with a valid signature is given back: a person may load a page again. */
const repeatsPerMinute = 5

export interface MessageLimit {
  /** Call it before a message is parsed. Throws Fault `too_many_requests`. */
  admit(request: IncomingMessage, size: DocumentSize): void
  /** The app has signed the message, and not too long ago. */
  takeBack(request: IncomingMessage, message: ReceivedMessage): void
  /** Answers with a page when `handle` met the limit. */
  guard(handle: NodeHandler): NodeHandler
}

export function createMessageLimit(
  host: Pick<ProtocolHost, 'base' | 'config' | 'pages' | 'noteRefusal'>,
): MessageLimit {
  const limits = { limit: slowMessagesPerMinute, total: slowMessagesPerMinuteInAll }
  const take = createTieredTries(host.base.clock, host.config, limits)
  const taken = new WeakMap<IncomingMessage, () => void>()
  const repeats = createBuckets({ clock: host.base.clock, limit: repeatsPerMinute })
  return {
    admit(request, { bytes, marks }) {
      if (bytes <= usualLength && marks <= usualMarks) return
      const found = take(request)
      if (found.type === 'refused') {
        const { retryAfter } = found
        throw new Fault('too_many_requests', 'Too many slow messages', { retryAfter })
      }
      taken.set(request, found.giveBack)
    },
    takeBack(request, message) {
      const giveBack = taken.get(request)
      if (giveBack === undefined) return
      taken.delete(request)
      const name = sha256(`${findClaimedIssuer(message)} ${findClaimedId(message)}`)
      if (repeats.admit(name) === undefined) giveBack()
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
