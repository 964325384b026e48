/**
 * How a face declares its routes: in one table with a line for each route, which is both served and printed. A line names
 * the function of the face that its route calls, so the table exists before anything is built.
 *
 *     const { get, post } = declarePages<SetupPages>()
 *     export const setupRoutes = [
 *       get('/setup/:token', 'ask for the first administrator', (pages, context, { token }) => pages.show(context, token)),
 *     ]
 *     const served = bindRoutes(setupRoutes, createSetupPages(options))
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import type { Params, ParamsOf, Route } from '../../platform/http/router.ts'
import type { RequestContext } from './context.ts'

/**
 * Node's request and response, for routes that cannot return a reply: a library that answers by itself, or a stream of
 * events.
 */
export interface NodePair {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** What each kind of route receives and returns. */
interface Kinds {
  /** A page for people. An error that it throws becomes a page as well. */
  readonly page: { readonly given: RequestContext; readonly result: Reply | Promise<Reply> }
  /** Reads no language, no session and no cookie. */
  readonly plain: { readonly given: PageRequest; readonly result: Reply | Promise<Reply> }
  /** Answers by itself. */
  readonly raw: { readonly given: NodePair; readonly result: Promise<void> }
}

type Kind = keyof Kinds

type Declared<Parts, Name extends Kind> = Route & {
  readonly kind: Name
  handle(parts: Parts, given: Kinds[Name]['given'], params: Params): Kinds[Name]['result']
}

/** A line of a table. `Parts` is what the face has built. */
export type FaceRoute<Parts> = { [Name in Kind]: Declared<Parts, Name> }[Kind]

/** A route together with what it calls. */
export type BoundRoute = {
  [Name in Kind]: Route & {
    readonly kind: Name
    handle(given: Kinds[Name]['given'], params: Params): Kinds[Name]['result']
  }
}[Kind]

type Handle<Parts, Name extends Kind, Path extends string> = (
  parts: Parts,
  given: Kinds[Name]['given'],
  params: ParamsOf<Path>,
) => Kinds[Name]['result']

function declare<Parts, Name extends Kind>(kind: Name, method: Route['method']) {
  return <const Path extends string>(
    path: Path,
    name: string,
    handle: Handle<Parts, Name, Path>,
  ): Declared<Parts, Name> => ({ kind, method, path, name, handle })
}

export function declarePages<Parts>() {
  return {
    get: declare<Parts, 'page'>('page', 'GET'),
    post: declare<Parts, 'page'>('page', 'POST'),
  }
}

/** `any`: the route looks at the method itself. */
export function declarePlain<Parts>() {
  return {
    get: declare<Parts, 'plain'>('plain', 'GET'),
    any: declare<Parts, 'plain'>('plain', 'ANY'),
  }
}

export function declareRaw<Parts>() {
  return { get: declare<Parts, 'raw'>('raw', 'GET'), any: declare<Parts, 'raw'>('raw', 'ANY') }
}

export function bindRoutes<Parts>(table: readonly FaceRoute<Parts>[], parts: Parts): BoundRoute[] {
  return table.map((route) => bindRoute(route, parts))
}

function bindRoute<Parts>(route: FaceRoute<Parts>, parts: Parts): BoundRoute {
  switch (route.kind) {
    case 'page':
      return {
        ...route,
        handle: (given: RequestContext, params: Params) => route.handle(parts, given, params),
      }
    case 'plain':
      return {
        ...route,
        handle: (given: PageRequest, params: Params) => route.handle(parts, given, params),
      }
    case 'raw':
      return {
        ...route,
        handle: (given: NodePair, params: Params) => route.handle(parts, given, params),
      }
  }
}
