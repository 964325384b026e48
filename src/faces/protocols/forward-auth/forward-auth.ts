/**
 * Forward-auth: for each request, a proxy asks whether it may continue to the app behind the proxy, and who sent it. Owns which
 * handler answers which address, and that only proxies of the configuration are answered.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { commonHeaders } from '../../../platform/http/headers.ts'
import { isUnavailable } from '../../../platform/kernel/fault.ts'
import { sendPage } from '../answer.ts'
import type { ProtocolHost, RunningProtocol } from '../protocol.ts'
import { answerCheck, createTrust, refusePeer } from './answer-check.ts'
import { createAtApp } from './at-app.ts'
import { createCheck } from './check.ts'
import { dialects } from './dialects.ts'
import { createCancel, createEnter } from './enter.ts'
import { createEntryRequests } from './entry-request.ts'
import { createDecideAgain, createReadFacts } from './facts.ts'
import { createGrants } from './grants.ts'
import { createIdentityTokens } from './identity-tokens.ts'
import { cancelPath, enterPath, keysPath, problemPath } from './paths.ts'
import { createProblemPage } from './problem.ts'
import { createProtectedApps } from './protected-apps.ts'
import { noteRefusal } from './refusals.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function createForwardAuth(host: ProtocolHost): RunningProtocol {
  const { publicUrl, config, base, pages, noteEntry } = host
  const grants = createGrants({ ...base, noteEntry, limits: config.sessions })
  const parts = createParts(host, grants)
  const { check, atApp, own } = parts
  const isTrusted = createTrust(config.trusted_proxies, base.log)
  // The app decides which of its addresses need https.
  const atAppHeaders = Object.entries(commonHeaders({ secure: false }))
  const ownHeaders = Object.entries(commonHeaders({ secure: publicUrl.startsWith('https:') }))

  async function answerBrowser(
    answer: Answer | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method } = request
    const fail = (status: number, code: string) =>
      sendPage(response, pages.renderError(request, { status, code }))
    if (answer === undefined) return fail(404, 'not_found')
    if (method !== 'GET' && method !== 'HEAD') return fail(405, 'invalid_request')
    try {
      await answer(request, response)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      sendPage(response, pages.renderUnavailable(request))
    }
  }

  return {
    async handle(request, response) {
      const path = readPath(request)
      const dialect = dialects.get(path)
      const handedOver = atApp.get(path)
      const isForProxies = dialect !== undefined || handedOver !== undefined
      if (isForProxies && !isTrusted(request)) {
        noteRefusal(host, 'unknown_proxy')
        return refusePeer(response)
      }
      if (dialect !== undefined) return await answerCheck(check, dialect, request, response)
      const headers = handedOver === undefined ? ownHeaders : atAppHeaders
      for (const [name, value] of headers) response.setHeader(name, value)
      await answerBrowser(handedOver ?? own.get(path), request, response)
    },
    async sessionsEnded(ids) {
      await grants.forgetSessions(ids)
    },
    // Its proxy asks for each request, so the end of the session logs out the app.
    findLogoutChannel: async () => ({
      type: 'back_channel',
      notify: async () => ({ type: 'sent' }),
    }),
    async purge() {
      await grants.purge()
    },
    close: async () => {},
  }
}

function createParts(host: ProtocolHost, grants: ReturnType<typeof createGrants>) {
  const { publicUrl, base, sessions } = host
  const protectedApps = createProtectedApps(base)
  const requests = createEntryRequests(base.keyring.deriveInEpoch('forward-auth requests'))
  const readFacts = createReadFacts(host)
  const tokens = createIdentityTokens({ ...host, ...base })
  const check = createCheck({
    clock: base.clock,
    apps: protectedApps,
    grants,
    tokens,
    decideAgain: createDecideAgain(host, readFacts),
    markActive: sessions.markActive,
    noteBadRequest: () => noteRefusal(host, 'bad_request'),
  })
  const atApp = createAtApp({
    publicUrl,
    random: base.random,
    apps: protectedApps,
    grants,
    requests,
  })
  const entering = { host, protectedApps, requests, grants, readFacts }
  const own: ReadonlyMap<string, Answer> = new Map([
    [enterPath, createEnter(entering)],
    [cancelPath, createCancel(entering)],
    [problemPath, createProblemPage(host)],
    [keysPath, async (_, response) => sendKeys(response, await tokens.publishKeys())],
  ])
  return { check, atApp, own }
}

/** Apps read the keys often, and they contain no personal data. */
function sendKeys(response: ServerResponse, body: string): void {
  response.setHeader('cache-control', 'public, max-age=300')
  response.setHeader('content-type', 'application/json')
  response.end(body)
}

function readPath({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark === -1 ? url : url.slice(0, mark)
}
