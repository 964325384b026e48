/**
 * Takes a request to its route, and the route's result to the response. Owns what applies to every page, in this order: a
 * readable address, the language switch, the request context, faults as pages.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { commonHeaders } from '../platform/http/headers.ts'
import { createPipelineLimit } from '../platform/http/pipelining.ts'
import { type Reply, sendReply } from '../platform/http/reply.ts'
import {
  hasHost,
  type PageRequest,
  readPath,
  readRequest,
  watchClient,
} from '../platform/http/request.ts'
import { createRouter, type Match, type Route } from '../platform/http/router.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Log } from '../platform/kernel/log.ts'
import { inRequest, type RequestScope } from '../platform/kernel/request-scope.ts'
import { parseLanguage } from '../platform/ui/language.ts'
import type { RequestContext } from './frame/context.ts'
import type { Frame } from './frame/frame.ts'
import type { BoundRoute, NodePair } from './frame/route.ts'

export type Dispatch = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

export interface WatchedRequest {
  /** The pattern of its path, see `findRouteName`. */
  readonly route: string
  readonly method: string
  readonly incoming: IncomingMessage
}

/** Watches one request: calls `work`, which answers it, and rejects when `work` rejects. */
export type WatchRequest = (
  request: WatchedRequest,
  outgoing: ServerResponse,
  work: () => Promise<void>,
) => Promise<void>

export interface DispatchOptions {
  readonly watch?: WatchRequest
  /** Whole paths that metrics and the log name as they are, and not by the pattern of their route. */
  readonly ownNames?: ReadonlySet<string>
}

/** An error that a route threw and no page could show, with the name of the route (see `findRouteName`). */
export class RouteFailure extends Error {
  readonly route: string

  constructor(route: string, cause: unknown) {
    super(`${route} failed`, { cause })
    this.route = route
  }
}

/** The returned function rejects only when a `raw` route throws, with a RouteFailure. */
export function createDispatch(
  frame: Frame,
  routes: readonly BoundRoute[],
  { watch = (_request, _outgoing, work) => work(), ownNames = new Set() }: DispatchOptions = {},
): Dispatch {
  const router = createRouter(routes)
  return async (incoming, outgoing) => {
    const { method = 'GET' } = incoming
    const path = readPath(incoming)
    const ownPath = withoutQuery(path ?? '')
    const match = router.find(method, ownPath)
    const route = findRouteName(match, ownPath, ownNames)
    try {
      await inRequest(describeScope(outgoing), () =>
        watch({ route, method, incoming }, outgoing, () =>
          answer(frame, { match, path, route }, { incoming, outgoing }),
        ),
      )
    } catch (error) {
      throw new RouteFailure(route, error)
    }
  }
}

/** Most requests wait for nothing, so their clients are not watched. */
function describeScope(outgoing: ServerResponse): RequestScope {
  let signal: AbortSignal | undefined
  return {
    arrivedAt: performance.now(),
    get signal() {
      signal ??= watchClient(outgoing)
      return signal
    },
  }
}

interface Asked {
  readonly match: Found
  /** `undefined`: the request has no readable path. */
  readonly path: string | undefined
  readonly route: string
}

async function answer(
  frame: Frame,
  { match, path, route }: Asked,
  { incoming, outgoing }: NodePair,
): Promise<void> {
  if (match.type === 'found' && match.route.kind === 'raw') {
    return await match.route.handle({ incoming, outgoing }, match.params)
  }
  if (path === undefined || !hasHost(incoming)) {
    return sendReply(refuseAddress(frame, incoming), incoming, outgoing)
  }
  const request = readRequest(incoming, path)
  const reply = isPlain(match)
    ? await answerPlain(frame, request, { match, route })
    : await answerPage(frame, request, {
        match,
        route,
        peer: incoming.socket.remoteAddress ?? '',
      })
  sendReply(reply, incoming, outgoing)
}

/**
 * The name of a request in metrics and the log. There are only a few hundred names, whatever paths are asked for. A path
 * may hold the secret of a link, a pattern does not.
 */
