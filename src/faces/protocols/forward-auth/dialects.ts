/**
 * The differences between proxies: the headers that describe the request, and the answers that they can pass on. Owns nothing
 * of the decision, which is the same for all of them.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { ForwardedRequest } from './request-target.ts'

export interface Dialect {
  /** `undefined`: the proxy did not send this information, or sent it twice. */
  readRequest(headers: IncomingHttpHeaders): ForwardedRequest | undefined
  readMethod(headers: IncomingHttpHeaders): string
  /** The status that sends a browser to the address in `Location`. */
  readonly redirect: number
  /** The status for an invalid request. */
  readonly badRequest: number
}

/** `auth_request` knows 2xx, 401 and 403 and answers 500 to everything else; a header of a 401 becomes a redirect. */
const nginx: Dialect = {
  readRequest: ({ 'x-original-url': url }) => splitUrl(single(url)),
  readMethod: ({ 'x-original-method': method }) => single(method) ?? 'GET',
  redirect: 401,
  badRequest: 403,
}

/** Passes on every answer other than 2xx unchanged. */
const caddy: Dialect = {
  readRequest: readForwarded,
  readMethod: ({ 'x-forwarded-method': method }) => single(method) ?? 'GET',
  redirect: 303,
  badRequest: 400,
}

/** Asks like Caddy and passes on the same answers. */
const traefik: Dialect = caddy

/** Its script builds an answer from the status and the location. */
const haproxy: Dialect = caddy

export const dialects: ReadonlyMap<string, Dialect> = new Map(
  Object.entries({ nginx, caddy, traefik, haproxy }).map(([name, dialect]) => [
    `/forward-auth/${name}`,
    dialect,
  ]),
)

/** Reads the headers of the proxy in front of the app, also for the paths that it passes to us. */
export function readForwarded(headers: IncomingHttpHeaders): ForwardedRequest | undefined {
  const scheme = single(headers['x-forwarded-proto'])
  const host = single(headers['x-forwarded-host'])
  const uri = single(headers['x-forwarded-uri'])
  if (scheme === undefined || host === undefined || uri === undefined) return undefined
  // For a WebSocket, Traefik sends the scheme `ws` or `wss`.
  return { scheme: scheme.replace(/^ws/, 'http'), host, uri }
}

/** Node joins repeated headers with a comma and a space, which none of these values contains. */
function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && !value.includes(' ') ? value : undefined
}

function splitUrl(url: string | undefined): ForwardedRequest | undefined {
  const scheme = url?.indexOf('://') ?? -1
  if (url === undefined || scheme === -1) return undefined
  const slash = url.indexOf('/', scheme + 3)
  if (slash === -1) return undefined
  return {
    scheme: url.slice(0, scheme),
    host: url.slice(scheme + 3, slash),
    uri: url.slice(slash),
  }
}
