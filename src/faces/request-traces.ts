/**
 * Requests as parts of a trace. Owns the recorded facts, which contain no path, no address and no header. Also owns that only
 * trusted proxies may name the trace of a request, because others could fill foreign traces.
 */
import { comesFrom, createRanges } from '../platform/http/client.ts'
import { isTraced, tracePiece } from '../platform/kernel/trace.ts'
import type { WatchRequest } from './dispatch.ts'
import { nameMethod } from './request-counts.ts'

export function traceRequests(
  watch: WatchRequest,
  trustedProxies: readonly string[],
): WatchRequest {
  const trusted = createRanges(trustedProxies)
  return (request, outgoing, work) => {
    if (!isTraced()) return watch(request, outgoing, work)
    const { route, incoming } = request
    const method = nameMethod(request.method)
    const { traceparent } = incoming.headers
    const isTrusted = comesFrom(incoming.socket.remoteAddress ?? '', trusted)
    return tracePiece(
      {
        name: `${method} ${route}`,
        kind: 'server',
        facts: { 'http.request.method': method, 'http.route': route },
        describe: () => describeStatus(outgoing.statusCode),
        traceparent: isTrusted && typeof traceparent === 'string' ? traceparent : undefined,
      },
      () => watch(request, outgoing, work),
    )
  }
}

const describeStatus = (status: number) => ({
  'http.response.status_code': status,
  ...(status >= 500 && { 'error.type': `${status}` }),
})
