/** Small corrections around the library's answers and requests. */
import type { KoaContextWithOIDC } from 'oidc-provider'
import { emptyPagePolicy } from '../../../platform/http/headers.ts'

/** The library's redirects have a page as their body, for browsers that do not follow. */
export async function restrictRedirects(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  await next()
  if (ctx.status >= 300 && ctx.status < 400) ctx.set('content-security-policy', emptyPagePolicy)
}

/**
 * Back from the login, a request has all it needs in the interaction. The library takes a `client_id` in the address
 * for the request itself when there is no such interaction, and then finds no parameters.
 */
export async function dropQueryOfResume(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  if (/^\/auth\/./i.test(ctx.path)) ctx.querystring = ''
  await next()
}
