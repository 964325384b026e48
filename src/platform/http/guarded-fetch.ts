/**
 * Requests to addresses that the settings of an app name: a logout message, its keys, its metadata. The developer of an app
 * chooses the address, so a request reaches the internal network only if the configuration allows that. The address is
 * checked after the name was resolved, for the same connection that is used. No redirect is followed, and an answer has
 * limits.
 */
import { lookup } from 'node:dns'
import { lookup as lookupAll } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { seconds } from '../kernel/clock.ts'
import { createRanges } from './client.ts'
import { createGuardedLookup, Forbidden, isPublic } from './public-address.ts'

export interface GuardedFetchOptions {
  /** CIDR: networks beside the public one. Only there http is allowed too. */
  readonly networks: readonly string[]
  /** Absent: the resolver of the system. */
  readonly resolve?: typeof lookup
  /** Milliseconds from the beginning to the end of the answer; absent: 5 seconds. */
  readonly timeout?: number
}

export interface GuardedRequest {
  readonly method?: string
  readonly headers?: Headers | Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal | null
}

/** Throws `Forbidden` for an address that is not allowed, and an Error when no whole answer came in time. */
export type GuardedFetch = (url: string | URL, request?: GuardedRequest) => Promise<Response>

const longestAnswer = 256 * 1024

/** By scheme, whether a connection may go to an address. */
function createRules(networks: readonly string[]) {
  const own = createRanges(networks)
  return {
    'https:': (address: string) => isPublic(address) || own.has(address),
    'http:': (address: string) => own.has(address),
  }
}

/**
 * The address of a host to which no connection may go: checks the rule without a request.
 * @returns `undefined`: all are allowed, or the host has none
 */
export async function findForbiddenAddress(
  input: string,
  networks: readonly string[],
): Promise<string | undefined> {
  const { protocol, hostname } = new URL(input)
  const rules = createRules(networks)
  const isAllowed = protocol === 'https:' ? rules['https:'] : rules['http:']
  const host = readHost(hostname)
  const addresses = isIP(host) === 0 ? await resolveAll(host) : [host]
  return addresses.find((address) => !isAllowed(address))
}

async function resolveAll(host: string): Promise<readonly string[]> {
  try {
    return (await lookupAll(host, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}

/** Without the brackets of an IPv6 address. */
const readHost = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { networks, resolve = lookup, timeout = seconds(5) } = options
  const rules = createRules(networks)
  const schemes = {
    'https:': guard(requestHttps, resolve, rules['https:']),
    'http:': guard(requestHttp, resolve, rules['http:']),
  }

  return async (input, { method = 'GET', headers = {}, body, signal } = {}) => {
    const url = new URL(input)
    const scheme = Object.entries(schemes).find(([name]) => name === url.protocol)?.[1]
    if (scheme === undefined) throw new Forbidden('neither https nor http')
    if (url.username !== '' || url.password !== '') throw new Forbidden('with a user name')
    // A host that is an address is not resolved.
    const host = readHost(url.hostname)
    if (isIP(host) !== 0 && !scheme.isAllowed(host)) throw new Forbidden('not a public address')
    const ended = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])])
    return await new Promise<Response>((done, failed) => {
      const sent = scheme.send(url, {
        method,
        headers: Object.fromEntries(new Headers(headers)),
        lookup: scheme.lookup,
        signal: ended,
        // A connection that is reused would outlive the check.
        agent: false,
      })
      sent.on('error', failed)
      sent.on('response', (response) => void readAnswer(response).then(done, failed))
      sent.end(body)
    })
  }
}

function guard(
  send: typeof requestHttp | typeof requestHttps,
  resolve: typeof lookup,
  isAllowed: (address: string) => boolean,
) {
  return { send, isAllowed, lookup: createGuardedLookup(resolve, isAllowed) }
}

async function readAnswer(response: IncomingMessage): Promise<Response> {
  const { statusCode: status = 0 } = response
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response) {
    const chunk: Buffer = part
    length += chunk.length
    if (length > longestAnswer) {
      response.destroy()
      throw new Error(`an answer of more than ${longestAnswer} bytes`)
    }
    parts.push(chunk)
  }
  if (status < 200 || status > 599) throw new Error(`an answer with the status ${status}`)
  const headers = new Headers()
  for (const name of ['content-type', 'cache-control', 'expires', 'etag', 'last-modified']) {
    const value = response.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  const isEmpty = [204, 205, 304].includes(status)
  return new Response(isEmpty ? null : Buffer.concat(parts), { status, headers })
}
