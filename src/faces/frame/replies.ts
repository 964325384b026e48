/** The replies of pages: HTML, redirects, JSON and faults, each with its headers. */

import type { Cookies } from '../../platform/http/cookies.ts'
import {
  commonHeaders,
  contentSecurityPolicy,
  documentHeaders,
  type FormsLead,
} from '../../platform/http/headers.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { createFoldedLog } from '../../platform/kernel/folded-log.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { newReference } from '../../platform/kernel/reference.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import type { Layout } from '../../platform/ui/layout.ts'
import { message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import type { RequestContext } from './context.ts'
import { errorPage } from './pages.ts'
import { createRefusedRequests, type RefusedRequests } from './refused-requests.ts'
import { canStay, stay } from './stay.ts'

export interface RepliesOptions {
  readonly layout: Layout
  readonly brand: Brand
  readonly random: Random
  readonly cookies: Cookies
  readonly log: Log
  /** People reach the server by https. */
  readonly secure: boolean
}

export interface PageExtras {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  /** Where the forms of the page lead; absent: to us. */
  readonly formsLead?: FormsLead
  /** The window stays connected with the one that opened it. */
  readonly keepsOpener?: boolean | undefined
  /** The page has frames that lead to apps. */
  readonly hasFrames?: boolean
  /** Our own pages may have this one in a frame. */
  readonly isFramed?: boolean
}

export function createReplies(options: RepliesOptions) {
  const { layout, log } = options
  const refused = createRefusedRequests(log)
  const common = commonHeaders(options)
  const ofDocuments = documentHeaders(options)
  const staying = { cookies: options.cookies, headers: common }
  // Mails and apps show our pictures.
  const { 'cross-origin-resource-policy': _, ...loaded } = common

  function page(to: RequestContext, shown: Page, extras: PageExtras = {}): Reply {
    const isOwn = to.client.session !== undefined && ownPath.test(to.path)
    const watched = isOwn ? { ...shown, scripts: [...(shown.scripts ?? []), 'watch'] } : shown
    const document = layout.renderDocument(watched, { t: to.t, path: to.path })
    return {
      status: extras.status ?? 200,
      headers: {
        ...ofDocuments,
        'content-type': 'text/html; charset=utf-8',
        'content-language': to.t.language,
        'content-security-policy': contentSecurityPolicy({
          ...extras,
          styles: document.cspStyleHashes,
          scripts: document.cspScriptHashes,
        }),
        ...(extras.isFramed === true && { 'x-frame-options': 'SAMEORIGIN' }),
        ...(extras.keepsOpener === true && { 'cross-origin-opener-policy': 'unsafe-none' }),
        ...extras.headers,
      },
      cookies: extras.cookies ?? [],
      body: document.html,
      ...(mayCompress(to.request) && { compressed: 'now' as const }),
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

  const logFault = createFaultLog(options, refused)

  function describeFault(fault: Fault, to: RequestContext, reference: string | undefined) {
    const link = mayHeal(fault) ? findPageAgain(to) : undefined
    return {
      ...{ code: fault.code, isLasting: fault.isLasting, support: options.brand.support },
      ...(reference !== undefined && { reference }),
      ...(link && { link }),
    }
  }

  return {
    page,
    json,
    metrics: [refused.metric],

    /** 204: the browser stays where it is. */
    stay: (): Reply => ({ status: 204, headers: common, cookies: [], body: null }),

    /** The files that pages load. A picture that is opened alone runs no script either. */
    file: (body: Uint8Array, headers: Readonly<Record<string, string>>): Reply => ({
      status: 200,
      headers: {
        ...loaded,
        'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'`,
        ...headers,
      },
      cookies: [],
      body,
    }),

    /** 303: after any request, the next one is a GET. */
    redirect: (location: string, cookies: readonly string[] = []): Reply => ({
      status: 303,
      headers: { ...common, location },
      cookies,
      body: null,
    }),

    /**
     * What went wrong, as a page that says only what its reader may know. Our scripts ask for JSON and get only the code.
     * The rest is in the log, with the pattern of the path, as the path itself may hold the secret of a link. Without
     * `route` the log has the path itself: that of a protocol, which holds no secret.
     */
    fault(error: unknown, to: RequestContext, route?: string): Reply {
      const fault =
        error instanceof Fault ? error : new Fault('internal', 'unexpected', { cause: error })
      const reference = logFault(fault, to, route)
      const retryAfter = fault.retryAfter ?? (mayHeal(fault) ? 10 : undefined)
      const headers = { ...(retryAfter !== undefined && { 'retry-after': `${retryAfter}` }) }
      if (to.request.headers.get('accept') === 'application/json') {
        return json({ error: fault.code }, fault.status, headers)
      }
      if (fault.code === 'busy' && canStay(staying, to)) return stay(staying, retryAfter ?? 1)
      return page(to, errorPage(describeFault(fault, to, reference), to.t), {
        status: fault.status,
        headers,
      })
    },
  }
}

/**
 * Returns the reference of the log line. An outage has no reference: it fails for everybody, in one line for many
 * requests.
 */
function createFaultLog({ log, random }: RepliesOptions, refused: RefusedRequests) {
  const logFolded = createFoldedLog((entry, text) => log.error(entry, text))
  return (fault: Fault, { request: { method }, path }: RequestContext, route?: string) => {
    const isFailure = fault.status >= 500 && !isAway(fault)
    const reference = isFailure ? newReference(random) : undefined
    const entry = {
      ...{ reference, method, route: route ?? path.split('?', 1)[0], code: fault.code },
      ...{ details: fault.details, error: fault.cause ?? fault },
    }
    // Nobody reads the answer.
    if (fault.details.left === true) return undefined
    if (isAway(fault)) logFolded(fault.message, entry, 'a request could not be answered')
    else if (isFailure) log.error(entry, 'a request failed')
    else log.debug(entry, 'a request was refused')
    refused.note(fault, route)
    return reference
  }
}

const isAway = ({ code }: Fault): boolean => code === 'unavailable' || code === 'busy'

const mayHeal = (fault: Fault): boolean => isAway(fault) && !fault.isLasting

/**
 * The size of a compressed page tells what is in it twice. So another site that makes a browser load pages with guesses in their
 * addresses could find out what the page says of its person (BREACH). A page for a request of another site is compressed only
 * if the browser sends no cookie, as it then says nothing of anybody. Browsers of before 2021 or so do not say whose request it is.
 */
function mayCompress({ headers }: RequestContext['request']): boolean {
  const site = headers.get('sec-fetch-site')
  return site === 'same-origin' || site === 'none' || headers.get('cookie') === null
}

/** The pages of a person's account, and the dialogues that begin there. */
const ownPath = /^\/(?:$|\?|account(?:$|[/?])|login\/)/

/** The forms of these pages post to the address of the page. */
const pagesThatPost = ['/login', '/forgot-password', '/account/password']

/** The address at which the page can be loaded again after an outage. The last answer is lost and has to be typed again. */
function findPageAgain({ request: { method }, path }: RequestContext) {
  const [own = ''] = path.split('?', 1)
  const isPage = method === 'GET' || pagesThatPost.some((one) => `${own}/`.startsWith(`${one}/`))
  const isHere = /^\/(?![/\\])/.test(path)
  return isPage && isHere ? { href: path, label: message('error.unavailable.again') } : undefined
}
