/**
 * What pages know of one request: language, client address (also behind trusted proxies), browser and live session. Owns
 * how these are read from headers and cookies; sends no response.
 */
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { ClientFacts } from '../../login/engine/step.ts'
import {
  clientAddress,
  comesFrom,
  createPlaces,
  createRanges,
  type NamedNetwork,
  readBrowser,
} from '../../platform/http/client.ts'
import type { Cookies } from '../../platform/http/cookies.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { type Language, negotiate } from '../../platform/ui/language.ts'
import type { Layout } from '../../platform/ui/layout.ts'
import type { Translate } from '../../platform/ui/translate.ts'

export interface RequestContext {
  readonly request: PageRequest
  /** Path and query, as the browser asked for it. */
  readonly path: string
  readonly t: Translate
  readonly client: ClientFacts
  /** The browser's own secret; undefined when it sends none. */
  readonly browserToken: string | undefined
}

export interface ContextOptions {
  readonly layout: Layout
  readonly cookies: Cookies
  readonly log: Log
  /** CIDR. */
  readonly trustedProxies: readonly string[]
  /** For browsers that ask for no language of Einlass. */
  readonly defaultLanguage: Language
  readonly networks: readonly NamedNetwork<Readonly<Record<Language, string>>>[]
  readonly findSession: (
    token: string,
    use: { readonly isActivity: boolean },
  ) => Promise<LiveSession | undefined>
}

const unknownProxy =
  'X-Forwarded-For came from a peer that trusted_proxies does not name. If it is a proxy of yours, everybody behind it has one address and one limit of tries until it is named there.'

/** An open page sends this header when it asks by itself. Otherwise it would keep the session of its browser alive for ever. */
const byItself = 'x-einlass-by-itself'

export function createContexts(options: ContextOptions) {
  const { cookies, layout } = options
  const trusted = createRanges(options.trustedProxies)
  const findPlaceNames = createPlaces(options.networks)
  let hasWarned = false

  /** Warns once; otherwise every request would be in the log. */
  function warnOfProxy(peer: string): void {
    if (hasWarned || comesFrom(peer, trusted)) return
    hasWarned = true
    options.log.warn({ peer }, unknownProxy)
  }

  /** The configured name for an address. */
  const findPlace = (address: string, language: Language): string | undefined =>
    findPlaceNames(address)?.[language]

  function createWith(
    request: PageRequest,
    address: string,
    session: LiveSession | undefined,
  ): RequestContext {
    const { headers } = request
    const cookie = headers.get('cookie') ?? undefined
    const language = negotiate(
      headers.get('accept-language') ?? undefined,
      cookies.read(cookie, 'language') ?? cookies.read(cookie, 'asked_language'),
      options.defaultLanguage,
    )
    const userAgent = headers.get('user-agent')?.slice(0, 512)
    return {
      request,
      path: readPath(request.url),
      t: layout.translator(language),
      client: {
        address,
        place: findPlace(address, language),
        browser: readBrowser(userAgent),
        userAgent,
        language,
        session,
        device: cookies.read(cookie, 'device'),
      },
      browserToken: cookies.read(cookie, 'browser'),
    }
  }

  async function findSession({ headers }: PageRequest): Promise<LiveSession | undefined> {
    const token = cookies.read(headers.get('cookie') ?? undefined, 'session')
    if (token === undefined) return undefined
    return await options.findSession(token, { isActivity: headers.get(byItself) === null })
  }

  return {
    /** A request that sends a form has no session before `Frame.receive`. */
    async createContext(request: PageRequest, peer: string): Promise<RequestContext> {
      const { headers, method } = request
      const forwardedFor = headers.get('x-forwarded-for') ?? undefined
      if (forwardedFor !== undefined) warnOfProxy(peer)
      const address = clientAddress(peer, forwardedFor, trusted)
      const isRead = method === 'GET' || method === 'HEAD'
      return createWith(request, address, isRead ? await findSession(request) : undefined)
    },

    /** Looks nothing up, for pages that must work without a database. */
    createAnonymous: (request: PageRequest): RequestContext => createWith(request, '', undefined),

    findSession,
    findPlace,
  }
}

/** An address without a query, a dot or an escape, as most are: its path needs no parsing. */
const plainUrl = /^http:\/\/localhost(\/[\w/-]*)$/

function readPath(url: string): string {
  const plain = plainUrl.exec(url)?.[1]
  if (plain !== undefined) return plain
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}
