/**
 * What a factor is built from: the parts of the server that each kind of factor gets when it is opened. Owns the types;
 * login-factors.ts makes the parts.
 */

import type { Audit } from '../../identity/audit/audit.ts'
import type { By } from '../../identity/audit/event.ts'
import type { FailedLogins } from '../../identity/limits/failed-logins.ts'
import type { Throttle } from '../../identity/limits/throttle.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Logins } from '../../identity/operations/logins.ts'
import type { Acr } from '../../identity/policy/assurance.ts'
import type { EffectivePolicy } from '../../identity/policy/effective.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { RowBinding } from '../../platform/storage/bound-rows.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { JourneyData } from '../engine/data.ts'
import type { ClientFacts, StepContext } from '../engine/step.ts'
import type { LinkSubject } from '../report/links.ts'
import type { ReportNotMe } from '../report/report.ts'
import type { RevokeAuthenticator } from './authenticators.ts'
import type { FindBudgetKey } from './budget-key.ts'
import type { IsBelowLimit } from './enrolment-limit.ts'
import type { FactorCard } from './factor.ts'
import type { FactorKind } from './index.ts'
import type { LinkedCodes } from './linked-codes.ts'
import type { Lockout } from './lockout.ts'
import type { AnnounceBound } from './new-authenticators.ts'
import type { RevokeProofs } from './revoke-proofs.ts'
export interface FactorEnvironment {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly fetch: typeof fetch
  readonly readFile: (path: string) => string
}

export interface StoreParts {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly hasher: Hasher
  readonly audit: Audit
}

/** The facts of the epoch that a restore begins. */
export interface EpochParts {
  /** Milliseconds since the epoch of Unix. */
  readonly now: number
  readonly audit: Audit
  readonly notify: Notify
  /** Who restores. */
  readonly by: By
}

/** What a factor is built from. */
export interface FactorParts {
  readonly config: Config
  readonly publicUrl: string
  readonly platform: PlatformParts
  readonly identity: IdentityParts
  readonly rules: FactorRules
  readonly login: LoginParts
}

export interface PlatformParts {
  readonly db: Database
  readonly rows: RowBinding
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly events: Events
  readonly log: Log
}

export interface IdentityParts {
  readonly users: Users
  readonly directory: Directory
  readonly hasher: Hasher
  readonly throttle: Throttle
  readonly audit: Audit
  readonly failedLogins: Pick<FailedLogins, 'add'>
  readonly notify: Notify
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** Called for each refused login with a passkey alone. */
  readonly onFailedLogin: (reason: 'throttled' | 'wrong_credentials') => void
}

/** What the login decides for a factor. */
export interface FactorRules {
  /** The effective policy of the app, or of the account, to which the journey leads. */
  findPolicy(context: StepContext): Promise<EffectivePolicy>
  /** The required level, but not higher than the highest level that this user has. */
  findNeededLevel(context: StepContext): Promise<Acr>
  /** The enrolled factors that reach the required level, the last used first. */
  findFitting(context: StepContext): Promise<readonly FactorCard[]>
  /** Whether a fallback can let the user in here, if only by the enrolment that follows. */
  mayFallbackHelp(context: StepContext): Promise<boolean>
  /** Whether what was proven in this journey is enough to change what the user confirms with, see decision/binding.ts. */
  mayBind(queries: Queries, context: StepContext): Promise<boolean>
  /**
   * Whether the user may enrol this kind. Checked for the page, and again under the user's lock in the transaction that enrols.
   */
  mayEnrol(queries: Queries, context: StepContext, kind: FactorKind): Promise<boolean>
  /** Whether a new one may replace those that cannot be asked. @param withPassword whether the password alone is enough */
  mayEnrolAnew(queries: Queries, context: StepContext, withPassword: boolean): Promise<boolean>
  /** Ends the open invitations of a user who enrols. Call it in the transaction that enrols. */
  spendInvitations(tx: Transaction, context: StepContext): Promise<void>
  readonly isBelowLimit: IsBelowLimit
  /** Whose budget of codes and messages the enrolment uses. */
  readonly findBudgetKey: FindBudgetKey
  /** Whether the user has logged in before in the browser of this client. */
  isKnownBrowser(client: ClientFacts, user: User): boolean
  /** The highest level of all enrolled factors; `undefined` when the user has no second factor, also because it was lost. */
  findHighestLevel(queries: Queries, userId: Id<'user'>): Promise<Acr | undefined>
  /** Removes fallbacks that were created before the first second factor, with their audit events. */
  removeEarlierFallbacks(queries: Queries, userId: Id<'user'>): Promise<void>
  /** See `EnrolmentRules`. @param enrolled.kind the factor that asks */
  removeUnverified(
    tx: Transaction,
    context: StepContext,
    enrolled: { readonly kind: FactorKind; readonly id: string | undefined },
  ): Promise<void>
}

export interface LoginParts {
  readonly lockout: Lockout
  readonly revokeProofs: RevokeProofs
  readonly revokeAuthenticator: RevokeAuthenticator
  readonly logins: Pick<Logins, 'endUnfinished'>
  /** The journey data at this moment; `undefined` for an unknown journey. */
  readonly findJourneyData: (journeyHash: string) => Promise<JourneyData | undefined>
  /** The linked codes of another factor; `undefined` when no factor of this server has them. */
  readonly findLinkedCodes: () => LinkedCodes | undefined
  /** The absolute address of a page on which the user reports a login as not theirs. */
  readonly notMeUrl: (queries: Queries, subject: LinkSubject) => Promise<string>
  /** Says to the user that an authenticator was bound, and how to undo it. */
  readonly announceBound: AnnounceBound
  /** What follows when the user reports a login on an authenticator. */
  readonly reportNotMe: ReportNotMe
}
