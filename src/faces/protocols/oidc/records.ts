/**
 * The storage of oidc-provider in `oidc_records`. Owns the rule that nothing outlives the login that it came from: every record
 * names its Einlass session, and a record whose session has ended is not found. Ids are bearer secrets, so only their SHA-256
 * is stored.
 */
import type { Insertable, Selectable } from 'kysely'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import type { OidcRecordRow } from '../../../platform/storage/app-tables.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { pushedModel } from './answered-interactions.ts'
import { type ApprovedRequests, createApprovedRequests } from './approved-requests.ts'
import { createClientAdapter } from './client-adapter.ts'
import { readNarrowed } from './granted-scopes.ts'
import { InvalidGrant } from './library.ts'
import { hashRecordId, isLoginSession, readGrantLogin } from './record-ids.ts'
import {
  createRequestMemory,
  type NewRecord,
  type RequestMemory,
  withoutSecrets,
} from './request-memory.ts'
import {
  type Spending,
  type SpendingOptions,
  type Spent,
  spend,
  spendById,
} from './spent-records.ts'
import type { HashUserCode } from './user-codes.ts'

export interface Records {
  adapterFor(model: string): Adapter
  /**
   * Spends a code or a refresh token and stores what it gives, in one transaction. `false`: it was spent before, and nothing is
   * stored.
   */
  exchange(spent: Spent, given: readonly NewRecord[]): Promise<boolean>
  /** Stores what a refresh token gives that stays valid. */
  give(given: NewRecord): Promise<void>
  /** Stores a code with its grant, and records that a person enters the app. */
  issueCode(grant: NewRecord, code: NewRecord): Promise<void>
  /** Stores a record in a transaction with other changes. */
  insert(tx: Queries, record: NewRecord): Promise<void>
  /** Stores the grant of this request in the transaction of its code, because a grant is useless without its code. */
  storeWithCode(request: object): void
  /** Deletes everything that came from these logins. */
  endLogins(loginSessions: readonly string[]): Promise<void>
  /** Deletes expired records. Returns how many. */
  purge(): Promise<number>
}

export interface RecordsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly spending: SpendingOptions
  /** The request that is being served. */
  currentRequest(): object | undefined
  readonly logins: {
    /** Whether this Einlass session is alive. */
    isLive(loginSession: string): Promise<boolean>
    /** The Einlass session of the browser whose request is being served. */
    findCurrent(): Promise<string | undefined>
  }
  /** For requests that are answered elsewhere. */
  readonly waiting: {
    readonly hashUserCode: HashUserCode
    /** Called before a request, or a part of it, is stored; throws when there are too many or when it is too long. */
    admit(): void
    /** Called before an app's proof of its identity or key is stored, so that it is used once; throws as `admit` does. */
    admitProof(clientId: string): Promise<void>
    /** Called when an app asks whether its request was answered; throws when it asks too often. */
    notePoll(id: string): void
  }
  readonly clients: {
    /** The metadata of a client, read from the app it belongs to. */
    find(id: string): Promise<AdapterPayload | undefined>
    /** The scopes that a client may request now; `undefined`: all. */
    findScopes(id: string): Promise<readonly string[] | undefined>
  }
  readonly hooks: RecordHooks
}

interface RecordHooks {
  /** Called in the transaction that issues a code. */
  onSignIn(queries: Queries, entry: OidcEntry): Promise<void>
  /** Called when everything that an app got from an Einlass session was revoked: it was used twice, or the app requested it. */
  onRevoked(loginSession: string): Promise<void>
}

/** A person's entry into an app. */
export interface OidcEntry {
  readonly sessionId: string
  readonly userId: string
  readonly appId: string
  /** Where the browser takes the code; absent: no browser takes part. */
  readonly redirectUri?: string
}

/** Requests that are answered elsewhere than where they began, see waiting-requests.ts and ciba.ts. */
export const waitingModel = 'DeviceCode'
export const backchannelModel = 'BackchannelAuthenticationRequest'

export const isWaitingModel = (model: string): boolean =>
  model === waitingModel || model === backchannelModel

/** For this long, an app learns that its request has expired, and not that it is unknown. */
const keptAfterExpiry = minutes(10)

