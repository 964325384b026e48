/** Answers proxies: which peers are trusted proxies, and how each outcome of a check is expressed in the dialect of the proxy. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { comesFrom, createRanges } from '../../../platform/http/client.ts'
import { isUnavailable } from '../../../platform/kernel/fault.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import { type Check, type CheckResult, isUpgrade } from './check.ts'
import type { Dialect } from './dialects.ts'
import { shortenReturn } from './entry-request.ts'
import { loginPath } from './paths.ts'
import { readTarget } from './request-target.ts'

const unknownProxy =
  'A proxy asked whether a request may go on, and trusted_proxies does not name it. All its requests are refused until it is named there.'

/** Trusts only a proxy that the configuration names; checked once for each connection. */
export function createTrust(trustedProxies: readonly string[], log: Log) {
  const trusted = createRanges(trustedProxies)
  const known = new WeakMap<object, boolean>()
  let hasWarned = false
  return ({ socket }: IncomingMessage): boolean => {
    const before = known.get(socket)
    if (before !== undefined) return before
    const peer = socket.remoteAddress ?? ''
    const isTrusted = comesFrom(peer, trusted)
    known.set(socket, isTrusted)
    if (!isTrusted && !hasWarned) log.warn({ peer }, unknownProxy)
    hasWarned ||= !isTrusted
    return isTrusted
  }
}

export function refusePeer(response: ServerResponse): void {
  send(response, 403)
}

/** Answers the question of a proxy. */
export async function answerCheck(
  check: Check,
  dialect: Dialect,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const forwarded = dialect.readRequest(headers)
  try {
    const result = await check({ forwarded, headers })
    const { status, more } = describeAnswer(dialect, headers, result)
    send(response, status, more)
  } catch (error) {
    if (!isUnavailable(error)) throw error
    send(response, 503, ['Retry-After', '10'])
  }
}

interface CheckAnswer {
  readonly status: number
  /** Names and values in turn. */
  readonly more?: readonly string[]
}

function describeAnswer(
  dialect: Dialect,
  headers: IncomingHttpHeaders,
  result: CheckResult,
): CheckAnswer {
  if (result.type === 'enter') return { status: 200, more: result.headers }
  if (result.type === 'bad_request') return { status: dialect.badRequest }
  if (!isNavigation(headers)) return { status: result.type === 'login' ? 401 : 403 }
  return { status: dialect.redirect, more: ['Location', findLogin(dialect, headers, result)] }
}

/** Whether a person sees the answer: a script, a picture or a WebSocket cannot use a login page. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  if (isUpgrade(headers)) return false
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  // Browsers from before 2023, and clients that are not browsers.
  if (headers['x-requested-with'] !== undefined) return false
  return headers.accept?.includes('text/html') === true
}

type Refused = Extract<CheckResult, { readonly target: unknown }>

/** The address of the login at the app's own origin. A submitted form cannot be sent again: the login leads back to its page. */
function findLogin(dialect: Dialect, headers: IncomingHttpHeaders, result: Refused): string {
  const { target, found } = result
  const { origin, start } = found.address
  const method = dialect.readMethod(headers)
  const isRead = method === 'GET' || method === 'HEAD'
  const to = isRead ? target : readReferer(headers.referer, origin)
  return `${origin}${loginPath}?to=${to === undefined ? start : shortenReturn(to.path, to.query)}`
}

function readReferer(referer: string | undefined, origin: string) {
  const url = referer === undefined ? undefined : URL.parse(referer)
  if (url?.origin !== origin) return undefined
  const [scheme = '', host = ''] = origin.split('://')
  return readTarget({ scheme, host, uri: `${url.pathname}${url.search}` })
}

function send(response: ServerResponse, status: number, more: readonly string[] = []): void {
  response.writeHead(status, [...more, 'Cache-Control', 'no-store', 'Content-Length', '0'])
  response.end()
}
