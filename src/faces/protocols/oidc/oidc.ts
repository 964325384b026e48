/**
 * OpenID Connect for apps, with oidc-provider under `/oidc`. Owns how it is mounted, and that everything is bound to Einlass
 * sessions. The gate decides whether a person may enter.
 */
import type { IncomingMessage } from 'node:http'
import { matchAddress } from '../../../identity/apps/match-address.ts'
import type { Participant } from '../../../identity/sessions/participants.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import { hmac } from '../../../platform/kernel/crypto.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import { tryEach } from '../../../platform/kernel/try-each.ts'
import { type NodeHandler, sendPage } from '../answer.ts'
import { type LogoutChannel, logoutPath } from '../logouts.ts'
import type { ProtocolHost } from '../protocol.ts'
import { createAddressSearch, createAdmission, createTryLimit } from '../request-rate-limit.ts'
import type { SigningKey } from '../signing-keys.ts'
import { createFindAccount } from './account.ts'
import { type ComputeSid, createFindLogoutChannel } from './back-channel-logout.ts'
import { createCiba } from './ciba.ts'
import type { CibaCounts } from './ciba-counts.ts'
import { ownClaims } from './claims.ts'
import { createCertificateSearch } from './client-certificates.ts'
import { createConfiguration, describeKeys, readLifetimes } from './configuration.ts'
import { createCors, createOriginSearch } from './cors.ts'
import { createDevicePages, type DeviceFlowOptions, isDevicePath } from './device.ts'
import { openDirectAnswers } from './direct/open.ts'
import { createDocuments } from './documents.ts'
import { createEntry, describeLogin } from './entry.ts'
import { createEntryChecks } from './entry-checks.ts'
import { createErrorRenderer, createNotFound, createUnavailable, logEvents } from './faults.ts'
import { createFormPost } from './form-post.ts'
import { createHeldRedirects, mayBeOfRegistered } from './held-redirects.ts'
import { createInteraction } from './interaction.ts'
import { createInteractionAnswers } from './interaction-answers.ts'
import {
  acceptEarlierSecrets,
  bindSessions,
  includeOwnClaims,
  includeSidAlways,
  limitAssertions,
  nameRefreshTokens,
  noteLogoutClients,
  Provider,
  readLogoutSecret,
  replaceAddressMatch,
  replaceFormPost,
  replaceKeys,
  type Session,
  settleBeforeTokens,
} from './library.ts'
import { earlierSecretMember } from './members.ts'
import {
  createOwnPagesOnly,
  dropIssuerOfErrors,
  dropQueryOfResume,
  hideDevicePages,
  nameInterval,
  noteSignedRequests,
  promiseNoUserCodes,
} from './middleware.ts'
import { guard, headersFor, type MountOptions, mount } from './mount.ts'
import {
  findRegistrationEndpoint,
  purgeRegistrationTokens,
  withRegistration,
} from './open-registration.ts'
import { createLibraryFetch } from './outgoing.ts'
import { oidcPath } from './paths.ts'
import { leadPostsToGets } from './posts.ts'
import { createRecords } from './records.ts'
import {
  createNoteSignIn,
  createRecordsOptions,
  currentRequest,
  type FindSession,
} from './records-options.ts'
import { createMayUseToken, createRefreshCheck } from './refresh.ts'
import { createAssertionLimit, createRequestLimit } from './request-length.ts'
import { createRequestObjectChecks } from './request-objects.ts'
import {
  createLogoutMiddleware,
  createLogoutSource,
  type LogoutOptions,
} from './rp-initiated-logout.ts'
import { showPage } from './show-page.ts'
import { createSubjects } from './subjects.ts'
import { createSuccessors } from './successors.ts'
import { createUnavailableReply } from './unavailable.ts'
import { createUserCodeHash } from './user-codes.ts'
import type { EnterWithGrant } from './waiting-grants.ts'
import { createEntryCheck, createWaitingRequests } from './waiting-requests.ts'

export interface Oidc {
  readonly issuer: string
  /** Answers everything under `/oidc`. Takes the request untouched: unread, with its whole path. */
  readonly callback: NodeHandler
  /** Answers `GET /sso/oidc/<uid>`. */
  readonly interaction: NodeHandler
  /** See `RunningProtocol`. */
  sessionsEnded(ids: readonly string[]): Promise<void>
  readonly findLogoutChannel: (participant: Participant) => Promise<LogoutChannel>
  /** Deletes expired records and tokens. */
  purge(): Promise<void>
  /** Waits until all running requests of apps have asked their phones. */
  settled(): Promise<void>
}

