/**
 * The pages that a person may meet in the OIDC layer. Owns what they are told and how an answer gets into the
 * library's response; not how a page looks.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'

export interface OidcPages {
  /** `code` is an OAuth error code (RFC 6749 section 4.1.2.1) or `not_found`; the page gets `status`. */
  renderError(request: Request, problem: { status: number; code: string }): Promise<Response>
  /** Says that too many requests came from this address; with `Retry-After`, in seconds. */
  renderTooMany(request: Request, retryAfter: number): Promise<Response>
  /**
   * Asks whether to log out. The form posts `fields` to `action`. Where `redirectOrigin` is there, the answer leads
   * to it, so a `form-action` of the page's Content-Security-Policy must name it beside `'self'`.
   */
  renderLogout(request: Request, form: LogoutForm): Promise<Response>
  /** Says that the person is logged out, for apps that named no place to return to. */
  renderLoggedOut(request: Request): Promise<Response>
  /** Says that this request was answered before, and where to go on. */
  renderOver(request: Request, over: OverInteraction): Promise<Response>
}

export interface OverInteraction {
  /** The browser holds a live session. */
  readonly isSignedIn: boolean
  /** The app that had asked, if it can be opened from outside. */
  readonly app?: { readonly name: string; readonly startUrl: string }
}

export interface LogoutForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly appName?: string
  readonly redirectOrigin?: string
}

/** Puts the page into the library's response. */
export async function showPage(
  ctx: KoaContextWithOIDC,
  publicUrl: string,
  render: (request: Request) => Promise<Response>,
): Promise<void> {
  await putInto(ctx, await render(toRequest(ctx.req, publicUrl)))
}

/** The library's response becomes this one; its cookies stay. */
export async function putInto(ctx: KoaContextWithOIDC, page: Response): Promise<void> {
  ctx.remove('location')
  ctx.status = page.status
  for (const [name, value] of page.headers) ctx.set(name, value)
  ctx.body = await page.text()
}

/** Answers a request that the library does not see. */
export async function sendPage(res: ServerResponse, page: Response): Promise<void> {
  const body = await page.text()
  res.writeHead(page.status, { ...Object.fromEntries(page.headers), 'Cache-Control': 'no-store' })
  res.end(body)
}

/** What a page may want to know of a request: address and headers, not the body. */
export function toRequest(req: IncomingMessage, publicUrl: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === 'string' && !name.startsWith(':')) headers.set(name, value)
  }
  // The path may be anything that a client wrote into its request line.
  const url = URL.parse(`${publicUrl}${wholePath(req)}`) ?? new URL(publicUrl)
  return new Request(url, { headers })
}

function wholePath(req: IncomingMessage & { originalUrl?: string }): string {
  return req.originalUrl ?? req.url ?? '/'
}
