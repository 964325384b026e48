/**
 * A POST to an address that a user chose: only https, only on the default port, and only to public IP addresses. The address
 * is checked after the name is resolved, for the same connection that is used. Redirects are not followed. Origins that the
 * configuration allows may have other ports and addresses.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { Agent, request } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { seconds } from '../kernel/clock.ts'

export interface PostOptions {
  /** For example `https://push.example.org:8443`. */
  readonly allowedOrigins: readonly string[]
  /** PEM; absent: the certificates that Node trusts. */
  readonly ca?: string
  /** Absent: the resolver of the system. */
  readonly resolve?: typeof lookup
}

export interface Reply {
  readonly status: number
  readonly retryAfter: string | undefined
}

/** The address is not allowed. The message says why and does not contain the address. */
export class Forbidden extends Error {}

export function createPost({ allowedOrigins, ca, resolve = lookup }: PostOptions) {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 64,
    timeout: 60_000,
    ...(ca !== undefined && { ca }),
  })
  const guarded = createPublicLookup(resolve)

  async function post(
    url: URL,
    { headers, body }: { readonly headers: Record<string, string>; readonly body: Buffer },
    signal: AbortSignal,
  ): Promise<Reply> {
    const allowed = allowedOrigins.includes(url.origin)
    if (!allowed) refuseAddress(url)
    return await new Promise<Reply>((done, failed) => {
      const options = { method: 'POST', headers, agent, signal }
      const sent = request(url, allowed ? options : { ...options, lookup: guarded })
      sent.on('error', failed)
      sent.on('response', (response) => {
        const { statusCode = 0 } = response
        done({ status: statusCode, retryAfter: response.headers['retry-after'] })
        // The body is not used. A short one is read so that the connection can be reused; a long one closes it.
        let length = 0
        response.setTimeout(seconds(5), () => response.destroy())
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > 16_384) response.destroy()
        })
        response.on('error', () => response.destroy())
      })
      sent.end(body)
    })
  }

  return Object.assign(post, { close: () => agent.destroy() })
}

function refuseAddress(url: URL): void {
  if (url.protocol !== 'https:') throw new Forbidden('not https')
  if (url.username !== '' || url.password !== '') throw new Forbidden('with a user name')
  if (url.port !== '') throw new Forbidden('an unusual port')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !isPublic(host)) throw new Forbidden('not a public address')
}

/** Resolves like the system, and fails when an address is not public. */
function createPublicLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const hidden = addresses.some(({ address }) => !isPublic(address))
      if (hidden || addresses.length === 0) {
        return callback(new Forbidden('not a public address'), [])
      }
      if (options.all === true) return callback(null, addresses)
      const [{ address, family }] = addresses as [LookupAddress]
      return callback(null, address, family)
    })
  }
}

/** Addresses that are not public: RFC 6890 and its later additions. */
const reserved = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv4')
}
/** Only this part of IPv6 is public. In it, Teredo, documentation, 6to4 and similar ranges are not. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  reserved.addSubnet(network, prefix, 'ipv6')
}

/** Whether an address belongs to the public network. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !reserved.check(address, 'ipv4')
  return version === 6 && global6.check(address, 'ipv6') && !reserved.check(address, 'ipv6')
}
