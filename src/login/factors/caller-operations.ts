/**
 * Verifies a caller at the service desk. Owns the order, the audit events and the notice. An authenticator is asked, its owner
 * chooses on it and reads the choice out, and the desk's entry is compared once. caller.ts owns the contract.
 *
 *   const begun = await verification.begin(administrator, 'erika')
 *   const state = await begun.check.findState(begun.request)          // until it is no longer `waiting`
 *   const isVerified = await verification.finish(administrator, begun, { readOut: '56' })
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { FactsOf } from '../../identity/audit/event.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { type Administrator, auditName } from '../../identity/operations/actor.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { formatReference } from '../../platform/kernel/reference.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { type LoginReferences, requireOpenLogin, type ShownLogin } from '../engine/references.ts'
import type { CallerCheck, CallerRequest } from './caller.ts'
import { factorEvents } from './events.ts'
import type { FactorKind } from './index.ts'
import { factorNotices } from './notices.ts'

export interface KindCheck {
  readonly kind: FactorKind
  readonly check: CallerCheck
}

export interface CallerVerificationOptions {
  readonly db: Database
  readonly clock: Clock
  readonly users: Pick<Users, 'find' | 'findByName'>
  readonly references: Pick<LoginReferences, 'find'>
  readonly checks: readonly KindCheck[]
  readonly audit: Audit
  readonly notify: Notify
}

/** What the desk asks for. */
export interface CallerQuestion {
  /** Absent: the one that was used last. */
  readonly authenticatorId?: string | undefined
  /** The reference of the login that the caller speaks of, as the caller read it out. */
  readonly login?: string | undefined
}

export interface BegunVerification extends KindCheck {
  readonly user: Pick<User, 'id' | 'username' | 'displayName'>
  readonly request: CallerRequest
  /** The login that the caller speaks of. */
  readonly login: string | undefined
}

/** Why nothing was read out. */
type NotReadOut = Exclude<FactsOf<typeof factorEvents.callerNotVerified>['reason'], 'wrong_answer'>

/** What the caller read out, or why nothing was read out. */
export type CallerAnswer = { readonly readOut: string } | { readonly reason: NotReadOut }

/** The kind that the user used last comes first. */
async function sortByLastUse(
  checks: readonly KindCheck[],
  userId: Id<'user'>,
): Promise<KindCheck[]> {
  const used = await Promise.all(
    checks.map(async (one) => ({ one, at: (await one.check.findLastUsed(userId)) ?? 0 })),
  )
  return used.sort((a, b) => b.at - a.at).map(({ one }) => one)
}

export type CallerVerification = ReturnType<typeof createCallerVerification>

export function createCallerVerification(options: CallerVerificationOptions) {
  const { db, users, checks, audit, notify } = options
  return {
    /**
     * The login that the caller speaks of, to be shown first. Throws Fault `not_found`, and `not_allowed` for a login of
     * another user and for one that is over; so does `begin`.
     */
    async findLogin(_actor: Administrator, name: string, login: string): Promise<ShownLogin> {
      return await requireOpenLogin(options, db, await findUser(users, db, name), login)
    },

    /**
     * Asks an authenticator. Throws Fault `not_found` when nobody has the name, and `not_allowed` with the reason when none
     * can be asked.
     */
    async begin(
      actor: Administrator,
      name: string,
      { authenticatorId, login: typed }: CallerQuestion = {},
    ): Promise<BegunVerification> {
      const user = await findUser(users, db, name)
      const shown =
        typed === undefined ? undefined : await requireOpenLogin(options, db, user, typed)
      const login = shown && formatReference(shown.reference)
      const reasons: string[] = []
      for (const { kind, check } of await sortByLastUse(checks, user.id)) {
        const outcome = await check.ask(user.id, authenticatorId)
        if (outcome.type === 'asked') {
          const { request } = outcome
          const { authenticatorId: asked } = request
          const by = auditName(actor)
          const facts = {
            userId: user.id,
            kind,
            authenticatorId: asked,
            by,
            ...(login && { login }),
          }
          await audit.record(db, factorEvents.callerAsked, facts)
          return { user, kind, check, request, login }
        }
        reasons.push(outcome.reason)
      }
      throw new Fault('not_allowed', `${user.username} cannot be asked. ${reasons.join(' ')}`)
    },

    /** Writes the result. `false`: the caller is not verified. */
    finish: (actor: Administrator, begun: BegunVerification, answer: CallerAnswer) =>
      transact(db, async (tx): Promise<boolean> => {
        const { user, kind, check, request, login } = begun
        const { authenticatorId } = request
        const by = auditName(actor)
        const facts = { userId: user.id, kind, authenticatorId, by, ...(login && { login }) }
        if ('readOut' in answer && (await check.compare(tx, request, answer.readOut))) {
          await audit.record(tx, factorEvents.callerVerified, facts)
          return true
        }
        const reason = 'readOut' in answer ? 'wrong_answer' : answer.reason
        await audit.record(tx, factorEvents.callerNotVerified, { ...facts, reason })
        if (reason === 'wrong_answer' || reason === 'denied')
          await notify(tx, factorNotices.callerRefused, { userId: user.id, device: request.name })
        return false
      }),
  }
}
