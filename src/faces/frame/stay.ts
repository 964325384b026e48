/**
 * The answer after which a browser stays on its page, with all that was typed: for a form that waits for its turn by itself
 * (platform/browser/again.ts). Nothing secret leaves the page for that.
 */
import type { Cookies } from '../../platform/http/cookies.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { RequestContext } from './context.ts'

export interface Stay {
  readonly cookies: Cookies
  readonly headers: Readonly<Record<string, string>>
}

/** Whether the page that sent the form has the script, and its answer may be this one. */
export function canStay({ cookies }: Stay, { request, path }: RequestContext): boolean {
  if (request.method !== 'POST') return false
  const asked = cookies.read(request.headers.get('cookie') ?? undefined, 'wait')
  return asked === path.split('?', 1)[0]?.replace(/[^\w-]/g, '-')
}

/** The browser sends the form again after so many seconds. */
export function stay({ cookies, headers }: Stay, seconds: number): Reply {
  return {
    status: 204,
    headers: { ...headers, 'retry-after': `${seconds}` },
    cookies: [cookies.set('wait', `${seconds}`)],
    body: null,
  }
}
