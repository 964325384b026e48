/**
 * A page at our origin that says what went wrong at the origin of an app. Anybody can write its address, so it links only to
 * the start of the app.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../../identity/apps/apps.ts'
import type { Reply } from '../../../platform/http/reply.ts'
import { findAddress, sendPage } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import { problemPath } from './paths.ts'
import { forwardAuthSettingsSchema } from './settings.ts'

/** `no_cookies`: the browser did not send back the cookie that it just got. `code_expired`: the code is spent or too old. */
export type Problem = 'invalid_request' | 'no_cookies' | 'code_expired'

/** The path of the page, with the problem. */
export function writeProblem(problem: Problem, appId?: string): string {
  const query = new URLSearchParams({ problem, ...(appId !== undefined && { app: appId }) })
  return `${problemPath}?${query}`
}

export function createProblemPage(host: ProtocolHost) {
  const { publicUrl, base, apps } = host
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { searchParams } = findAddress(req, publicUrl)
    const id = searchParams.get('app')
    const app = id === null ? undefined : await apps.find(base.db, id)
    sendPage(res, await render(host, req, { app, problem: searchParams.get('problem') }))
  }
}

async function render(
  { pages, sessions }: ProtocolHost,
  req: IncomingMessage,
  { app, problem }: { readonly app: App | undefined; readonly problem: string | null },
): Promise<Reply> {
  const startUrl = app && findStart(app)
  if (app === undefined || startUrl === undefined) {
    return pages.renderError(req, { status: 400, code: 'invalid_request' })
  }
  if (problem === 'no_cookies') return pages.renderCookiesOff(req, startUrl)
  const session = await sessions.findByCookie(req.headers.cookie)
  return pages.renderOver(req, {
    isSignedIn: session !== undefined,
    app: { name: app.name, startUrl },
  })
}

function findStart({ protocol, settings, startUrl }: App): string | undefined {
  if (protocol !== 'forward-auth') return undefined
  return startUrl ?? forwardAuthSettingsSchema.parse(settings).addresses[0]
}
