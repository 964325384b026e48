/**
 * The secrets of links from mails and of the first start. An opened link redirects at once to an address without the
 * secret, which is in a cookie from then on: no history, no referrer and no page contains it. Opening a link does nothing
 * else, because programs that scan mails open links too. The new address has a reference to the link. So a page and its
 * form stay about one link, whatever else the person or another site opens in the browser.
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
  /** A `Set-Cookie` value that removes the secret of this link and leaves those of others. */
  clear(context: RequestContext): string
}

export type FoundLink =
  | { readonly type: 'open'; readonly token: string; readonly action: string }
  /** The browser does not have the secret of the link, or no longer has it. The reply says to open the link again. */
  | { readonly type: 'closed'; readonly reply: Reply }
  /** The address is about no link. */
  | { readonly type: 'none' }

/** How many links of one kind can be open in a browser. A further one replaces the one that was opened first. */
const limit = 5

const isToken = (text: string) => /^[\w-]{43}$/.test(text)

const query = 'of'

/** Identifies the link. Reveals neither its secret nor what the database stores about it. */
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