export function createRecords(options: RecordsOptions): Records {
  const { db, clock } = options
  const memory = createRequestMemory(options.currentRequest)
  const approved = createApprovedRequests(options.currentRequest)
  return {
    storeWithCode: memory.storeWithCode,
    insert: (tx, record) => save(tx, toRow(options, record)),
    issueCode: (grant, code) => issueCode(options, [grant], code),
    async exchange(spent, given) {
      const rows = given.map((record) => toRow(options, record))
      return await transact(db, async (tx) => {
        if (!(await spend(tx, spent, options))) return false
        for (const row of rows) await insertRecord.run(tx, row)
        return true
      })
    },
    async give(given) {
      await insertRecord.run(db, toRow(options, given))
    },
    adapterFor(model) {
      if (model === 'Client') return createClientAdapter(options.clients.find)
      const adapter = recordAdapter(options, { memory, approved }, model)
      if (model === 'Session') return memory.aroundSessions(adapter)
      if (model === 'Interaction') return options.spending.answered.around(adapter)
      return model === 'Grant' ? memory.aroundGrants(adapter) : adapter
    },
    async endLogins(loginSessions) {
      if (loginSessions.length === 0) return
      await db
        .deleteFrom('oidc_records')
        .where('login_session', 'in', [...loginSessions])
        .execute()
    },
    purge() {
      const now = clock.now()
      return removeRows(db, {
        table: 'oidc_records',
        key: ['model', 'id'],
        isOld: (row) => row('expires_at', '<=', now),
      })
    },
  }
}

interface OfRequests {
  readonly memory: RequestMemory
  readonly approved: ApprovedRequests
}

function recordAdapter(
  options: RecordsOptions,
  { memory, approved }: OfRequests,
  model: string,
): Adapter {
  const { db, clock } = options
  const destroy = async (id: string) => {
    await db
      .deleteFrom('oidc_records')
      .where('model', '=', model)
      .where('id', '=', hashRecordId(id))
      .execute()
  }
  return {
    destroy,
    async upsert(id, payload, expiresIn) {
      const row = toRow(options, { model, id, payload, expiresIn })
      const isProof = model === 'ReplayDetection'
      if (isProof || isStoredForLater(model)) options.waiting.admit()
      if (isProof) {
        await options.waiting.admitProof(`${payload.iss}`)
        return await saveOnce(db, row)
      }
      if (approved.isGiving(model)) {
        return await transact(db, async (tx) => {
          await approved.lock(tx)
          await save(tx, row)
        })
      }
      if (model !== 'AuthorizationCode') return await save(db, row)
      await issueCode(options, memory.listGrants(), { model, id, payload, expiresIn })
    },
    async find(id) {
      // Only the app that waits for an answer looks up such a record.
      if (isWaitingModel(model)) options.waiting.notePoll(hashRecordId(id))
      const row = await findRecord.first(db, { model, id: hashRecordId(id), now: clock.now() })
      if (!row || !(await belongsToLiveLogin(options, row))) return undefined
      const isSpent = row.consumed_at !== null && !(await isValidAgain(options, id, row))
      const consumed = isSpent ? { consumed: Number(row.consumed_at) / 1000 } : {}
      return {
        ...(await readNarrowed(row.payload, options.clients.findScopes)),
        jti: id,
        ...consumed,
      }
    },
    // Only tokens bound to the library's own session and its own device pages use these; neither exists here.
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    async consume(id) {
      const spending = await consume(options, model, id)
      if (model === backchannelModel) approved.noteSpent(spending)
    },
    async revokeByGrantId(grantId) {
      await ofGrant(db, readGrantLogin(grantId), hashRecordId(grantId))
        .where('model', '=', model)
        .execute()
      // The library revokes each model separately, and always this one.
      if (model === 'AccessToken') await noteRevoked(options, readGrantLogin(grantId))
    },
  }
}

/** Stored until a person answers or the browser comes. */
const isStoredForLater = (model: string) => model === waitingModel || model === pushedModel

const findRecord = prepared((queries, at: Slots<{ model: string; id: string; now: number }>) =>
  queries
    .selectFrom('oidc_records')
    .selectAll()
    .where('model', '=', at.model)
    .where('id', '=', at.id)
    .where('expires_at', '>', at.now),
)

function toRow(
  { clock, waiting }: RecordsOptions,
  { model, id, payload, expiresIn = 0 }: NewRecord,
) {
  const { userCode } = payload
  const grantId = model === 'Grant' ? id : payload.grantId
  return {
    model,
    id: hashRecordId(id),
    payload: JSON.stringify(
      withoutSecrets(model === 'RefreshToken' ? forRefresh(payload) : payload),
    ),
    grant_id: grantId === undefined ? null : hashRecordId(grantId),
    login_session: readLoginSession(model, id, payload),
    client_id: readClientId(payload),
    expires_at: clock.now() + expiresIn * 1000 + (isWaitingModel(model) ? keptAfterExpiry : 0),
    consumed_at: null,
    consumed_by: null,
    user_code_hash: userCode === undefined ? null : waiting.hashUserCode(userCode),
  } satisfies Selectable<OidcRecordRow>
}

/** A refreshed ID token has no nonce, because it answers no request (OpenID Connect Core 1.0 section 12.2). */
function forRefresh({ nonce: _, ...payload }: AdapterPayload): AdapterPayload {
  return payload
}

