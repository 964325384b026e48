/**
 * What OpenID Connect answers while the database is away: people get a page, apps the error code of RFC 6749 section
 * 4.1.2.1 as JSON, both with status 503 and `Retry-After`. Does not decide when that is so.
 */
import { findAddress, type ProtocolRequest } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'

/** Seconds. */
const retryAfter = 10

/** The addresses that a browser shows; the others are called by apps. */
const pagePath = /^\/(oidc\/(auth|session)|sso\/oidc)(\/|$)/

/** The answer to a request under `/oidc/` or `/sso/oidc/`. */
export async function createUnavailableResponse(
  req: ProtocolRequest,
  { publicUrl, pages }: Pick<ProtocolHost, 'publicUrl' | 'pages'>,
): Promise<Response> {
  if (pagePath.test(findAddress(req, publicUrl).pathname)) return await pages.renderUnavailable(req)
  const headers = { 'retry-after': `${retryAfter}`, 'cache-control': 'no-store' }
  return Response.json({ error: 'temporarily_unavailable' }, { status: 503, headers })
}
