/**
 * What a finished journey becomes: a session that claims no more than its proofs show. Runs in the transaction of the
 * journey's last move.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { NotHigher } from '../../identity/audit/login-events.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import type { Logins } from '../../identity/operations/logins.ts'
import {
  type Acr,
  acrPassword,
  acrPhishingResistant,
  assessProofs,
  isAtLeast,
} from '../../identity/policy/assurance.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { Users } from '../../identity/users/users.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { afterCommit, type Transaction } from '../../platform/storage/transact.ts'
import { parseDeferralRules } from '../decision/deferral.ts'
import { isBesidePassword, type Proof } from '../engine/proofs.ts'
import type { JourneyStore } from '../engine/store.ts'
import type { Finish, FinishContext, Finished } from '../engine/write.ts'
import { clearRequestsOf } from '../factors/approval/clear.ts'
import type { AllAuthenticators } from '../factors/authenticators.ts'
import {
  credentialVersionEntry,
  deferralRuleEntry,
  highestLevelEntry,
  knownLanguageEntry,
} from '../factors/enrolled.ts'
import type { Factor } from '../factors/factor.ts'

export interface FinishOptions {
  readonly users: Pick<Users, 'noteLanguage'>
  readonly sessions: Sessions
  readonly store: JourneyStore
  readonly audit: Audit
  readonly authenticators: Pick<AllAuthenticators, 'remove'>
  readonly logins: Pick<Logins, 'endSessions'>
  readonly factors: readonly Pick<Factor, 'kind' | 'wholeLogin'>[]
  /** Called after the commit of a login. */
  readonly onLogin?: (acr: Acr) => void
}

export function createFinish(options: FinishOptions): Finish {
  return async (queries, context) => {
    switch (context.kind) {
      case 'login':
        await clearRequests(queries, context)
        return await finishLogin(options, queries, context)
      case 'step_up':
        await clearRequests(queries, context)
        return await finishStepUp(options, queries, context)
      case 'offer':
        // Enrolment proves the new authenticator; deferring and declining prove nothing.
        return await (context.proofs.some(isBesidePassword)
          ? finishStepUp(options, queries, context)
          : finishOffer(options, queries, context))
      case 'enrol':
      case 'remove':
        return await finishAct(options, queries, context)
      case 'trial':
      case 'reset':
        throw new Error(`a ${context.kind} makes no session`)
    }
  }
}

/** After any second factor: the person has shown more than a password. */
async function clearRequests(tx: Transaction, context: FinishContext): Promise<void> {
  if (context.proofs.some(isBesidePassword)) await clearRequestsOf(tx, context)
}

/**
 * If a new authenticator works, the one that it replaces is removed. The session stays as strong as it was and gets a new
 * token: the proofs were for this act alone. If it has ended meanwhile, nothing of this is written.
 */
async function finishAct(
  { sessions, authenticators }: FinishOptions,
  tx: Transaction,
  { sessionId, userId, request, client }: FinishContext,
): Promise<Finished> {
  const renewed = sessionId && (await sessions.renew(tx, sessionId))
  if (!renewed) throw new Fault('expired', 'The session of this change has ended')
  const { replaces } = request.authenticator ?? {}
  if (replaces !== undefined) await authenticators.remove(tx, { userId, id: replaces, client })
  return { sessionId, token: renewed.token, isCounted: false }
}

/** Assesses the earlier proofs and the new one together. The time of the login stays: a step-up does not prove it again. */
async function finishStepUp(
  { sessions, store, audit }: FinishOptions,
  queries: Queries,
  { kind, sessionId, userId, proofs, path, data, client }: FinishContext,
): Promise<Finished | undefined> {
  const session = client.session
  if (sessionId === undefined || session?.id !== sessionId) return undefined
  const earlier = await store.proofsOfSession(queries, sessionId)
  const { acr, amr } = assessProofs([...earlier, ...proofs])
  const { authenticatedAt } = session
  const strengthened = await sessions.strengthen(queries, sessionId, { acr, amr, authenticatedAt })
  if (strengthened === undefined) return undefined
  // After an offer, only authenticators enrolled in this journey exist.
  const highest = kind === 'offer' ? 'none' : highestLevelEntry.read(data)
  await audit.record(queries, loginEvents.stepUpSucceeded, {
    userId,
    sessionId,
    acr,
    amr: [...amr],
    notHigher: explainNotHigher(acr, path, highest),
  })
  return { sessionId, token: strengthened.token }
}