/** Makes the signing keys if they do not exist. */
export async function createOidc(
  host: ProtocolHost,
  cibaCounts: Pick<CibaCounts, 'count'>,
): Promise<Oidc> {
  const { publicUrl, base } = host
  const { log } = base
  const issuer = `${publicUrl}${oidcPath}`
  const parts = createParts(host, cibaCounts)
  const { records, computeSid } = parts
  const provider = await createProvider(host, issuer, parts)
  logEvents(provider, log, host.noteRefusal)
  const mounting = createMounting(host)
  const answerDirectly = openDirectAnswers({ host, issuer, ...parts, browser: parts })
  const { takeUpKeys, findTaken } = createTakeUp(provider, host)
  const documents = createDocuments({
    findKeys: () => host.signingKeys.find('oidc'),
    ...{ findTaken, headers: headersFor(publicUrl) },
  })
  // Around what corrects the documents, so that it takes over the corrected ones.
  provider.use(documents.note)
  provider.use(promiseNoUserCodes)
  const callback = leadPostsToGets(provider.callback(), mounting)
  const findLogoutChannel = createFindLogoutChannel({ provider, computeSid })
  const device = createDevicePages(createDeviceOptions(host, provider, parts))
  const interaction = createInteraction({
    provider,
    db: base.db,
    apps: host.apps,
    gate: host.gate,
    clock: base.clock,
    findSession: parts.findSession,
    askLanguage: host.askLanguage,
    answers: createInteractionAnswers(host, mounting),
  })
  const own = withDevicePages(
    guard(device, mounting),
    mount(
      async (req, res) => {
        await takeUpKeys()
        await callback(req, res)
      },
      mounting,
      async (req, res) => (await documents.answer(req, res)) || (await answerDirectly(req, res)),
    ),
  )
  return {
    issuer,
    callback: withRegistration(own, host, { provider, mounting }),
    interaction: guard(interaction, mounting),
    sessionsEnded: records.endLogins,
    async findLogoutChannel(participant) {
      await takeUpKeys()
      return await findLogoutChannel(participant)
    },
    purge: () => tryEach([records.purge, () => purgeRegistrationTokens(host)]),
    settled: parts.ciba.settled,
  }
}

/** Our pages of the device flow come before the library, which has its own at the same address. */
function withDevicePages(device: NodeHandler, others: NodeHandler): NodeHandler {
  return (req, res) => (isDevicePath(req.url?.split('?', 1)[0] ?? '') ? device : others)(req, res)
}

/** Codes that may be typed in a minute from one address. */
const codesPerMinute = 10

function createDeviceOptions(
  host: ProtocolHost,
  provider: Provider,
  { computeSid, findSession, enter }: Parts,
): DeviceFlowOptions {
  const { publicUrl, base, config, apps, gate, pages } = host
  const { db, clock, keyring } = base
  return {
    ...{ publicUrl, db, apps, gate, pages, findSession },
    requests: createWaitingRequests({
      ...base,
      provider,
      computeSid,
      hashUserCode: createUserCodeHash(keyring),
      enter,
    }),
    tries: createTryLimit(clock, config, codesPerMinute),
  }
}

type Parts = ReturnType<typeof createParts>

function createParts(host: ProtocolHost, counts: Pick<CibaCounts, 'count'>) {
  const assertions = createAssertionLimit(host.base.clock, host.config)
  const requestObjects = createRequestObjectChecks(assertions)
  const findSession = rememberPerRequest(host.sessions.findByCookie)
  const computeSid = createSidComputation(host.base.keyring)
  const successors = createSuccessors(host.base.keyring, currentRequest)
  const records = createRecords(createRecordsOptions(host, findSession, successors))
  const noteSignIn = createNoteSignIn(host)
  const enter: EnterWithGrant = async (tx, entry, grant) => {
    await records.insert(tx, grant)
    await noteSignIn(tx, entry)
  }
  return {
    ...{ computeSid, enter, records, successors, assertions, requestObjects },
    ciba: createCiba({ ...host, counts, computeSid, enter, ...requestObjects }),
    findSession,
    checkEntry: createEntryChecks(host.gate),
    logout: createLogoutOptions(host, computeSid),
  }
}

