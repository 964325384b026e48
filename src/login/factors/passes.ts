/**
 * What operators of a service desk do with passes: codes that replace a lost second factor for a few hours. The contract between
 * the commands and the factor that owns the passes.
 */
import type { Notify } from '../../identity/notify/notice.ts'
import type { Administrator } from '../../identity/operations/actor.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { ShownLogin } from '../engine/references.ts'
import type { AllAuthenticators } from './authenticators.ts'
import type { Authenticator } from './factor.ts'
import type { StoreParts } from './factor-parts.ts'
import type { Lockout } from './lockout.ts'
import type { RevokeProofs } from './revoke-proofs.ts'

export interface PassParts extends Omit<StoreParts, 'keyring'> {
  readonly db: Database
  readonly users: Pick<Users, 'find' | 'findByName'>
  readonly directory: Pick<Directory, 'listGroups'>
  readonly notify: Notify
  readonly lockout: Pick<Lockout, 'unlock'>
  readonly revokeProofs: RevokeProofs
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
}

export interface PassOrder {
  /** Milliseconds. */
  readonly lifetime: number
  /** Why, for the audit log: one line. */
  readonly reason: string
  /** The reference of the login that the caller speaks of, as the caller read it out. */
  readonly login?: string | undefined
}

/** The code can be read only here. */
export interface IssuedPass {
  readonly username: string
  /** In groups, as it is read out. */
  readonly code: string
  readonly expiresAt: number
  readonly isSingleUse: boolean
  /** This pass has ended an earlier one. */
  readonly isReplaced: boolean
}

export interface RequestedPass {
  readonly username: string
  /** What the other operator types. */
  readonly id: string
  readonly expiresAt: number
}

/** A request that waits for its approval. */
export interface PassRequest extends Omit<PassOrder, 'login'> {
  /** What is known of the login that it is for; `undefined`: it is for none, or that was more than an hour ago. */
  readonly login: ShownLogin | undefined
  readonly username: string
  readonly displayName: string
  readonly requestedBy: string
}

export interface OpenPassRequest extends Omit<RequestedPass, 'username'> {
  readonly requestedBy: string
}

export interface PassRecord {
  readonly issuedAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | null
  readonly state: 'valid' | 'used' | 'ended' | 'expired'
  readonly issuedBy: string
  readonly requestedBy: string | null
  readonly reason: string
}

export interface PassEnrolments {
  readonly username: string
  readonly enrolments: readonly PassEnrolment[]
}

export type PassEnrolment = Pick<Authenticator, 'id' | 'kind' | 'name' | 'addedAt'>

export interface RevokedPass extends PassEnrolments {
  readonly revoked: boolean
  readonly sessionsEnded: number
  /** Whether the enrolments were removed. */
  readonly isRemoved: boolean
}

/** A user is named by login name; each function throws Fault `not_found` when nobody has that name. */
export interface PassOperations {
  /**
   * The login that the caller speaks of, to be shown before a pass is issued for it. Throws Fault `not_allowed` for a login of
   * another user and for one that is over; so do `issue` and `request`.
   */
  findLogin(actor: Administrator, name: string, login: string): Promise<ShownLogin>
  /** Throws Fault `not_allowed` for a person of a group that needs two operators. */
  issue(actor: Administrator, name: string, order: PassOrder): Promise<IssuedPass>
  /** Throws Fault `not_allowed` for an operator who is no named person. */
  request(actor: Administrator, name: string, order: PassOrder): Promise<RequestedPass>
  /** Throws Fault `not_found` when there is no open request with this id. */
  findRequest(actor: Administrator, id: string): Promise<PassRequest>
  /** Throws Fault `not_allowed` for the operator who made the request. */
  approve(actor: Administrator, id: string): Promise<IssuedPass>
  /** Those that wait for their approval, the newest first. */
  listRequests(actor: Administrator, name: string): Promise<OpenPassRequest[]>
  /** The newest first. */
  list(actor: Administrator, name: string): Promise<PassRecord[]>
  /** What was enrolled since a pass of the user was first used; empty where none was used. */
  listEnrolments(actor: Administrator, name: string): Promise<PassEnrolments>
  /**
   * Ends the valid pass, and every session and login that any pass of the user was used for. `withEnrolments`: also removes what
   * was enrolled since the first use, with the sessions that are based on it.
   */
  revoke(
    actor: Administrator,
    name: string,
    what?: { readonly withEnrolments: boolean },
  ): Promise<RevokedPass>
}