async function finishOffer(
  { sessions }: FinishOptions,
  queries: Queries,
  { sessionId, path, data, client }: FinishContext,
): Promise<Finished | undefined> {
  if (sessionId === undefined || client.session?.id !== sessionId) return undefined
  const renewed = await sessions.renew(queries, sessionId)
  if (renewed === undefined) return undefined
  await noteDeferral(sessions, queries, sessionId, { path, data })
  return { sessionId, token: renewed.token }
}

/** Adds the rule to the earlier ones of the session: of two rules neither may be the stricter one. */
async function noteDeferral(
  sessions: Sessions,
  queries: Queries,
  sessionId: Id<'session'>,
  { path, data }: Pick<FinishContext, 'path' | 'data'>,
): Promise<void> {
  const rule = deferralRuleEntry.read(data)
  if (!path.includes('second-factor/offer:skipped') || rule === undefined) return
  const before = parseDeferralRules(await sessions.findDeferrals(queries, sessionId))
  const others = before.filter((one) => JSON.stringify(one) !== rule)
  await sessions.defer(queries, sessionId, JSON.stringify([...others, JSON.parse(rule)]))
}

/** The login journey checks that the user may still log in. */
async function finishLogin(
  options: FinishOptions,
  tx: Transaction,
  context: FinishContext,
): Promise<Finished> {
  const { userId, proofs, path, data, client, request } = context
  if (!proofs.some((proof) => !isBesidePassword(proof) || isWholeLogin(options, proof))) {
    throw new Error('a login without a first factor')
  }
  const { acr, amr } = assessProofs(proofs)
  const opened = await openSession(options, tx, context, { acr, amr })
  if (knownLanguageEntry.read(data) !== client.language) {
    await options.users.noteLanguage(tx, userId, client.language)
  }
  await noteDeferral(options.sessions, tx, opened.sessionId, { path, data })
  await options.audit.record(tx, loginEvents.succeeded, {
    userId,
    sessionId: opened.sessionId,
    appId: request.appId ?? null,
    acr,
    amr: [...amr],
    notHigher: explainNotHigher(acr, path, highestLevelEntry.read(data)),
    address: client.address,
  })
  const credentialVersion = credentialVersionEntry.read(data)
  afterCommit(tx, () => options.onLogin?.(acr))
  return { ...opened, ...(credentialVersion !== undefined && { credentialVersion }) }
}

/** Why a login has no higher level. `highest`: the highest level of the user's factors; absent: no step looked. */
function explainNotHigher(acr: Acr, path: readonly string[], highest: unknown): NotHigher | null {
  if (acr === acrPhishingResistant) return null
  if (path.includes('second-factor/offer:skipped')) return 'put_off'
  if (path.includes('second-factor/decline:declined')) return 'declined'
  if (typeof highest !== 'string') return 'not_asked'
  if (acr === acrPassword) return highest === 'none' ? 'none_registered' : 'not_asked'
  return highest === 'none' || isAtLeast(acr, highest)
    ? 'nothing_stronger_registered'
    : 'weaker_factor_used'
}

/** Whether the factor of this proof does not need a password beside it. */
function isWholeLogin({ factors }: FinishOptions, proof: Proof): boolean {
  const factor = factors.find(({ kind }) => kind === proof.factor)
  return factor?.wholeLogin?.isEnough(proof) === true
}

/**
 * Logging in again as the same person renews the session, so that other apps stay open; the session is then worth no more
 * than the new proofs. Logging in as another person ends the session that this browser had.
 */
async function openSession(
  { sessions, store, logins }: FinishOptions,
  tx: Transaction,
  { userId, now, client, browserHash }: FinishContext,
  { acr, amr }: { acr: string; amr: readonly string[] },
): Promise<Finished> {
  const before = client.session
  const authentication = { acr, amr, authenticatedAt: now }
  if (before !== undefined && before.userId === userId) {
    const renewed = await sessions.strengthen(tx, before.id, authentication)
    if (renewed !== undefined) {
      // Otherwise a later step-up would also use the proofs of a login long ago.
      await store.discountProofs(tx, before.id)
      return { sessionId: before.id, token: renewed.token }
    }
  }
  const { address, userAgent } = client
  const created = await sessions.create(tx, {
    userId,
    ...authentication,
    client: { address, userAgent: userAgent ?? null, browserHash },
  })
  const opened = { sessionId: created.id, token: created.token }
  if (before === undefined || before.userId === userId) return opened
  const { id, userId: other } = before
  await logins.endSessions(tx, { userId: other, ids: [id], reason: 'replaced' })
  return opened
}
