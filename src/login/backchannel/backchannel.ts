/**
 * Logins that an app begins without a browser and that the person approves on a phone. Owns which phone is asked, that the gate
 * decides before the phone is asked and before the approval is spent, and the session of the approval. No password is typed, so
 * the session claims no more than the phone proves. Nothing here shows an app whether a person was asked.
 */
import type { App } from '../../identity/apps/apps.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import type { Logins } from '../../identity/operations/logins.ts'
import { type AchievedAcr, acrApproval, assessApproval } from '../../identity/policy/assurance.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { type Id, newId } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { afterCommit, type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Gate } from '../decision/gate.ts'
import type { NewProof } from '../engine/step.ts'
import type { JourneyStore } from '../engine/store.ts'
import { type AppAskOutcome, type AppRequestState, drawAppCode } from '../factors/app-requests.ts'
import { networkPrefix } from '../factors/budget-key.ts'
import type { Factor } from '../factors/factor.ts'
import { findBlockEnd } from '../report/report.ts'

export interface BackchannelOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly users: Pick<Users, 'find' | 'findByName' | 'findLocked'>
  /** Nobody types a password here, so the directory is asked whether the user may still log in. */
  readonly directory: Pick<Directory, 'checkAccount'>
  readonly gate: Pick<Gate, 'check'>
  readonly factors: readonly Pick<Factor, 'kind' | 'isAvailable' | 'appRequests'>[]
  /** Where a login is recorded. */
  readonly records: {
    readonly sessions: Pick<Sessions, 'create' | 'findById'>
    readonly logins: Pick<Logins, 'endSessions'>
    readonly store: Pick<JourneyStore, 'insertProof' | 'journeysOfSession'>
    readonly audit: Audit
    /** Called after the commit of a login. */
    readonly onLogin: (acr: AchievedAcr) => void
  }
}

export interface BackchannelLogin {
  readonly app: App
  /** From `findPerson`. */
  readonly userId: Id<'user'>
  /** The id of the request in its protocol. */
  readonly id: string
  /** See `EntryRequest`. */
  readonly acrValues?: readonly string[]
  /** Whether the app takes a login of this level at all. */
  readonly acceptsLevel?: (acr: string) => boolean
}