export function findRouteName(
  match: Match<Route>,
  path: string,
  ownNames: ReadonlySet<string>,
): string {
  if (ownNames.has(path)) return path
  if (match.type === 'found') return match.route.path
  return 'none'
}

export interface ListenerOptions {
  readonly publicUrl: string
  readonly log: Log
  /** The server ends soon. */
  isLeaving(): boolean
}

/** The listener that a server calls for each request. It answers a request that fails without a page with 503 and no body. */
export function createListener(
  dispatch: Dispatch,
  { publicUrl, log, isLeaving }: ListenerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const admit = createPipelineLimit()
  return (request, response) => {
    if (!admit(request, response)) return
    // The next request on this connection would meet a server that is gone.
    if (isLeaving()) response.setHeader('connection', 'close')
    dispatch(request, response).catch((error: unknown) => {
      const { route, cause } = error instanceof RouteFailure ? error : { cause: error }
      log.error({ method: request.method, route, error: cause }, 'a request failed without a page')
      const secure = publicUrl.startsWith('https:')
      if (response.headersSent) response.destroy()
      else response.writeHead(503, commonHeaders({ secure })).end()
    })
  }
}

type Found = Match<BoundRoute>

function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? ''
}

/** Answers a request whose `Host` or path cannot be part of an address. */
function refuseAddress(frame: Frame, incoming: IncomingMessage): Reply {
  const nowhere = { ...readRequest(incoming, '/'), headers: { get: () => null } }
  return frame.fault(new Fault('bad_request', 'Not an address'), frame.createAnonymous(nowhere))
}

function isPlain(match: Found): boolean {
  if (match.type === 'found') return match.route.kind === 'plain'
  return match.type === 'method_not_allowed' && match.kind !== 'page'
}

async function answerPlain(
  frame: Frame,
  request: PageRequest,
  { match, route }: Pick<Asked, 'match' | 'route'>,
): Promise<Reply> {
  try {
    if (match.type === 'found' && match.route.kind === 'plain') {
      return await match.route.handle(request, match.params)
    }
    return refuse(frame, frame.createAnonymous(request), match)
  } catch (error) {
    return frame.fault(error, frame.createAnonymous(request), route)
  }
}

/** The answer to a request for a page, without a socket. */
export async function answerPage(
  frame: Frame,
  request: PageRequest,
  { match, route, peer }: Pick<Asked, 'match'> & { readonly peer: string; readonly route?: string },
): Promise<Reply> {
  let context: RequestContext | undefined
  try {
    const switched = request.method === 'GET' ? switchLanguage(frame, request.url) : undefined
    if (switched !== undefined) return switched
    context = await frame.createContext(request, peer)
    if (match.type === 'found' && match.route.kind === 'page') {
      return await match.route.handle(context, match.params)
    }
    return refuse(frame, context, match)
  } catch (error) {
    // The context may be what failed.
    return frame.fault(error, context ?? frame.createAnonymous(request), route)
  }
}

/** RFC 9110, 15.5.5 and 15.5.6. */
function refuse(frame: Frame, context: RequestContext, match: Found): Reply {
  if (match.type !== 'method_not_allowed') {
    return frame.fault(new Fault('not_found', 'No such page'), context)
  }
  const fault = new Fault('method_not_allowed', 'This address is not for this method')
  const reply = frame.fault(fault, context)
  return { ...reply, headers: { ...reply.headers, allow: match.allow.join(', ') } }
}

/** `?lang=` is remembered and taken out of the address. */
function switchLanguage(frame: Frame, address: string): Reply | undefined {
  if (!address.includes('lang=')) return undefined
  const url = new URL(address)
  const language = parseLanguage(url.searchParams.get('lang') ?? undefined)
  if (language === undefined) return undefined
  url.searchParams.delete('lang')
  const path = `/${url.pathname.replace(/^[/\\]+/, '')}${url.search}`
  return frame.redirect(path, [frame.cookies.set('language', language)])
}
