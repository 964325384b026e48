/** How a page gets into the library's response. */
import type { KoaContextWithOIDC } from 'oidc-provider'

/** The library's response becomes this one; its cookies stay. */
export async function showPage(ctx: KoaContextWithOIDC, page: Response): Promise<void> {
  ctx.remove('location')
  ctx.status = page.status
  for (const [name, value] of page.headers) ctx.set(name, value)
  ctx.body = await page.text()
}
