/** Routes a path to its handler, for protocols whose library has no router. */
import { commonHeaders } from '../../platform/http/headers.ts'
import { isUnavailable } from '../../platform/kernel/fault.ts'
import { type NodeHandler, sendPage } from './answer.ts'
import type { ProtocolHost, RunningProtocol } from './protocol.ts'

export interface ProtocolRoute {
  /** For example `GET POST`. */
  readonly methods: string
  readonly handle: NodeHandler
}

/**
 * Answers with a page if a path has no route, if the method is wrong, and while the database is unavailable. Handlers set only
 * the headers by which their answer differs from others.
 */
export function createRouting(
  { pages, publicUrl }: Pick<ProtocolHost, 'pages' | 'publicUrl'>,
  findRoute: (path: string) => ProtocolRoute | undefined,
): RunningProtocol['handle'] {
  const headers = Object.entries(commonHeaders({ secure: publicUrl.startsWith('https:') }))
  return async (req, res) => {
    for (const [name, value] of headers) res.setHeader(name, value)
    const route = findRoute((req.url ?? '').split('?')[0] ?? '')
    if (route === undefined) {
      return sendPage(res, pages.renderError(req, { status: 404, code: 'not_found' }))
    }
    if (!route.methods.split(' ').includes(req.method ?? '')) {
      return sendPage(res, pages.renderError(req, { status: 405, code: 'invalid_request' }))
    }
    try {
      await route.handle(req, res)
    } catch (error) {
      if (!isUnavailable(error) || res.headersSent) throw error
      sendPage(res, pages.renderUnavailable(req))
    }
  }
}
