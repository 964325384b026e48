/**
 * A POST to an address that a user chose: only https, only on the default port, and only to public IP addresses. The address
 * is checked after the name is resolved, for the same connection that is used. Redirects are not followed. Origins that the
 * configuration allows may have other ports and addresses.
 */
import { lookup } from 'node:dns'
import { Agent, request } from 'node:https'
import { isIP } from 'node:net'
import { createGuardedLookup, Forbidden, isPublic } from '../http/public-address.ts'
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

export function createPost({ allowedOrigins, ca, resolve = lookup }: PostOptions) {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 64,
    timeout: 60_000,
    ...(ca !== undefined && { ca }),
  })
  const guarded = createGuardedLookup(resolve, isPublic)

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
