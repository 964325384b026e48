/**
 * Operations on enrolled authenticators: their owner renames them, an administrator removes and resets them. Owns the rules and
 * who may do what. In journeys an owner enrols new ones and removes them, after a proof of that act (decision/binding.ts).
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { type Administrator, auditName, type Person } from '../../identity/operations/actor.ts'
import type { Logins } from '../../identity/operations/logins.ts'
import type { ChangeOwn } from '../../identity/operations/own-change.ts'
import type { RefuseAlone } from '../../identity/operations/two-people.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { Users } from '../../identity/users/users.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { countCodePoints } from '../../platform/kernel/text.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { isBesidePassword } from '../engine/proofs.ts'
import type { JourneyStore } from '../engine/store.ts'
import type { AllAuthenticators } from './authenticators.ts'
import { factorEvents } from './events.ts'
import type { Authenticator } from './factor.ts'
import { type FactorKind, isFallback } from './index.ts'
import type { Lockout } from './lockout.ts'

/** The rule that an app has for this person. Without a name: the rule of the person's own pages. */
export interface Rule {
  readonly app: string | undefined
  readonly policy: Policy
}

export interface OwnAuthenticatorOptions {
  readonly authenticators: Pick<AllAuthenticators, 'rename'>
  readonly changeOwn: ChangeOwn
  readonly proofs: Pick<JourneyStore, 'proofsOfSession'>
}

export interface AuthenticatorAdministrationOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findByName'>
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
  readonly lockout: Pick<Lockout, 'unlock'>
  readonly logins: Pick<Logins, 'endAll'>
  readonly audit: Audit
  readonly refuseAlone: RefuseAlone
}

/** The longest name that a person can give, in code points. */
export const longestName = 60

/** The name as one line without control and format characters. `undefined`: it cannot be a name. */
export function parseAuthenticatorName(typed: string): string | undefined {
  const name = typed.normalize('NFC').trim()
  if (name === '' || countCodePoints(name) > longestName) return undefined
  return /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(name) ? undefined : name
}

export type OwnAuthenticatorOperations = ReturnType<typeof createOwnAuthenticatorOperations>

export function createOwnAuthenticatorOperations(options: OwnAuthenticatorOptions) {
  const { authenticators, changeOwn, proofs } = options

  /** Whether a fallback is all that the session has verified beside the password. */
  async function isOnFallback(queries: Queries, { id }: LiveSession): Promise<boolean> {
    const second = (await proofs.proofsOfSession(queries, id)).filter(isBesidePassword)
    return second.length > 0 && second.every(({ factor }) => isFallback(factor))
  }

  return {
    isOnFallback,

    /**
     * Throws Fault `not_found` when the person has no such authenticator.
     * @param name from `parseAuthenticatorName`
     */
    async renameOwn(person: Person, id: string, name: string): Promise<void> {
      const { userId } = person.session
      const isRenamed = await changeOwn(person, (tx) => authenticators.rename(tx, userId, id, name))
      if (!isRenamed) throw new Fault('not_found', 'The person has no such authenticator')
    },
  }
}

export interface Removal {
  readonly id: string
  /** Ends every login of the user, not only those that are based on the authenticator. */
  readonly endsAll: boolean
}

export interface Reset {
  readonly kind: FactorKind
  /** Also removes the fallbacks: recovery codes and a pass. */
  readonly withFallbacks: boolean
  readonly endsAll: boolean
}

export type AuthenticatorAdministration = ReturnType<typeof createAuthenticatorAdministration>

/** For an administrator. A user is named by login name; each function throws Fault `not_found` when nobody has that name. */
export function createAuthenticatorAdministration(options: AuthenticatorAdministrationOptions) {
  const { db, users, authenticators, lockout, audit, refuseAlone } = options

  async function removeEach(
    actor: Administrator,
    tx: Transaction,
    userId: Id<'user'>,
    own: readonly Authenticator[],
  ): Promise<number> {
    let sessionsEnded = 0
    for (const { id } of own) {
      const removed = await authenticators.remove(tx, { userId, id, by: auditName(actor) })
      sessionsEnded += removed?.sessionsEnded ?? 0
    }
    return sessionsEnded
  }

  return {
    /** The last used first. One that was never used is sorted by when it was added. */
    async listFor(_actor: Administrator, name: string): Promise<Authenticator[]> {
      return await authenticators.list(db, (await findUser(users, db, name)).id)
    },

    /** `needsPass` as in `reset`. Throws Fault `not_found` when the user has no such authenticator. */
    removeFor: (actor: Administrator, name: string, { id, endsAll }: Removal) =>
      transact(db, async (tx) => {
        const user = await findUser(users, tx, name)
        const { id: userId, username } = user
        // Of two removals at once, the second has to see what the first has left.
        await lockUser(tx, userId)
        const all = await authenticators.list(tx, userId)
        const included = all.find((one) => one.id === id)?.goesWith ?? []
        const others = all.filter((one) => one.id !== id && !included.includes(one.id))
        if (others.every(({ kind }) => isFallback(kind))) await refuseAlone(tx, user, lastRefusal)
        const removed = await authenticators.remove(tx, { userId, id, by: auditName(actor) })
        if (removed === undefined) {
          const text = `${username} has no authenticator ${JSON.stringify(id)}.`
          throw new Fault('not_found', text)
        }
        const more = endsAll ? await endAll(options, tx, userId) : 0
        const left = await authenticators.list(tx, userId)
        const needsPass = left.every((one) => isFallback(one.kind))
        return { username, id, needsPass, sessionsEnded: removed.sessionsEnded + more }
      }),

    /**
     * Removes all of one kind and resets its failures. `needsPass`: the user has no second factor any more, and has to verify a
     * pass or a recovery code before another one is enrolled.
     */
    reset: (actor: Administrator, name: string, { kind, withFallbacks, endsAll }: Reset) =>
      transact(db, async (tx) => {
        const user = await findUser(users, tx, name)
        const { id: userId, username } = user
        await refuseAlone(tx, user, resetRefusal)
        await lockUser(tx, userId)
        await lockout.unlock(tx, userId, kind)
        const own = (await authenticators.list(tx, userId)).filter(
          (one) => one.kind === kind || (withFallbacks && isFallback(one.kind)),
        )
        const sessionsEnded = await removeEach(actor, tx, userId, own)
        const removed = own.filter((one) => one.kind === kind).length
        const left = await authenticators.list(tx, userId)
        await audit.record(tx, factorEvents.reset, { userId, kind, removed, by: auditName(actor) })
        const more = endsAll ? await endAll(options, tx, userId) : 0
        const needsPass = removed > 0 && left.every((one) => isFallback(one.kind))
        return { username, kind, removed, needsPass, sessionsEnded: sessionsEnded + more }
      }),
  }
}

const instead =
  'Two operators issue a pass (einlass pass request, einlass pass approve); the login with it removes what is lost. If it is urgent: einlass session end, einlass user disable.'
const resetRefusal = { act: 'reset their second factors', instead }
const lastRefusal = { act: 'remove their last second factor', instead }

async function endAll(
  { logins }: Pick<AuthenticatorAdministrationOptions, 'logins'>,
  tx: Transaction,
  userId: Id<'user'>,
): Promise<number> {
  return (await logins.endAll(tx, { userId, reason: 'factor_removed' })).ids.length
}
