/**
 * Requests that are answered elsewhere than where they began: in a browser, for a device (RFC 8628), or on a phone (ciba.ts).
 * Owns that each is answered only once, and by a live login. The app fetches its tokens with the request's own code, and then
 * the gate decides once more.
 */
import type { AdapterPayload } from 'oidc-provider'
import type { Apps } from '../../../identity/apps/apps.ts'
import type { Audit } from '../../../identity/audit/audit.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Gate } from '../../../login/decision/gate.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { oidcEvents } from './events.ts'
import { AccessDenied, type Provider } from './library.ts'
import { createGrantId, hashRecordId } from './record-ids.ts'
import { type backchannelModel, waitingModel } from './records.ts'
import type { HashUserCode } from './user-codes.ts'
import { createGrant, describeApproval, type EnterWithGrant } from './waiting-grants.ts'

/** A request without an answer. */
export interface WaitingRequest {
  readonly model: typeof waitingModel | typeof backchannelModel
  /** The id of its row. */
  readonly id: string
  readonly clientId: string
  /** The parameters that the app sent. */
  readonly params: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. */
  readonly begunAt: number
  /** Sealed, see ciba-asking.ts: a phone has to be asked. */
  readonly held?: string
  /** Sealed, see ciba-asking.ts: `asker` has asked a phone, or is about to. */
  readonly asking?: string
  /** The name of a node. */
  readonly asker?: string
  /** As stored. */
  readonly payload: string
}

export interface WaitingRequestsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly audit: Audit
  readonly provider: Provider
  readonly hashUserCode: HashUserCode
  computeSid(loginSession: string, clientId: string): string
  readonly enter: EnterWithGrant
}

export type WaitingRequests = ReturnType<typeof createWaitingRequests>

export function createWaitingRequests(options: WaitingRequestsOptions) {
  const { db, clock, random, audit, provider, hashUserCode, computeSid } = options
  return {
    /** `undefined`: the code is unknown, too old, or was answered. */
    async findByUserCode(code: string): Promise<WaitingRequest | undefined> {
      const row = await db
        .selectFrom('oidc_records')
        .select(['id', 'payload'])
        .where('model', '=', waitingModel)
        .where('user_code_hash', '=', hashUserCode(code))
        .executeTakeFirst()
      // The row stays longer than the code, so that the device learns that it has expired.
      const isOver = row === undefined || clock.now() >= readExpiry(row.payload)
      return isOver ? undefined : readWaiting(waitingModel, row)
    },

    /** `false`: it was answered meanwhile. */
    async deny(request: WaitingRequest, live: LiveSession): Promise<boolean> {
      const refusal = { error: 'access_denied', errorDescription: 'the person has refused' }
      const facts = { userId: live.userId, sessionId: live.id, appId: request.clientId }
      return await transact(db, async (tx) => {
        if (!(await answer(tx, request, refusal))) return false
        await audit.record(tx, oidcEvents.deviceDenied, facts)
        return true
      })
    },

    /** Gives the app what it requested, as far as allowed. `false`: it was answered meanwhile. */
    async approve(request: WaitingRequest, live: LiveSession): Promise<boolean> {
      const client = await provider.Client.find(request.clientId)
      if (client === undefined) return false
      const grantId = createGrantId(live.id, newSecret(random))
      const grant = await createGrant(provider, {
        ...{ id: grantId, request, client },
        userId: live.userId,
      })
      const sid = computeSid(live.id, request.clientId)
      const changes = describeApproval(request, live, sid)
      const { id: sessionId, userId } = live
      return await transact(db, async (tx) => {
        if (!(await answer(tx, request, { ...changes, grantId }))) return false
        await options.enter(tx, { sessionId, userId, appId: request.clientId }, grant)
        return true
      })
    },
  }
}

/** Finds a request by its own id. */
export async function findWaiting(
  queries: Queries,
  model: WaitingRequest['model'],
  id: string,
): Promise<WaitingRequest | undefined> {
  const row = await queries
    .selectFrom('oidc_records')
    .select(['id', 'payload'])
    .where('model', '=', model)
    .where('id', '=', hashRecordId(id))
    .executeTakeFirst()
  return row && readWaiting(model, row)
}

/** Milliseconds since the epoch. */
function readExpiry(payload: string): number {
  const { exp = 0 }: AdapterPayload = JSON.parse(payload)
  return exp * 1000
}

function readWaiting(
  model: WaitingRequest['model'],
  { id, payload }: Pick<WaitingRequest, 'id' | 'payload'>,
): WaitingRequest | undefined {
  const stored: AdapterPayload = JSON.parse(payload)
  const { clientId, params, grantId, error, held, asking, asker, iat = 0 } = stored
  const isAnswered = error !== undefined || grantId !== undefined
  if (clientId === undefined || isAnswered) return undefined
  return {
    ...{ model, id, clientId, params: Object(params), begunAt: iat * 1000, payload },
    ...(typeof held === 'string' && { held }),
    ...(typeof asking === 'string' && typeof asker === 'string' && { asking, asker }),
  }
}

/** Only while the stored record is the one that was read, so that of two answers only one takes effect. */
export async function answer(
  queries: Queries,
  { model, id, payload }: WaitingRequest,
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
    .where('model', '=', model)
    .where('id', '=', id)
    .where('payload', '=', payload)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

interface EntryCheckOptions {
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  findSession(id: string): Promise<LiveSession | undefined>
}

/**
 * Whether the person may still enter when the app fetches its tokens, which can be minutes after the answer. A disabled
 * account, an ended session, a group that the person has left, and a stricter rule all prevent it. Throws the error for the
 * app.
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
