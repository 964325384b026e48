/**
 * Passes requests to the library: under its prefix, with our fixed address, and with no more parameters than it can handle.
 * Owns that no header of a request changes the addresses in our answers, and that no thrown error is lost or shown.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { commonHeaders } from '../../../platform/http/headers.ts'
import { isUnavailable } from '../../../platform/kernel/fault.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { NodeHandler } from '../answer.ts'
import { isBrokenOff } from '../connection.ts'
import type { AnswerDirectly } from './direct/direct.ts'

export interface MountOptions {
  readonly publicUrl: string
  readonly prefix: string
  readonly log: Log
  /** Answers while the database is unavailable. */
  failUnavailable(req: IncomingMessage, res: ServerResponse): Promise<void>
  /** Answers with an error page. */
  fail(req: IncomingMessage, res: ServerResponse, status: number, code: string): Promise<void>
}

/** Far more than any request needs. The framework parses a query in quadratic time. */
const mostParameters = 64
export const longestAddress = 16_384

/**
 * `handle` is the library's; `answerDirectly` is called before it. Both get paths below the prefix. A direct answer sends the
 * headers of `headersFor` itself: setting each of them would cost more than the rest of the answer.
 */
export function mount(
  handle: NodeHandler,
  options: MountOptions,
  answerDirectly: AnswerDirectly = () => Promise.resolve(false),
): NodeHandler {
  const { host, protocol } = new URL(options.publicUrl)
  const setHeaders = createSetHeaders(options)
  return catchFailures(async (req, res) => {
    const url = req.url ?? '/'
    if (!url.startsWith(`${options.prefix}/`)) return options.fail(req, res, 404, 'not_found')
    if (isTooMuch(url)) return options.fail(req, res, 400, 'invalid_request')
    // The whole path decides how a failure is answered, also that of a direct answer: a page for people, or JSON for an app.
    Object.assign(req, { originalUrl: url })
    req.url = url.slice(options.prefix.length)
    if (await answerDirectly(req, res)) return
    // The library builds its addresses from these headers and the whole path.
    req.headers['x-forwarded-host'] = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    setHeaders(res, url)
    await handle(req, res)
  }, options)
}

function isTooMuch(url: string): boolean {
  return url.length > longestAddress || url.split('&', mostParameters + 1).length > mostParameters
}

export function guard(handle: NodeHandler, options: MountOptions): NodeHandler {
  const setHeaders = createSetHeaders(options)
  return catchFailures((req, res) => {
    setHeaders(res, req.url)
    return handle(req, res)
  }, options)
}

function createSetHeaders({ publicUrl }: MountOptions) {
  const headers = Object.entries(headersFor(publicUrl))
  return (res: ServerResponse, url = ''): void => {
    for (const [name, value] of headers) res.setHeader(name, value)
    // Apps read these often, and they contain no personal data.
    if (publicPath.test(url)) res.removeHeader('cache-control')
  }
}

function catchFailures(handle: NodeHandler, options: MountOptions): NodeHandler {
  return async (req, res) => {
    try {
      await handle(req, res)
    } catch (error) {
      await answerFailure(options, { req, res, error })
    }
  }
}

async function answerFailure(
  { log, fail, failUnavailable }: MountOptions,
  { req, res, error }: { req: IncomingMessage; res: ServerResponse; error: unknown },
): Promise<void> {
  if (isBrokenOff(req, error)) return log.debug({ error }, 'A client broke off.')
  const path = req.url?.split('?', 1)[0]
  log.error({ method: req.method, path, error }, 'An OIDC request failed.')
  if (res.headersSent) res.destroy()
  else if (isUnavailable(error)) await failUnavailable(req, res)
  else await fail(req, res, 500, 'server_error')
}

const publicPath = /^\/oidc\/(jwks|\.well-known\/)/

/**
 * Our headers on all answers of the library, because its redirects have bodies too; a page of ours replaces them. An app may
 * open a login in its own window and wait for it, so the opener is preserved here.
 */
export function headersFor(publicUrl: string): Record<string, string> {
  return commonHeaders({ secure: publicUrl.startsWith('https:') })
}
