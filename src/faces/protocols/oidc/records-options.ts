/** What the library's records need from the server. */
import type { IncomingMessage } from 'node:http'
import type { App } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { ProtocolHost } from '../protocol.ts'
import { createAdmission } from '../request-rate-limit.ts'
import { describeAllowed } from './allowed-places.ts'
import { createAnsweredInteractions } from './answered-interactions.ts'
import { describeClient } from './configuration.ts'
import { oidcEvents } from './events.ts'
import { type ClientMetadata, findCurrentContext } from './library.ts'
import { createTakeBack } from './lost-answers.ts'
import { registeredMember } from './members.ts'
import { createPollLimit } from './poll-limit.ts'
import type { RecordsOptions } from './records.ts'
import { createRepeatedRefreshes } from './repeated-refresh.ts'
import { createProofCheck, createSentRequestCheck } from './request-length.ts'
import type { Successors } from './successors.ts'
import { createUserCodeHash } from './user-codes.ts'

/** The Einlass session that the cookies of a request name, if it is alive. */
export type FindSession = (request: IncomingMessage) => Promise<LiveSession | undefined>

export const currentRequest = () => findCurrentContext()?.req

/** Where apps send requests that are stored; ciba.ts has its own limits. */
const sendingRoutes = new Set(['pushed_authorization_request', 'device_authorization'])

export function createRecordsOptions(
  host: ProtocolHost,
  findSession: FindSession,
  successors: Successors,
): RecordsOptions {
  const { base, config, sessions } = host
  const { db, clock, keyring } = base
  const checkSentRequest = createSentRequestCheck(createAdmission(clock, config), clock)
  const checkProof = createProofCheck(clock)
  const findClient = createClientSearch(host)
  const findCurrentLogin = async () => {
    const request = currentRequest()
    return request && (await findSession(request))?.id
  }
  const answered = createAnsweredInteractions({
    ...base,
    ...{ currentRequest, findCurrentLogin },
    isResuming: () => findCurrentContext()?.oidc.route === 'resume',
  })
  const repeated = createRepeatedRefreshes({ ...base, successors })
  return {
    db,
    clock,
    spending: {
      ...{ nodes: base.nodes, answered, successors },
      takeBack: createTakeBack(base),
      repeated: {
        ...repeated,
        // Only a refresh is repeated: for introspection and revocation, a spent token is spent.
        isAllowed: async (...of) =>
          findCurrentContext()?.oidc.route === 'token' && (await repeated.isAllowed(...of)),
      },
    },
    currentRequest,
    logins: {
      isLive: async (login) => (await sessions.findById(login)) !== undefined,
      findCurrent: findCurrentLogin,
    },
    waiting: {
      hashUserCode: createUserCodeHash(keyring),
      notePoll: createPollLimit(clock),
      admit() {
        const ctx = findCurrentContext()
        if (ctx !== undefined && sendingRoutes.has(ctx.oidc.route)) checkSentRequest(ctx)
      },
      async admitProof(id) {
        const ctx = findCurrentContext()
        if (ctx === undefined) return
        const client = ctx.oidc.client ?? (await findClient(id))
        checkProof(ctx, { id, isRegistered: client?.[registeredMember] === true })
      },
    },
    clients: {
      find: findClient,
      async findScopes(id) {
        const current = findCurrentContext()?.oidc?.client
        const client = current?.clientId === id ? current : await findClient(id)
        return client?.scope?.split(' ')
      },
    },
    hooks: {
      onSignIn: createNoteSignIn(host),
      async onRevoked(login) {
        const isByApp = findCurrentContext()?.oidc.route === 'revocation'
        await host.backchannel.endEmpty(login, isByApp ? 'revoked_by_app' : 'app_key_reused')
      },
    },
  }
}

function createClientSearch({ base: { db }, apps }: Pick<ProtocolHost, 'base' | 'apps'>) {
  /** An app is the same object until it changes. */
  const described = new WeakMap<App, ClientMetadata>()
  return async (id: string): Promise<ClientMetadata | undefined> => {
    const app = await apps.find(db, id)
    if (app?.protocol !== 'oidc') return undefined
    const metadata = described.get(app) ?? describeClient(app)
    described.set(app, metadata)
    return metadata
  }
}

export function createNoteSignIn({
  base,
  noteEntry,
}: ProtocolHost): RecordsOptions['hooks']['onSignIn'] {
  return async (tx, { sessionId, userId, appId, redirectUri }) => {
    const entry = {
      sessionId: sessionId as Id<'session'>,
      userId: userId as Id<'user'>,
      ...{ appId, protocol: 'oidc' },
    }
    const isRegistered = findCurrentContext()?.oidc.client?.[registeredMember] === true
    const isAsked = isRegistered && redirectUri !== undefined
    const data = isAsked ? await describeAllowed(tx, entry, redirectUri) : {}
    await noteEntry(tx, { ...entry, data })
    await base.audit.record(tx, oidcEvents.signedIn, { userId, sessionId, appId })
  }
}
