/**
 * Requests that are answered elsewhere than where they were begun: by a person in a browser, for a device (RFC 8628). Owns that
 * each is answered once, by a login that is alive, and what the app gets of that login. The app fetches its tokens with the
 * request's own code, and the gate decides once more when it does.
 */
import type { AdapterPayload } from 'oidc-provider'
import type { Apps } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Gate } from '../../../login/decision/gate.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { readApis } from './apis.ts'
import { isOidcScope } from './claims.ts'
import { describeLogin } from './entry.ts'
import { AccessDenied, type Client, nameGrant, type Provider } from './library.ts'
import { createGrantId, hashRecordId, type OidcEntry, waitingModel } from './records.ts'
import {
  listAllowedClaims,
  listRequestedClaims,
  nameReachedLevel,
  readRequestedLogin,
} from './requested-claims.ts'
import type { HashUserCode } from './user-codes.ts'

/** One that nobody has answered. */
export interface WaitingRequest {
  /** Of its row. */
  readonly id: string
  readonly clientId: string
  /** What the app asked with. */
  readonly params: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. */
  readonly begunAt: number
  /** As it is stored. */
  readonly payload: string
}

export interface WaitingRequestsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly provider: Provider
  readonly hashUserCode: HashUserCode
  computeSid(loginSession: string, clientId: string): string
  noteSignIn(tx: Queries, entry: OidcEntry): Promise<void>
}

export type WaitingRequests = ReturnType<typeof createWaitingRequests>

export function createWaitingRequests(options: WaitingRequestsOptions) {
  const { db, clock, provider, hashUserCode } = options
  return {
    /** `undefined`: nobody asked with it, it is too old, or it was answered. */
    async findByUserCode(code: string): Promise<WaitingRequest | undefined> {
      const row = await db
        .selectFrom('oidc_records')
        .select(['id', 'payload'])
        .where('model', '=', waitingModel)
        .where('user_code_hash', '=', hashUserCode(code))
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      return row && readWaiting(row)
    },

    /** `false`: it was answered meanwhile. */
    deny: (request: WaitingRequest): Promise<boolean> =>
      answer(db, request, {
        error: 'access_denied',
        errorDescription: 'the person has refused',
      }),

    /** Gives the app what it asked for, as far as it may have it. `false`: it was answered meanwhile. */
    async approve(request: WaitingRequest, live: LiveSession): Promise<boolean> {
      const client = await provider.Client.find(request.clientId)
      if (client === undefined) return false
      const grantId = await makeGrant(options, request, client, live)
      const changes = describeApproval(options, request, live)
      const { id: sessionId, userId } = live
      return await transact(db, async (tx) => {
        if (!(await answer(tx, request, { ...changes, grantId }))) return false
        await options.noteSignIn(tx, { sessionId, userId, appId: request.clientId })
        return true
      })
    },
  }
}

function readWaiting({ id, payload }: Pick<WaitingRequest, 'id' | 'payload'>) {
  const { clientId, params, accountId, error, iat = 0 }: AdapterPayload = JSON.parse(payload)
  const isAnswered = error !== undefined || accountId !== undefined
  if (clientId === undefined || isAnswered) return undefined
  return { id, clientId, params: Object(params), begunAt: iat * 1000, payload }
}

/** Only while it is stored as it was read, so that of two answers one counts. */
async function answer(
  queries: Queries,
  { id, payload }: WaitingRequest,
  changes: AdapterPayload,
): Promise<boolean> {
  const answered = { ...JSON.parse(payload), ...changes }
  const result = await queries
    .updateTable('oidc_records')
    .set({
      payload: JSON.stringify(answered),
      login_session: changes.sessionUid ?? null,
      ...(changes.grantId !== undefined && { grant_id: hashRecordId(changes.grantId) }),
    })
    .where('model', '=', waitingModel)
    .where('id', '=', id)
    .where('payload', '=', payload)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** What the person grants by the answer: all that the app may ask for, as in a code flow. */
async function makeGrant(
  { provider, random }: WaitingRequestsOptions,
  { clientId, params }: WaitingRequest,
  client: Client,
  live: LiveSession,
): Promise<string> {
  const grant = new provider.Grant({ clientId, accountId: live.userId })
  const id = createGrantId(live.id, newSecret(random))
  nameGrant(grant, id)
  const scopes = readScopes(params)
  const allowed = client.scope?.split(' ')
  const ofPerson = scopes.filter(
    (scope) => isOidcScope(scope) && allowed?.includes(scope) !== false,
  )
  if (ofPerson.length > 0) grant.addOIDCScope(ofPerson.join(' '))
  const claims = listAllowedClaims(listRequestedClaims(params.claims), allowed)
  if (claims.length > 0) grant.addOIDCClaims(claims)
  const apis = readApis(client)
  for (const uri of readResources(params)) {
    const known = apis.get(uri)?.split(',') ?? []
    const asked = scopes.filter((scope) => known.includes(scope))
    if (asked.length > 0) grant.addResourceScope(uri, asked.join(' '))
  }
  await grant.save()
  return id
}

/** What the library writes down itself where a browser answers in its own pages. */
function describeApproval(
  { computeSid }: WaitingRequestsOptions,
  { clientId, params }: WaitingRequest,
  live: LiveSession,
): AdapterPayload {
  const { loginTs: authTime, ...login } = describeLogin(live)
  const acr = nameReachedLevel(live.acr, readRequestedLogin(params.claims)) ?? live.acr
  const resources = readResources(params)
  return {
    ...login,
    acr,
    authTime,
    accountId: live.userId,
    scope: readScopes(params).join(' '),
    sessionUid: live.id,
    sid: computeSid(live.id, clientId),
    ...(typeof params.claims === 'string' && { claims: JSON.parse(params.claims) }),
    ...(resources.length > 0 && { resource: resources.length === 1 ? resources[0] : resources }),
  }
}

function readScopes({ scope }: WaitingRequest['params']): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []
}

function readResources({ resource }: WaitingRequest['params']): string[] {
  return [resource].flat().filter((uri) => typeof uri === 'string')
}

interface EntryCheckOptions {
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  findSession(id: string): Promise<LiveSession | undefined>
}

/**
 * Whether the person may still enter when the app fetches its tokens, which can be minutes after the answer: a disabled
 * account, a session that was ended, a group that was left and a stricter rule all end it. Throws what the app hears.
 */
export function createEntryCheck({ db, apps, gate, findSession }: EntryCheckOptions) {
  return async (clientId: string, sessionId: string | undefined): Promise<void> => {
    const session = sessionId === undefined ? undefined : await findSession(sessionId)
    const app = await apps.find(db, clientId)
    if (session === undefined || app === undefined) throw new AccessDenied('the login has ended')
    const entry = await gate.check({ app, session })
    if (entry !== 'enter') throw new AccessDenied(`the gate says ${entry}`)
  }
}
