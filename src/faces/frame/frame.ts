/**
 * A request as the pages of Einlass see it, and a page as a response. Owns what all page routes share: language,
 * client facts, cookies of the browser, security headers, faults as pages. Owns no page.
 */

import type { LiveSession } from '../../identity/sessions/session.ts'
import type { ClientFacts } from '../../login/engine/step.ts'
import { readForm } from '../../platform/http/body.ts'
import {
  browserOf,
  clientAddress,
  comesFrom,
  createPlaces,
  createRanges,
  type NamedNetwork,
} from '../../platform/http/client.ts'
import type { Cookies } from '../../platform/http/cookies.ts'
import type { FormTokens } from '../../platform/http/form-token.ts'
import { commonHeaders, contentSecurityPolicy } from '../../platform/http/headers.ts'
import { type Reply, toResponse } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import { type Language, negotiate } from '../../platform/ui/language.ts'
import type { Layout } from '../../platform/ui/layout.ts'
import type { Page } from '../../platform/ui/page.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { errorPage } from './pages.ts'

export interface WebOptions {
  readonly layout: Layout
  readonly brand: Brand
  readonly cookies: Cookies
  readonly formTokens: FormTokens
  readonly random: Random
  readonly log: Log
  /** People reach the server by https. */
  readonly secure: boolean
  /** CIDR. */
  readonly trustedProxies: readonly string[]
  readonly networks: readonly NamedNetwork<Readonly<Record<Language, string>>>[]
  readonly findSession: (
    token: string,
    use: { readonly isActivity: boolean },
  ) => Promise<LiveSession | undefined>
}

/** One request for a page. */
export interface Visitor {
  readonly request: PageRequest
  /** Path and query, as the browser asked for it. */
  readonly path: string
  readonly t: Translate
  readonly client: ClientFacts
  /** The browser's own secret; undefined when it sends none. */
  readonly browserToken: string | undefined
}

export interface PageExtras {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  /** An origin that a form on the page leads to. */
  readonly formTarget?: string | undefined
  /** No form on the page leads to us. */
  readonly formsLeave?: boolean
}

const unknownProxy =
  'X-Forwarded-For came from a peer that trusted_proxies does not name. If it is a proxy of yours, everybody behind it has one address and one limit of tries until it is named there.'
const referenceAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** A page that stands open asks with this header; else it would keep the session of its browser alive for ever. */
const byItself = 'x-einlass-by-itself'

export function createWeb(options: WebOptions) {
  const { cookies, layout } = options
  const trusted = createRanges(options.trustedProxies)
  const placeOf = createPlaces(options.networks)
  const replies = createReplies(options)
  let hasWarned = false

  /** Once, as it would else be there for every request. */
  function warnOfProxy(peer: string): void {
    if (hasWarned || comesFrom(peer, trusted)) return
    hasWarned = true
    options.log.warn({ peer }, unknownProxy)
  }

  function visitorWith(
    request: PageRequest,
    address: string,
    session: LiveSession | undefined,
  ): Visitor {
    const { headers } = request
    const cookie = headers.get('cookie') ?? undefined
    const language = negotiate(
      headers.get('accept-language') ?? undefined,
      cookies.read(cookie, 'language'),
    )
    const userAgent = headers.get('user-agent')?.slice(0, 512)
    return {
      request,
      path: pathOf(request.url),
      t: layout.translator(language),
      client: {
        address,
        place: placeOf(address)?.[language],
        browser: browserOf(userAgent),
        userAgent,
        language,
        session,
        device: cookies.read(cookie, 'device'),
      },
      browserToken: cookies.read(cookie, 'browser'),
    }
  }

  async function sessionOf({ headers }: PageRequest): Promise<LiveSession | undefined> {
    const token = cookies.read(headers.get('cookie') ?? undefined, 'session')
    if (token === undefined) return undefined
    return await options.findSession(token, { isActivity: headers.get(byItself) === null })
  }

  async function visitor(request: PageRequest, peer: string): Promise<Visitor> {
    const { headers, method } = request
    const forwardedFor = headers.get('x-forwarded-for') ?? undefined
    if (forwardedFor !== undefined) warnOfProxy(peer)
    const address = clientAddress(peer, forwardedFor, trusted)
    const isRead = method === 'GET' || method === 'HEAD'
    return visitorWith(request, address, isRead ? await sessionOf(request) : undefined)
  }

  return {
    /** Whoever sends something has no session before `receive`. */
    visitor,

    /**
     * The fields of the form that was sent, and who sends it. A body may take its time, and a session that ends
     * meanwhile must not act, so the session is looked up when all is there. Throws Fault as `readForm`.
     */
    async receive(from: Visitor): Promise<{ fields: Record<string, string>; visitor: Visitor }> {
      const fields = await readForm(from.request)
      const session = await sessionOf(from.request)
      return { fields, visitor: { ...from, client: { ...from.client, session } } }
    },

    /** A visitor of whom nothing is looked up, for pages that must come about even without a database. */
    stranger: (request: PageRequest): Visitor => visitorWith(request, '', undefined),

    /** The same answers for routes of Hono. */
    page: (...shown: Parameters<Replies['page']>): Response => toResponse(replies.page(...shown)),
    redirect: (...to: Parameters<Replies['redirect']>): Response =>
      toResponse(replies.redirect(...to)),
    json: (...sent: Parameters<Replies['json']>): Response => toResponse(replies.json(...sent)),
    fault: (error: unknown, to: Visitor): Response => toResponse(replies.fault(error, to)),

    replies,

    /** The browser's secret, and the cookie that gives it one when it has none. */
    ensureBrowser(of: Visitor): { token: string; cookies: readonly string[] } {
      if (of.browserToken !== undefined) return { token: of.browserToken, cookies: [] }
      const token = newSecret(options.random)
      return { token, cookies: [cookies.set('browser', token)] }
    },

    formToken: (browserToken: string): string => options.formTokens.issue(browserToken),

    /** Throws Fault when a form did not come from one of our pages in this browser. */
    checkForm(from: Visitor, fields: Readonly<Record<string, string>>): string {
      const token = from.browserToken
      options.formTokens.check(from.request.headers, token ?? '', fields.form_token)
      if (token === undefined) throw new Fault('bad_form_token', 'The browser sent no cookie')
      return token
    },

    /** The configured name for an address. */
    placeOf: (address: string, language: Language): string | undefined =>
      placeOf(address)?.[language],

    cookies,
    support: options.brand.support,
  }
}

