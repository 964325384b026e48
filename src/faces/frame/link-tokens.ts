/**
 * The secrets of links from mails and of the first start. A link leads on at once to an address without its secret, which is in a
 * cookie from then on: no history, no referrer and no page has it. Opening a link does nothing else, as programs that look at
 * links in mails do that too. The address has a reference of the link, so that a page and its form are about one link whatever
 * else is opened in the browser, by its person or by another site.
 */
import type { CookieName } from '../../platform/http/cookies.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { RequestContext } from './context.ts'
import type { Frame } from './frame.ts'
import { openAgainPage } from './pages.ts'

export interface LinkTokens {
  /** The answer to an opened link. It is the same whether the link exists or not. */
  take(context: RequestContext, token: string): Reply
  /** The link that the address of a page is about. */
  find(context: RequestContext): FoundLink
  /** A `Set-Cookie` value that takes its secret away, and leaves those of others. */
  clear(context: RequestContext): string
}

export type FoundLink =
  | { readonly type: 'open'; readonly token: string; readonly action: string }
  /** The browser does not have its secret, or not any more. The reply says to open the link again. */
  | { readonly type: 'closed'; readonly reply: Reply }
  /** The address is about none. */
  | { readonly type: 'none' }

/** How many links of one kind can be open in a browser. The one that was opened first makes room. */
const limit = 5

const isToken = (text: string) => /^[\w-]{43}$/.test(text)

const query = 'of'

/** Says which link it is, and nothing about its secret or about what the database has of it. */
const refer = (token: string) => sha256(`reference of the link ${token}`).slice(0, 22)

function readReference({ request }: RequestContext): string | undefined {
  const reference = new URL(request.url).searchParams.get(query)
  return reference !== null && /^[\w-]{22}$/.test(reference) ? reference : undefined
}

/** @param path where the pages of such a link are */
export function createLinkTokens(
  frame: Pick<Frame, 'cookies' | 'redirect' | 'page' | 'support'>,
  { cookie, path }: { readonly cookie: CookieName; readonly path: string },
): LinkTokens {
  const { cookies } = frame

  function listOpen({ request }: RequestContext): string[] {
    const value = cookies.read(request.headers.get('cookie') ?? undefined, cookie) ?? ''
    return value.split('.').filter(isToken)
  }

  const write = (tokens: readonly string[]) =>
    tokens.length === 0 ? cookies.clear(cookie) : cookies.set(cookie, tokens.join('.'))

  function closed(context: RequestContext): Reply {
    const takesCookies = (context.request.headers.get('cookie') ?? '') !== ''
    const page = openAgainPage({ takesCookies, support: frame.support }, context.t)
    return frame.page(context, page, { status: takesCookies ? 409 : 403 })
  }

  return {
    take(context, token) {
      const others = listOpen(context).filter((one) => one !== token)
      const reply = isToken(token)
        ? frame.redirect(`${path}?${query}=${refer(token)}`, [
            write([...others.slice(1 - limit), token]),
          ])
        : frame.redirect(path)
      return { ...reply, headers: { ...reply.headers, 'referrer-policy': 'no-referrer' } }
    },
    find(context) {
      const reference = readReference(context)
      if (reference === undefined) return { type: 'none' }
      const token = listOpen(context).find((one) => refer(one) === reference)
      if (token === undefined) return { type: 'closed', reply: closed(context) }
      return { type: 'open', token, action: `${path}?${query}=${reference}` }
    },
    clear(context) {
      const reference = readReference(context)
      return write(listOpen(context).filter((one) => refer(one) !== reference))
    },
  }
}
