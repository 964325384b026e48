/**
 * The secrets of links from mails and of the first start. A link leads on at once to an address without its secret, which is in a
 * cookie from then on: no history, no referrer and no page has it. Opening a link does nothing else, as programs that look at
 * links in mails do that too.
 */
import type { CookieName } from '../../platform/http/cookies.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { RequestContext } from './context.ts'
import type { Frame } from './frame.ts'

export interface LinkTokens {
  /** The answer to an opened link. */
  take(token: string): Reply
  /** That of the link which this browser has opened last. */
  read(context: RequestContext): string | undefined
  /** A `Set-Cookie` value that takes it away. */
  clear(): string
}

/** @param path where the pages of such a link are */
export function createLinkTokens(
  { cookies, redirect }: Pick<Frame, 'cookies' | 'redirect'>,
  { cookie, path }: { readonly cookie: CookieName; readonly path: string },
): LinkTokens {
  return {
    take(token) {
      const isToken = /^[\w-]{43}$/.test(token)
      const reply = redirect(path, [isToken ? cookies.set(cookie, token) : cookies.clear(cookie)])
      return { ...reply, headers: { ...reply.headers, 'referrer-policy': 'no-referrer' } }
    },
    read: ({ request }) => cookies.read(request.headers.get('cookie') ?? undefined, cookie),
    clear: () => cookies.clear(cookie),
  }
}
