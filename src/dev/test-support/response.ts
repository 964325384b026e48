/** For tests: a reply as a `Response`, which reads its headers, cookies and body. */
import type { Reply } from '../../platform/http/reply.ts'

export function toResponse({ status, headers, cookies, body }: Reply): Response {
  const response = new Response(typeof body === 'string' ? body : body && new Uint8Array(body), {
    status,
    headers,
  })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
