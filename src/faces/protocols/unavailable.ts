/**
 * What the OIDC layer answers while the database is away: people get a page, apps the error code of RFC 6749 section
 * 4.1.2.1 as JSON, both with status 503 and `Retry-After`. Does not decide when that is so.
 */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../../platform/kernel/fault.ts'
import { toRequest } from './answer.ts'

export interface UnavailableOptions {
  readonly publicUrl: string
  /** The page for a person, with its headers. */
  renderUnavailable(request: Request): Promise<Response>
}

/** Seconds. */
const retryAfter = 10

/** Whether something failed only because the database cannot answer now. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof Fault) return error.code === 'unavailable'
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause)
}

/** The addresses of the library that a browser shows; the others are called by apps. */
const pagePath = /^\/(oidc\/(auth|session)|sso\/oidc)(\/|$)/

/** The answer to a request under `/oidc/` or `/sso/oidc/`. */
export async function unavailableResponse(
  req: IncomingMessage & { originalUrl?: string },
  { publicUrl, renderUnavailable }: UnavailableOptions,
): Promise<Response> {
  const request = toRequest(req, publicUrl)
  if (pagePath.test(new URL(request.url).pathname)) return await renderUnavailable(request)
  const headers = { 'retry-after': `${retryAfter}`, 'cache-control': 'no-store' }
  return Response.json({ error: 'temporarily_unavailable' }, { status: 503, headers })
}