function readLoginSession(model: string, id: string, payload: AdapterPayload): string | null {
  const named =
    model === 'Session' ? readUid(payload) : model === 'Grant' ? readGrantLogin(id) : undefined
  const login = named ?? payload.sessionUid
  return isLoginSession(login) ? login : null
}

/** An interaction names its app only in the stored request. */
function readClientId({ clientId, params }: AdapterPayload): string | null {
  const named = clientId ?? params?.client_id
  return typeof named === 'string' ? named : null
}

async function noteRevoked(
  { hooks }: RecordsOptions,
  login: string | null | undefined,
): Promise<void> {
  if (login && isLoginSession(login)) await hooks.onRevoked(login)
}

function readUid(payload: AdapterPayload): string | undefined {
  return typeof payload.uid === 'string' ? payload.uid : undefined
}

const insertRecord = prepared((queries, at: Slots<Selectable<OidcRecordRow>>) =>
  insertInto(queries, at),
)

/** The record may exist already: the library then writes it again as a whole. */
const saveRecord = prepared((queries, at: Slots<Selectable<OidcRecordRow>>) => {
  const { payload, login_session, expires_at } = at
  return insertInto(queries, at).onConflict((conflict) =>
    conflict.columns(['model', 'id']).doUpdateSet({ payload, login_session, expires_at }),
  )
})

function insertInto(queries: Queries, at: Slots<Selectable<OidcRecordRow>>) {
  return queries.insertInto('oidc_records').values({
    model: at.model,
    id: at.id,
    payload: at.payload,
    grant_id: at.grant_id,
    login_session: at.login_session,
    client_id: at.client_id,
    expires_at: at.expires_at,
    consumed_at: at.consumed_at,
    user_code_hash: at.user_code_hash,
  })
}

async function save(queries: Queries, row: Selectable<OidcRecordRow>): Promise<void> {
  await saveRecord.run(queries, row)
}

/** For proofs that may be used once: of two at the same time, the second is refused. */
async function saveOnce(queries: Queries, row: Insertable<OidcRecordRow>): Promise<void> {
  const result = await queries
    .insertInto('oidc_records')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'id']).doNothing())
    .executeTakeFirst()
  if (result.numInsertedOrUpdatedRows === 0n) throw new InvalidGrant('it was used already')
}

async function issueCode(
  options: RecordsOptions,
  grants: readonly NewRecord[],
  code: NewRecord,
): Promise<void> {
  const rows = [...grants, code].map((record) => toRow(options, record))
  await transact(options.db, async (tx) => {
    await options.spending.answered.noteCode(tx, rows.at(-1)?.grant_id ?? null)
    for (const row of rows) await save(tx, row)
    await recordSignIn(options, tx, code.payload)
  })
}

async function recordSignIn(
  options: RecordsOptions,
  tx: Queries,
  code: AdapterPayload,
): Promise<void> {
  const { sessionUid, accountId, clientId, redirectUri } = code
  if (!sessionUid || !accountId || !clientId) throw new Error('a code belongs to no login')
  const entry = { sessionId: sessionUid, userId: accountId, appId: clientId }
  await options.hooks.onSignIn(tx, { ...entry, ...(redirectUri && { redirectUri }) })
}

/** A session cookie is valid only in the browser with the login that it represents. */
async function belongsToLiveLogin(
  options: RecordsOptions,
  row: Selectable<OidcRecordRow>,
): Promise<boolean> {
  if (row.login_session === null) return true
  if (row.model === 'Session') return row.login_session === (await options.logins.findCurrent())
  return options.logins.isLive(row.login_session)
}

/** Searches by login, in which each app has only a few grants: an index of grants would cost each token another page. */
function ofGrant(queries: Queries, login: string | null | undefined, grantHash: string | null) {
  return queries
    .deleteFrom('oidc_records')
    .where('login_session', '=', login ?? null)
    .where('grant_id', '=', grantHash)
}

async function isValidAgain(
  { spending }: RecordsOptions,
  id: string,
  row: Selectable<OidcRecordRow>,
): Promise<boolean> {
  return (await spending.takeBack(row)) || (await spending.repeated.isAllowed(id, row))
}

/** RFC 9700 section 4.5: of two concurrent uses one succeeds, and then what it gave is revoked as well. */
async function consume(options: RecordsOptions, model: string, id: string): Promise<Spending> {
  const { db } = options
  const spending = await spendById(db, { model, id }, options)
  if (spending !== undefined) return spending
  const used = await db
    .selectFrom('oidc_records')
    .select(['grant_id', 'login_session'])
    .where('model', '=', model)
    .where('id', '=', hashRecordId(id))
    .executeTakeFirst()
  if (used !== undefined) {
    await ofGrant(db, used.login_session, used.grant_id).execute()
    await noteRevoked(options, used.login_session)
  }
  throw new InvalidGrant('it was used already')
}
