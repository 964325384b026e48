/**
 * WS-Federation for apps, in the form that Exchange and others know from AD FS. Owns the meaning of each request. The gate
 * decides whether a person may enter.
 */
import { writeFederationMetadata } from '#saml'
import { afterLogout } from '../../../platform/http/headers.ts'
import { findAddress, type NodeHandler, redirect } from '../answer.ts'
import { describeXml } from '../document-answer.ts'
import { createDocumentKeys, type DocumentKeys } from '../document-keys.ts'
import { type LogoutChannel, logoutPath } from '../logouts.ts'
import { createPreparedDocuments, sendDocument } from '../prepared-documents.ts'
import type { ProtocolHost, RunningProtocol } from '../protocol.ts'
import { createRouting, type ProtocolRoute } from '../routing.ts'
import { createSignedRequests } from '../signed-request.ts'
import { wsfedPaths } from './paths.ts'
import { pendingSchema } from './pending.ts'
import { readQuery } from './request.ts'
import { offeredClaims, readSettings } from './settings.ts'
import { createSignIn, refuse, type SignIn } from './sign-in.ts'
import { createTokenAnswer } from './token.ts'

export function createWsfed(host: ProtocolHost): RunningProtocol {
  const { base, publicUrl } = host
  const keys = createDocumentKeys(host.signingKeys)
  const signIn = createSignIn({
    host,
    pendings: createSignedRequests({
      key: base.keyring.deriveInEpoch('wsfed request'),
      clock: base.clock,
      schema: pendingSchema,
    }),
    answer: createTokenAnswer({ host, keys, issuer: `${publicUrl}${wsfedPaths.issuer}` }),
  })
  const routes: Readonly<Record<string, ProtocolRoute>> = {
    [wsfedPaths.passive]: { methods: 'GET', handle: createPassive(host, signIn) },
    [wsfedPaths.proceed]: { methods: 'GET', handle: signIn.proceed },
    [wsfedPaths.cancel]: { methods: 'GET', handle: signIn.cancel },
    [wsfedPaths.metadata]: { methods: 'GET HEAD', handle: createMetadata(host, keys) },
  }
  return {
    handle: createRouting(host, (path) => (Object.hasOwn(routes, path) ? routes[path] : undefined)),
    sessionsEnded: async () => {},
    findLogoutChannel: ({ appId }) => findChannel(host, appId),
    purge: async () => {},
    close: async () => {},
  }
}

/** Each realm of the app gets the clean-up of WS-Federation 1.2 section 13.2.4, in a frame. */
async function findChannel({ apps, base }: ProtocolHost, appId: string): Promise<LogoutChannel> {
  const app = await apps.find(base.db, appId)
  if (app?.protocol !== 'wsfed') return { type: 'none' }
  const urls = readSettings(app).realms.map((realm) => {
    const url = new URL(realm)
    url.searchParams.set('wa', 'wsignoutcleanup1.0')
    return url.href
  })
  return { type: 'frame', urls }
}

const signOuts = ['wsignout1.0', 'wsignoutcleanup1.0']

function createPassive(host: ProtocolHost, signIn: SignIn): NodeHandler {
  const { publicUrl, sessions } = host
  return async (req, res) => {
    const query = readQuery(findAddress(req, publicUrl))
    const action = query?.get('wa') ?? ''
    if (query !== undefined && action === 'wsignin1.0') return await signIn.receive(req, res, query)
    if (!signOuts.includes(action)) {
      return refuse(host, req, res, { reason: 'invalid_request' })
    }
    // The browser sends the cookie only when it navigates here itself: no foreign page can hide this request.
    const session = await sessions.findByCookie(req.headers.cookie)
    const cookies = session === undefined ? [sessions.endedCookie] : await sessions.logOut(session)
    if (session !== undefined) res.setHeader(...afterLogout)
    res.setHeader('set-cookie', [...cookies])
    redirect(res, logoutPath)
  }
}

function createMetadata({ publicUrl, signingKeys }: ProtocolHost, keys: DocumentKeys): NodeHandler {
  const documents = createPreparedDocuments()
  const headers = describeXml('application/xml')
  const write = async () =>
    writeFederationMetadata({
      entityId: `${publicUrl}${wsfedPaths.issuer}`,
      url: `${publicUrl}${wsfedPaths.passive}`,
      certificates: await keys.listCertificates(),
      claims: offeredClaims,
    })
  return async (req, res) => {
    const published = await signingKeys.find('saml')
    const document = documents.find('', published) ?? documents.make('', published, await write())
    sendDocument(req, res, document, headers)
  }
}
