/** Routes a path to its handler, for protocols whose library has no router. */

import { isUnavailable } from '../../platform/kernel/fault.ts'
import { type NodeHandler, sendPage } from './answer.ts'
import type { ProtocolHost, RunningProtocol } from './protocol.ts'

export interface ProtocolRoute {
  /** For example `GET POST`. */
  readonly methods: string
  readonly handle: NodeHandler
}

/** Answers with a page if a path has no route, if the method is wrong, and while the database is unavailable. */
export function createRouting(
  { pages }: Pick<ProtocolHost, 'pages'>,
  findRoute: (path: string) => ProtocolRoute | undefined,
): RunningProtocol['handle'] {
  return async (req, res) => {
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
