/**
 * SAML 2.0 for apps, under `/saml`. Owns which handler answers which address. The gate decides whether a person may enter, and
 * the package which messages are valid.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeIdentityProvider } from '#saml'
import { findAddress, type NodeHandler, sendPage } from '../answer.ts'
import { describeXml } from '../document-answer.ts'
import { createDocumentId, createDocumentKeys, type DocumentKeys } from '../document-keys.ts'
import { createPreparedDocuments, sendDocument } from '../prepared-documents.ts'
import type { ProtocolHost, RunningProtocol } from '../protocol.ts'
import { createRouting, type ProtocolRoute } from '../routing.ts'
import { createSignedRequests } from '../signed-request.ts'
import { purgeRequests } from './answered.ts'
import { createSamlApps, type SamlApps } from './apps.ts'
import { createLogin } from './login.ts'
import { createSamlLogout } from './logout.ts'
import { createLogoutMessages } from './logout-messages.ts'
import { createMessageLimit } from './message-limit.ts'
import { createNameIds } from './name-ids.ts'
import { readAppId, samlPaths } from './paths.ts'
import { pendingSchema } from './pending.ts'
import { pendingLogoutSchema } from './pending-logout.ts'
import { createResponder } from './respond.ts'

export function createSaml(host: ProtocolHost): RunningProtocol {
  const { base, publicUrl } = host
  const entityId = `${publicUrl}${samlPaths.metadata}`
  const keys = createDocumentKeys(host.signingKeys)
  const apps = createSamlApps(host)
  const nameIds = createNameIds(base.keyring, entityId)
  const limit = createMessageLimit(host)
  const login = createLogin({
    ...{ host, apps, limit },
    pendings: createSignedRequests({
      key: base.keyring.deriveInEpoch('saml request'),
      clock: base.clock,
      schema: pendingSchema,
    }),
    responder: createResponder({ host, entityId, nameIds, keys }),
  })

  const messages = createLogoutMessages({ host, entityId, apps, keys })
  const logout = createSamlLogout({
    ...{ host, apps, nameIds, messages, limit },
    pendings: createSignedRequests({
      key: base.keyring.derive('saml logout'),
      clock: base.clock,
      schema: pendingLogoutSchema,
    }),
  })

  const metadata = createMetadata({ host, apps, keys, entityId })
  const routes: Readonly<Record<string, ProtocolRoute>> = {
    [samlPaths.metadata]: { methods: 'GET HEAD', handle: metadata.send },
    [samlPaths.login]: { methods: 'GET POST', handle: login.receive },
    [samlPaths.logout]: { methods: 'GET POST', handle: logout.receive },
    [samlPaths.proceedLogout]: { methods: 'GET', handle: logout.proceed },
    [samlPaths.askLogout]: { methods: 'GET', handle: messages.sendRequest },
    [samlPaths.answerLogout]: { methods: 'GET', handle: messages.sendAnswer },
    [samlPaths.proceed]: { methods: 'GET', handle: login.proceed },
    [samlPaths.cancel]: { methods: 'GET', handle: login.leave('AuthnFailed') },
    [samlPaths.refused]: { methods: 'GET', handle: login.leave('RequestDenied') },
  }
  const start: ProtocolRoute = { methods: 'GET', handle: login.start }
  const ofApp: ProtocolRoute = { methods: 'GET HEAD', handle: metadata.sendOfApp }
  const findRoute = (path: string) => {
    if (path.startsWith(samlPaths.start)) return start
    if (path.startsWith(samlPaths.metadataOfApp)) return ofApp
    return Object.hasOwn(routes, path) ? routes[path] : undefined
  }

  return {
    handle: createRouting(host, findRoute),
    sessionsEnded: async () => {},
    findLogoutChannel: messages.findChannel,
    async purge() {
      await purgeRequests(base.db, base.clock.now())
    },
    close: async () => {},
  }
}

interface MetadataOptions {
  readonly host: ProtocolHost
  readonly apps: SamlApps
  readonly keys: DocumentKeys
  readonly entityId: string
}

/** Our metadata for all apps, and for one app: only the second says whether requests have to be signed, which each app decides. */
function createMetadata({ host, apps, keys, entityId }: MetadataOptions) {
  const { base, publicUrl, pages } = host
  const write = async (wantsSignedRequests?: boolean): Promise<string> => {
    const provider = {
      id: createDocumentId(base.random),
      entityId,
      certificates: await keys.listCertificates(),
      singleSignOnUrl: `${publicUrl}${samlPaths.login}`,
      singleLogoutUrl: `${publicUrl}${samlPaths.logout}`,
      ...(wantsSignedRequests !== undefined && { wantsSignedRequests }),
    }
    return writeIdentityProvider(provider, await keys.findSigningKey())
  }
  const documents = createPreparedDocuments()
  const headers = describeXml('application/samlmetadata+xml')
  /** A signature costs milliseconds, and everybody may ask for the document. */
  async function sendPrepared(
    { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
    name: string,
    wantsSignedRequests?: boolean,
  ): Promise<void> {
    const published = await host.signingKeys.find('saml')
    const document =
      documents.find(name, published) ??
      documents.make(name, published, await write(wantsSignedRequests))
    sendDocument(req, res, document, headers)
  }
  const send: NodeHandler = (req, res) => sendPrepared({ req, res }, 'of all apps')
  const sendOfApp: NodeHandler = async (req, res) => {
    const { pathname } = findAddress(req, publicUrl)
    const found = await apps.findById(readAppId(pathname, samlPaths.metadataOfApp))
    if (found === undefined) {
      return sendPage(res, pages.renderError(req, { status: 404, code: 'unknown_app' }))
    }
    const isRequired = found.settings.signedRequests === 'required'
    await sendPrepared({ req, res }, isRequired ? 'with signed requests' : 'without', isRequired)
  }
  return { send, sendOfApp }
}