export interface BackchannelRequest extends BackchannelLogin {
  /** From `drawCode`, as the app shows it. */
  readonly code: string
  /** What the app says the request is for. */
  readonly message: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Why nobody was asked. Only the metrics of the node show it. */
export type AskOutcome = AppAskOutcome | 'unknown' | 'disabled' | 'no_phone' | Obstacle

/**
 * `not_allowed`: the person is in no group that may enter. `approval_is_one_factor`: the rule or the request requires two
 * factors, and no phone verifies its user. `level_too_low`: the app requires a higher level than the phones achieve.
 */
type Obstacle = 'not_allowed' | 'approval_is_one_factor' | 'level_too_low'

type NewBackchannelSession = Pick<LiveSession, 'id' | 'userId' | 'acr' | 'amr' | 'authenticatedAt'>

/**
 * `app_key_reused`: the credential with which the app fetches its tokens was used twice. `revoked_by_app`: the app has given its
 * tokens back.
 */
export type EmptyReason = 'app_key_reused' | 'revoked_by_app'

/** `refused`: the person has approved, but may not enter. */
type FinishOutcome = 'waiting' | 'denied' | 'refused' | 'finished'

export type BackchannelLogins = ReturnType<typeof createBackchannelLogins>

export function createBackchannelLogins(options: BackchannelOptions) {
  const { db, random, users } = options
  return {
    drawCode: () => drawAppCode(random),

    /** The id of the person with this name. For a name that nobody has, a made-up id that is never found later. */
    async findPerson(name: string): Promise<Id<'user'>> {
      return (await users.findByName(db, name))?.id ?? newId(random, 'user')
    },

    ask: (request: BackchannelRequest): Promise<AskOutcome> => ask(options, request),

    /** Whether a phone was asked, however that ended. */
    isAsked: async (login: BackchannelLogin): Promise<boolean> =>
      (await findAnswer(options, login)) !== undefined,

    /**
     * Makes a session from an approval.
     * @param enter writes what the app gets of it, in the same transaction
     */
    finish: (
      login: BackchannelLogin,
      enter: (tx: Transaction, session: NewBackchannelSession) => Promise<void>,
    ): Promise<FinishOutcome> => finish(options, login, enter),

    /**
     * Ends a session of `finish` whose app has lost everything that it got: nothing is left in it. The session of a browser goes
     * on.
     */
    endEmpty: (id: string, reason: EmptyReason): Promise<void> => endEmpty(options, id, reason),
  }
}

/** The prefix of a request's hash. The hash of a journey has none. */
const ofApp = 'app:'

const createKey = ({ userId, id }: BackchannelLogin) => ({
  userId,
  journeyHash: `${ofApp}${sha256(id)}`,
})

type AppFactor = Pick<Factor, 'kind'> & { readonly requests: NonNullable<Factor['appRequests']> }

function listAppFactors({ factors }: BackchannelOptions): AppFactor[] {
  return factors.flatMap(({ kind, isAvailable, appRequests: requests }) =>
    isAvailable && requests !== undefined ? [{ kind, requests }] : [],
  )
}

async function ask(options: BackchannelOptions, request: BackchannelRequest): Promise<AskOutcome> {
  const { app, code, message, expiresAt } = request
  const user = await options.users.find(options.db, request.userId)
  if (user === undefined) return 'unknown'
  if (user.disabledAt !== null) return 'disabled'
  const account = await options.directory.checkAccount?.(options.db, user.id, 'background')
  // A directory that does not answer is asked again before there is a session.
  if (account?.type === 'refused') return 'disabled'
  const phones = await listPhones(options, user)
  let outcome: AskOutcome = 'no_phone'
  for (const { requests, id, proof } of phones) {
    const obstacle = await findObstacle(options, request, user, proof)
    if (obstacle !== undefined) {
      if (outcome !== 'off') outcome = obstacle
      continue
    }
    outcome = await requests.ask(id, {
      ...{ ...createKey(request), code, message, expiresAt, appName: app.name },
      // Apps use the budget of unknown browsers, so that nobody gets more messages through an app.
      budgetKey: `${networkPrefix}app:${sha256(app.id)}`,
    })
    if (outcome !== 'off') return outcome
  }
  return outcome
}

/** All phones that can be asked, the last used first. */
async function listPhones(options: BackchannelOptions, { id }: User) {
  const found = await Promise.all(
    listAppFactors(options).map(async ({ requests }) => {
      const phones = await requests.listAskable(options.db, id)
      return phones.map((phone) => ({ ...phone, requests }))
    }),
  )
  return found.flat().sort((a, b) => b.lastUsedAt - a.lastUsedAt)
}

/** Asks the gate about the session that an approval would make. `undefined`: that session is enough. */
async function findObstacle(
  { gate, clock }: BackchannelOptions,
  { app, acrValues, acceptsLevel }: BackchannelLogin,
  user: User,
  proof: NewProof,
): Promise<Obstacle | undefined> {
  const { id: userId, username, displayName, email, role, managedBy } = user
  const achieved = assessApproval(proof)
  const tooLow = achieved.acr === acrApproval ? 'approval_is_one_factor' : 'level_too_low'
  if (acceptsLevel?.(achieved.acr) === false) return tooLow
  const session: LiveSession = {
    ...{ userId, username, displayName, email, role, managedBy },
    ...achieved,
    // No session has this id, so nothing was deferred in it.
    ...{ id: 'ses_none' as Id<'session'>, tokenHash: '', authenticatedAt: clock.now() },
  }
  const asked = { app, session, ...(acrValues !== undefined && { acrValues }) }
  const decision = await gate.check(asked)
  if (decision === 'enter') return undefined
  return decision === 'refused' ? 'not_allowed' : tooLow
}

interface Answered {
  readonly factor: AppFactor
  readonly state: AppRequestState
}

/** The answer to a request. There is one at most, because one phone is asked. Looks through all kinds, also for nobody. */
async function findAnswer(
  options: BackchannelOptions,
  login: BackchannelLogin,
): Promise<Answered | undefined> {
  const found = await Promise.all(
    listAppFactors(options).map(async (factor) => ({
      factor,
      state: await factor.requests.find(options.db, createKey(login)),
    })),
  )
  for (const { factor, state } of found) if (state !== undefined) return { factor, state }
  return undefined
}

async function finish(
  options: BackchannelOptions,
  login: BackchannelLogin,
  enter: (tx: Transaction, session: NewBackchannelSession) => Promise<void>,
): Promise<FinishOutcome> {
  const { db, users, clock } = options
  const answer = await findAnswer(options, login)
  if (answer?.state.type === 'denied') return 'denied'
  if (answer?.state.type !== 'approved') return 'waiting'
  const { factor } = answer
  const { proof } = answer.state
  const user = await users.find(db, login.userId)
  if (user === undefined) return 'refused'
  if ((await findObstacle(options, login, user, proof)) !== undefined) return 'refused'
  const account = await options.directory.checkAccount?.(db, user.id)
  if (account?.type === 'refused') return 'refused'
  if (account?.type === 'unavailable') return 'waiting'
  return await transact(db, async (tx): Promise<FinishOutcome> => {
    const now = await users.findLocked(tx, user.id)
    // A report that the person made meanwhile is about this request, too.
    if (now === undefined || now.disabledAt !== null || findBlockEnd(now, clock.now())) {
      return 'refused'
    }
    if (!(await factor.requests.spend(tx, createKey(login)))) return 'waiting'
    await enter(tx, await openSession(options, tx, { login, proof }))
    return 'finished'
  })
}

/** Nobody has the token of this session. It is in the list of the person's sessions and ends like the others. */
async function openSession(
  { clock, records: { sessions, store, audit, onLogin } }: BackchannelOptions,
  tx: Transaction,
  { login, proof }: { readonly login: BackchannelLogin; readonly proof: NewProof },
): Promise<NewBackchannelSession> {
  const { userId, app } = login
  const { journeyHash } = createKey(login)
  const authenticatedAt = clock.now()
  const { acr, amr } = assessApproval(proof)
  const { id } = await sessions.create(tx, {
    ...{ userId, acr, amr, authenticatedAt },
    // A browser of its own, so that no login in another one ends with it.
    client: { address: null, userAgent: null, browserHash: sha256(journeyHash) },
  })
  await store.insertProof(tx, journeyHash, { ...proof, userId, provenAt: authenticatedAt }, id)
  await audit.record(tx, loginEvents.succeeded, {
    ...{ userId, sessionId: id, appId: app.id, acr, amr: [...amr] },
    ...{ notHigher: 'not_asked', address: null, withoutBrowser: true },
  })
  afterCommit(tx, () => onLogin(acr))
  return { id, userId, acr, amr, authenticatedAt }
}

async function endEmpty(
  { db, records: { sessions, store, logins } }: BackchannelOptions,
  id: string,
  reason: EmptyReason,
): Promise<void> {
  const session = await sessions.findById(id)
  if (session === undefined) return
  const journeys = await store.journeysOfSession(db, id)
  if (journeys.length === 0 || !journeys.every((hash) => hash.startsWith(ofApp))) return
  const ended = { userId: session.userId, ids: [session.id], reason }
  const { announced } = await transact(db, (tx) => logins.endSessions(tx, ended))
  await announced
}
