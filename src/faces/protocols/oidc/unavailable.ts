/**
 * The answers of OpenID Connect while the database is unavailable: people get a page, apps the error code of RFC 6749 section
 * 4.1.2.1 as JSON, both with status 503 and `Retry-After`. Does not decide when the database is unavailable.
 */
import { commonHeaders } from '../../../platform/http/headers.ts'
import type { Reply } from '../../../platform/http/reply.ts'
import { findAddress, type ProtocolRequest } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'

/** Seconds. */
const retryAfter = 10

/** The addresses that a browser shows; apps call the others. */
const pagePath = /^\/(oidc\/(auth|session|device(?!\/auth))|sso\/oidc)(\/|$)/

/** The answer to a request under `/oidc/` or `/sso/oidc/`. */
export function createUnavailableReply(
  req: ProtocolRequest,
  { publicUrl, pages }: Pick<ProtocolHost, 'publicUrl' | 'pages'>,
): Reply {
  if (pagePath.test(findAddress(req, publicUrl).pathname)) return pages.renderUnavailable(req)
  return {
    status: 503,
    headers: {
      ...commonHeaders({ secure: publicUrl.startsWith('https:') }),
      'content-type': 'application/json',
      'retry-after': `${retryAfter}`,
      'cache-control': 'no-store',
    },
    cookies: [],
    body: JSON.stringify({ error: 'temporarily_unavailable' }),
  }
}
