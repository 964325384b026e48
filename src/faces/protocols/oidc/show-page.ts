/** Puts a page into the library's response. */
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Reply } from '../../../platform/http/reply.ts'

const shown = new WeakSet<KoaContextWithOIDC['res']>()

/** Replaces the library's response; its cookies stay. */
export function showPage(ctx: KoaContextWithOIDC, { status, headers, body }: Reply): void {
  shown.add(ctx.res)
  ctx.remove('location')
  ctx.status = status
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value)
  ctx.body = body ?? ''
}

/** Whether the answer is a page of ours. */
export function isOwnPage({ res }: KoaContextWithOIDC): boolean {
  return shown.has(res)
}