/** The library with its configuration and the middleware around it. */
async function createProvider(host: ProtocolHost, issuer: string, parts: Parts): Promise<Provider> {
  const { records, successors, logout, computeSid, findSession, checkEntry, ciba } = parts
  const { assertions, requestObjects } = parts
  const { base, config, apps, gate, pages, sessions, signingKeys } = host
  const { db, clock, keyring } = base
  const limitRequests = createRequestLimit(createAdmission(clock, config))
  const computeSubject = createSubjects(keyring)
  const mayUse = createMayUseToken({ db, apps, gate, sessions })
  const configuration = createConfiguration({
    entry: {
      ...createEntry({
        ...base,
        apps,
        checkEntry,
        requests: { storeWithCode: records.storeWithCode, limit: limitRequests },
        ids: { computeSid, computeSubject },
        findSession,
      }),
      checkRefresh: createRefreshCheck({ db, apps, gate, sessions }),
      mayUse,
      ciba: ciba.feature,
      noteAssertion: assertions.takeBack,
      checkRequestObject: requestObjects.check,
    },
    people: {
      findAccount: createFindAccount(host, {
        checkEntry: createEntryCheck({ db, apps, gate, findSession: sessions.findById }),
        mayUse,
      }),
      computeSubject,
      findClientAddress: createAddressSearch(config),
      ...findCertificates(config),
    },
    keys: describeKeys(await signingKeys.find('oidc')),
    cookies: {
      isSecure: issuer.startsWith('https:'),
      keys: [Buffer.from(keyring.deriveInEpoch('oidc cookies')).toString('base64url')],
    },
    lifetimes: readLifetimes(config),
    adapterFor: records.adapterFor,
    renderError: createErrorRenderer(host),
    logout: {
      ask: createLogoutSource(logout),
      done: async (ctx) => {
        ctx.redirect(logoutPath)
        ctx.status = 303
      },
    },
  })
  const fetchGuarded = createLibraryFetch(config.app_networks, clock)
  const discovery = { registration_endpoint: findRegistrationEndpoint(host) }
  const provider = new Provider(issuer, { ...configuration, discovery, fetch: fetchGuarded })
  provider.proxy = true
  limitAssertions(provider, assertions.admit)
  nameRefreshTokens(provider, successors.findNext)
  includeSidAlways(provider)
  noteLogoutClients(provider)
  replaceAddressMatch(provider, ({ applicationType }, registered, asked) => {
    const isAnyLoopbackPort = applicationType === 'native'
    return matchAddress(registered, asked, { isAnyLoopbackPort }) !== undefined
  })
  includeOwnClaims(provider, ownClaims)
  acceptEarlierSecrets(provider, earlierSecretMember, clock)
  replaceFormPost(provider, createFormPost(pages))
  settleBeforeTokens(provider, (request) => ciba.settle(provider, request))
  bindSessions(provider, createBinding(findSession))
  provider.use(createOwnPagesOnly(host))
  provider.use(createCors(createOriginSearch(host)))
  provider.use(dropQueryOfResume)
  provider.use(createHeldRedirects(pages))
  provider.use(dropIssuerOfErrors)
  provider.use(nameInterval)
  provider.use(createNotFound(host))
  provider.use(noteSignedRequests(assertions))
  provider.use(hideDevicePages)
  provider.use(createUnavailable(provider, host))
  provider.use(createLogoutMiddleware(logout))
  return provider
}

function findCertificates(config: ProtocolHost['config']) {
  const { client_certificate_header: header } = config.oidc
  return header === undefined
    ? {}
    : { findCertificate: createCertificateSearch(config, header.toLowerCase()) }
}

/** A person who is logged in here is also logged in for the library, even by a login on our own pages. */
function createBinding(findSession: FindSession) {
  return async (request: IncomingMessage, session: Session): Promise<void> => {
    const live = await findSession(request)
    if (live === undefined || session.accountId !== undefined) return
    session.uid = live.id
    session.loginAccount({ accountId: live.userId, ...describeLogin(live) })
  }
}

/** Updates the library's keys before it signs or verifies. */
function createTakeUp(provider: Provider, { signingKeys }: ProtocolHost) {
  let taken: readonly SigningKey[] | undefined
  return {
    findTaken: () => taken,
    async takeUpKeys(): Promise<void> {
      const keys = await signingKeys.find('oidc')
      if (keys === taken) return
      replaceKeys(provider, describeKeys(keys))
      taken = keys
    },
  }
}

function createMounting(host: ProtocolHost): MountOptions {
  const { publicUrl, base, pages } = host
  return {
    publicUrl,
    prefix: oidcPath,
    log: base.log,
    fail: async (req, res, status, code) => sendPage(res, pages.renderError(req, { status, code })),
    failUnavailable: async (req, res) => sendPage(res, createUnavailableReply(req, host)),
  }
}

/** Computed, not stored: concurrent requests get the same value, and it is known even after the login has ended. */
function createSidComputation(keyring: Keyring): ComputeSid {
  const key = keyring.derive('oidc sid')
  return (loginSession, clientId) => hmac(key, `${loginSession} ${clientId}`)
}

function rememberPerRequest(
  findByCookie: (header: string | undefined) => Promise<LiveSession | undefined>,
): FindSession {
  const known = new WeakMap<IncomingMessage, Promise<LiveSession | undefined>>()
  return (request) => {
    const session = known.get(request) ?? findByCookie(request.headers.cookie)
    known.set(request, session)
    return session
  }
}

function createLogoutOptions(
  { sessions, pages }: ProtocolHost,
  computeSid: ComputeSid,
): LogoutOptions {
  return {
    computeSid,
    endedCookie: sessions.endedCookie,
    async endLogin(id, userId, next) {
      const session = { id: id as Id<'session'>, userId: userId as Id<'user'> }
      const cookies = await sessions.logOut(session, next)
      const needsBrowser = await sessions.waitsForBrowser(id)
      return { cookies, location: needsBrowser ? logoutPath : undefined }
    },
    leadBack: (ctx, next) => showPage(ctx, pages.renderBackToApp(ctx.req, next)),
    async askToLogOut(ctx) {
      const page = pages.renderLogout(ctx.req, {
        action: ctx.oidc.urlFor('end_session_confirm'),
        fields: { xsrf: readLogoutSecret(ctx), logout: 'yes' },
        // The app may have registered itself, and its name is then its own choice.
        ...(!mayBeOfRegistered(ctx) &&
          ctx.oidc.client?.clientName && { appName: ctx.oidc.client.clientName }),
      })
      showPage(ctx, page)
    },
  }
}