export type Web = ReturnType<typeof createWeb>
export type Replies = ReturnType<typeof createReplies>

function createReplies(options: WebOptions) {
  const { layout, log } = options
  const common = commonHeaders(options)

  function page(to: Visitor, shown: Page, extras: PageExtras = {}): Reply {
    const document = layout.renderDocument(shown, { t: to.t, path: to.path })
    return {
      status: extras.status ?? 200,
      headers: {
        ...common,
        'content-type': 'text/html; charset=utf-8',
        'content-language': to.t.language,
        'content-security-policy': contentSecurityPolicy({
          styles: document.cspStyleHashes,
          scripts: document.cspScriptHashes,
          formTarget: extras.formTarget,
          formsLeave: extras.formsLeave,
        }),
        ...extras.headers,
      },
      cookies: extras.cookies ?? [],
      body: document.html,
    }
  }

  const json = (
    body: unknown,
    status = 200,
    headers: Readonly<Record<string, string>> = {},
  ): Reply => ({
    status,
    headers: { ...common, 'content-type': 'application/json', ...headers },
    cookies: [],
    body: JSON.stringify(body),
  })

  return {
    page,
    json,

    /** 303: whatever was sent, the next request is a GET. */
    redirect: (location: string, cookies: readonly string[] = []): Reply => ({
      status: 303,
      headers: { ...common, location },
      cookies,
      body: null,
    }),

    /**
     * What went wrong, as a page that says no more than its reader may know; for our scripts, which ask for JSON, the
     * code alone. The rest is in the log.
     */
    fault(error: unknown, to: Visitor): Reply {
      const fault =
        error instanceof Fault ? error : new Fault('internal', 'unexpected', { cause: error })
      const reference = fault.status >= 500 ? newReference(options.random) : undefined
      const entry = {
        reference,
        code: fault.code,
        details: fault.details,
        error: fault.cause ?? fault,
      }
      if (fault.status >= 500) log.error(entry, 'a request failed')
      else log.debug(entry, 'a request was refused')
      const { support } = options.brand
      const shown = { code: fault.code, support, ...(reference !== undefined && { reference }) }
      const retryAfter = fault.retryAfter ?? (fault.code === 'unavailable' ? 10 : undefined)
      const headers = { ...(retryAfter !== undefined && { 'retry-after': `${retryAfter}` }) }
      if (to.request.headers.get('accept') === 'application/json') {
        return json({ error: fault.code }, fault.status, headers)
      }
      return page(to, errorPage(shown, to.t), { status: fault.status, headers })
    },
  }
}

/** Short enough to be read out, without letters that are taken for digits. */
function newReference(random: Random): string {
  const letter = () => referenceAlphabet[random.int(0, referenceAlphabet.length)]
  return Array.from({ length: 8 }, letter).join('')
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}
