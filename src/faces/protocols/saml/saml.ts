/**
 * SAML 2.0 for apps, under `/saml`. Owns which address answers what. Whether a person may enter is the gate's decision, and
 * what a message may look like the package's.
 */
import { writeIdentityProvider } from '#saml'
import { type NodeHandler, sendPage } from '../answer.ts'
import type { ProtocolHost, RunningProtocol } from '../protocol.ts'
import { createSignedRequests } from '../signed-request.ts'
import { isUnavailable } from '../unavailable.ts'
import { purgeRequests } from './answered.ts'
import { createSamlApps } from './apps.ts'
import { createSamlKeys, type SamlKeys } from './keys.ts'
import { createLogin } from './login.ts'
import { createNameIds } from './name-ids.ts'
import { samlPaths } from './paths.ts'
import { pendingSchema } from './pending.ts'
import { createId, createResponder } from './respond.ts'

interface Route {
  readonly methods: string
  readonly handle: NodeHandler
}

export function createSaml(host: ProtocolHost): RunningProtocol {
  const { base, pages, publicUrl } = host
  const entityId = `${publicUrl}${samlPaths.metadata}`
  const keys = createSamlKeys(host.signingKeys)
  const apps = createSamlApps(host)
  const nameIds = createNameIds(base.keyring, entityId)
  const login = createLogin({
    host,
    apps,
    pendings: createSignedRequests({
      key: base.keyring.derive('saml request'),
      clock: base.clock,
      schema: pendingSchema,
    }),
    responder: createResponder({ host, entityId, nameIds, keys }),
  })

  const routes: Readonly<Record<string, Route>> = {
    [samlPaths.metadata]: { methods: 'GET HEAD', handle: createMetadata(host, keys, entityId) },
    [samlPaths.login]: { methods: 'GET POST', handle: login.receive },
    [samlPaths.proceed]: { methods: 'GET', handle: login.proceed },
    [samlPaths.cancel]: { methods: 'GET', handle: login.leave('AuthnFailed') },
    [samlPaths.refused]: { methods: 'GET', handle: login.leave('RequestDenied') },
  }
  const start: Route = { methods: 'GET', handle: login.start }
  const findRoute = (path: string) => {
    if (path.startsWith(samlPaths.start)) return start
    return Object.hasOwn(routes, path) ? routes[path] : undefined
  }

  return {
    async handle(req, res) {
      const route = findRoute((req.url ?? '').split('?')[0] ?? '')
      if (route === undefined) {
        return sendPage(res, pages.renderError(req, { status: 404, code: 'not_found' }))
      }
      if (!route.methods.split(' ').includes(req.method ?? '')) {
        return sendPage(res, pages.renderError(req, { status: 405, code: 'invalid_request' }))
      }
      try {
        await route.handle(req, res)
      } catch (error) {
        if (!isUnavailable(error) || res.headersSent) throw error
        sendPage(res, pages.renderUnavailable(req))
      }
    },
    sessionsEnded: async () => {},
    async purge() {
      await purgeRequests(base.db, base.clock.now())
    },
    close: async () => {},
  }
}

function createMetadata(
  { base, publicUrl }: ProtocolHost,
  keys: SamlKeys,
  entityId: string,
): NodeHandler {
  return async (_req, res) => {
    const provider = {
      id: createId(base.random),
      entityId,
      certificates: await keys.listCertificates(),
      singleSignOnUrl: `${publicUrl}${samlPaths.login}`,
    }
    const xml = writeIdentityProvider(provider, await keys.findSigningKey())
    res.writeHead(200, {
      'content-type': 'application/samlmetadata+xml; charset=utf-8',
      'content-length': Buffer.byteLength(xml),
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    })
    res.end(xml)
  }
}
