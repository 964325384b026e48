/** What the replies of Web Push services mean (RFC 8030). */
import type { Reply } from '../../../../platform/web-push/post.ts'
import { createStatusFailure, limitToPhone, readRetryAfter } from './replies.ts'
import type { SendResult } from './sender.ts'

export function readServiceReply({ status, retryAfter }: Reply, now: number): SendResult {
  if (status === 200 || status === 201 || status === 202) return { type: 'sent' }
  if (status === 404 || status === 410) return { type: 'gone', reason: `status ${status}` }
  const failure = createStatusFailure(status, '', { retryAfter: readRetryAfter(retryAfter, now) })
  // RFC 8030 does not say whether 429 is about one subscription or about the whole server. The reply is fast and names a
  // time to wait, so each subscription waits on its own.
  return status === 429 ? limitToPhone(failure) : failure
}
