/**
 * The frame around every route that a person or a phone calls: visitor, language switch, faults as pages, and the
 * addresses for operations. Owns the order in which they apply.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { sql } from 'kysely'
import type { DeviceRoutes } from '../login/factors/factor.ts'
import { type Reply, sendReply, toResponse } from '../platform/http/reply.ts'
import { type PageRequest, requestOf } from '../platform/http/request.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { onFirstUse } from '../platform/kernel/first-use.ts'
import type { Database } from '../platform/storage/database.ts'
import type { Assets } from '../platform/ui/assets.ts'
import { parseLanguage } from '../platform/ui/language.ts'
import type { Visitor, Web } from './frame/web.ts'
import {
  type LoginAddress,
  type LoginPages,
  parseLoginAddress,
  type VisitorEnv,
} from './login/form.ts'

type Env = { Bindings: HttpBindings; Variables: { visitor: Visitor } }

export interface PagesOptions {
  readonly web: Web
  /** Past everything that is for browsers. */
  readonly devices: readonly DeviceRoutes[]
  readonly assets: Assets
  readonly database: Database
  /** Rejects when the database takes no writes. */
  readonly checkWrites: () => Promise<void>
  readonly login: LoginPages
  readonly routes: readonly Hono<VisitorEnv>[]
}

export function createPages(options: PagesOptions) {
  const { web, database, assets } = options
  let leaving = false
  const app = new Hono<Env>()

  app.get('/healthz', () => web.json({ status: 'ok' }))
  app.get('/readyz', async () => {
    if (leaving) return web.json({ status: 'leaving' }, 503)
    try {
      await sql`select 1`.execute(database)
      await options.checkWrites()
      return web.json({ status: 'ok' })
    } catch {
      return web.json({ status: 'no database' }, 503)
    }
  })

  app.get('/assets/*', (c) => {
    const asset = assets.find(c.req.path)
    if (asset === undefined) return web.json({ error: 'not_found' }, 404)
    return new Response(new Uint8Array(asset.bytes), {
      headers: {
        'content-type': asset.mediaType,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'`,
        'x-content-type-options': 'nosniff',
      },
    })
  })

  for (const path of ['/healthz', '/readyz', '/assets/*']) {
    app.all(path, (c) => refuseMethod(web, web.stranger(c.req.raw), ['GET']))
  }

  app.use(async (c, next) => {
    const switched = c.req.method === 'GET' ? switchLanguage(web, c.req.raw.url) : undefined
    if (switched !== undefined) return toResponse(switched)
    c.set('visitor', await web.visitor(c.req.raw, c.env.incoming.socket.remoteAddress ?? ''))
    return await next()
  })

  for (const routes of options.routes) app.route('/', routes)
  for (const [path, methods] of methodsOf(options.routes)) {
    app.all(path, (c) => refuseMethod(web, c.get('visitor'), methods))
  }
  app.notFound(async (c) =>
    web.fault(new Fault('not_found', 'No such page'), await visitorOf(web, c)),
  )
  app.onError(async (error, c) => web.fault(error, await visitorOf(web, c)))

  // The login does without it, and it loads the part of Node that has `Request` and `Response`.
  const routed = onFirstUse(async () => {
    const { getRequestListener } = await import('@hono/node-server')
    return getRequestListener(app.fetch, {
      overrideGlobalObjects: false,
      // Only for what is no request: a `Host` or a path that cannot be part of an address.
      errorHandler: (cause) =>
        web.fault(
          new Fault('bad_request', 'Not an address', { cause }),
          web.stranger(new Request('http://localhost/')),
        ),
    })
  })

  /** What the frame does for routes, for the login, which is none. */
  async function answerLogin(
    request: PageRequest,
    peer: string,
    address: LoginAddress,
  ): Promise<Reply> {
    let visitor: Visitor | undefined
    try {
      const switched = request.method === 'GET' ? switchLanguage(web, request.url) : undefined
      if (switched !== undefined) return switched
      visitor = await web.visitor(request, peer)
      return await options.login(visitor, address)
    } catch (error) {
      return web.replies.fault(error, visitor ?? web.stranger(request))
    }
  }

  async function answerRouted(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const listener = await routed.get()
    await listener(incoming, outgoing)
  }

  return {
    async listener(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
      const path = incoming.url ?? '/'
      const pathname = path.split('?', 1)[0] ?? ''
      // Whoever names no host is told so by the adapter, like everybody whose address is none.
      if (incoming.headers.host === undefined) return await answerRouted(incoming, outgoing)
      const request = requestOf(incoming, path)
      const device = options.devices.find((one) => one.matches(pathname))
      if (device !== undefined) {
        return sendReply(await device.answer(request), incoming, outgoing)
      }
      const address = parseLoginAddress(pathname)
      if (address === undefined) return await answerRouted(incoming, outgoing)
      const peer = incoming.socket.remoteAddress ?? ''
      sendReply(await answerLogin(request, peer, address), incoming, outgoing)
    },
    /** From now on `/readyz` says no, so that no new browsers are sent here. */
    leave(): void {
      leaving = true
    },
  }
}

/** Which methods each path has. */
function methodsOf(all: readonly Hono<VisitorEnv>[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { path, method } of all.flatMap(({ routes }) => routes)) {
    found.set(path, [...(found.get(path) ?? []), method])
  }
  return found
}

/** RFC 9110, 15.5.6. */
function refuseMethod(web: Web, visitor: Visitor, methods: readonly string[]): Response {
  const fault = new Fault('method_not_allowed', 'This address is not for this method')
  const response = web.fault(fault, visitor)
  response.headers.set(
    'allow',
    methods.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : one)).join(', '),
  )
  return response
}

/** The visitor may be what failed. */
async function visitorOf(
  web: Web,
  c: { get(name: 'visitor'): Visitor | undefined; req: { raw: Request } },
): Promise<Visitor> {
  return c.get('visitor') ?? web.stranger(c.req.raw)
}

/** `?lang=` is remembered and taken out of the address. */
function switchLanguage(web: Web, address: string): Reply | undefined {
  if (!address.includes('lang=')) return undefined
  const url = new URL(address)
  const language = parseLanguage(url.searchParams.get('lang') ?? undefined)
  if (language === undefined) return undefined
  url.searchParams.delete('lang')
  const path = `/${url.pathname.replace(/^[/\\]+/, '')}${url.search}`
  return web.replies.redirect(path, [web.cookies.set('language', language)])
}
