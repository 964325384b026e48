/** A small server on this machine for the other parts of the demo: routes and their replies, no page of Einlass. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Reply, sendReply } from '../../platform/http/reply.ts'
import { type PageRequest, readPath, readRequest } from '../../platform/http/request.ts'
import { createRouter, type Params, type Route, type Router } from '../../platform/http/router.ts'

export interface DemoRoute extends Route {
  handle(request: PageRequest, params: Params): Reply | Promise<Reply>
}

export interface PlainServer {
  /** `http://localhost:<port>` */
  readonly url: string
  close(): Promise<void>
}

export interface PlainServerOptions {
  /** 0: any free one. */
  readonly port: number
  /** Called once, when the port is known. */
  readonly createRoutes: (url: string) => readonly DemoRoute[]
  /** The reply when a route throws. */
  readonly fail: (request: PageRequest) => Reply
}

/** Rejects when the port is taken. */
export async function startPlainServer(options: PlainServerOptions): Promise<PlainServer> {
  let router: Router<DemoRoute> = createRouter([])
  const server = createServer((incoming, outgoing) => {
    void answer(router, options.fail, incoming).then((reply) =>
      sendReply(reply, incoming, outgoing),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  router = createRouter(options.createRoutes(url))
  return {
    url,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  router: Router<DemoRoute>,
  fail: PlainServerOptions['fail'],
  incoming: IncomingMessage,
): Promise<Reply> {
  const path = readPath(incoming) ?? '/'
  const request = readRequest(incoming, path)
  const match = router.find(request.method, path.split('?', 1)[0] ?? '')
  if (match.type !== 'found') return match.type === 'not_found' ? notFound : methodNotAllowed
  try {
    return await match.route.handle(request, match.params)
  } catch {
    return fail(request)
  }
}

const sendText = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  cookies: [],
  body,
})

export const notFound = sendText(404, 'Not Found')
const methodNotAllowed = sendText(405, 'Method Not Allowed')
