/**
 * Requests of apps that a browser posts to the library's pages. The form comes from another site, so the browser sends no
 * cookie with it (SameSite=Lax), and the person would seem logged out. Each is redirected to the same request as a GET, which
 * has cookies.
 */
import type { IncomingMessage } from 'node:http'
import { mediaType, readText } from '../../../platform/http/body.ts'
import { readRequest } from '../../../platform/http/request.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import { type NodeHandler, redirect } from '../answer.ts'
import { longestAddress, type MountOptions } from './mount.ts'

/** Authorization (OpenID Connect Core 1.0 section 3.1.2.1) and logout (RP-Initiated Logout 1.0 section 2). */
const pages = ['/auth', '/session/end']

/** `handle` is the library's; it sees paths below the prefix. */
export function leadPostsToGets(
  handle: NodeHandler,
  { publicUrl, prefix, fail }: MountOptions,
): NodeHandler {
  return async (req, res) => {
    const [path = ''] = (req.url ?? '').split('?')
    if (req.method !== 'POST' || !pages.includes(path)) return await handle(req, res)
    const query = await readParameters(req)
    if (query instanceof Fault) return await fail(req, res, query.status, 'invalid_request')
    redirect(res, `${publicUrl}${prefix}${path}?${query}`)
  }
}

async function readParameters(req: IncomingMessage): Promise<URLSearchParams | Fault> {
  const request = readRequest(req, '/')
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    return new Fault('unsupported_media_type', 'not a form')
  }
  try {
    return new URLSearchParams(await readText(request, longestAddress))
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}
