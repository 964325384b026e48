/** How a page gets into the library's response. */
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Reply } from '../../../platform/http/reply.ts'

/** The library's response becomes this one; its cookies stay. */
export function showPage(ctx: KoaContextWithOIDC, { status, headers, body }: Reply): void {
  ctx.remove('location')
  ctx.status = status
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value)
  ctx.body = body ?? ''
}
