/**
 * The contract of a directory of users, where people come from. Owns what a login requires from a directory: who has a
 * name, whether a password is right, how it is changed, the groups of a person, and the attributes for apps. Does not own
 * the row that each person has in Einlass after the first login (users.ts): sessions, authenticators and the credential
 * version belong to that row.
 *
 *   const outcome = await directory.verifyPassword(db, 'erika', typed)
 *   switch (outcome.type) {
 *     case 'right':                    // outcome.user may log in, with outcome.user.credentialVersion
 *     case 'must_change':              // the same, but a new password comes first
 *     case 'wrong': case 'unknown':    // one page for both
 *     case 'unavailable':              // neither right nor wrong: ask again later
 *   }
 */
import type { Caller } from '../../platform/kernel/fair-line.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Attributes } from './attributes.ts'
import type { User } from './user.ts'

/** The directory did not answer, or could not be asked because of too many other questions. The answer is unknown. */
export interface Unavailable {
  readonly type: 'unavailable'
  /** Seconds. */
  readonly retryAfter?: number
  /** For the log, for example *connect ECONNREFUSED*: no password, no name of a user, no secret of the configuration. */
  readonly reason?: string
  /** The directory did not answer this question only; it may answer others, for example about other users. */
  readonly answersOthers?: true
  /** Asking again does not help until an administrator changes a setting, here or in the directory. */
  readonly isLasting?: true
}

/** `unknown`: nobody has the id or the name. For callers that cannot go on without an answer, see directory-answers.ts. */
export type FindOutcome =
  | { readonly type: 'found'; readonly user: User }
  /** `username`: set for a person in a directory elsewhere who has not logged in yet. Nobody here has that name. */
  | { readonly type: 'unknown'; readonly username?: string }
  | Unavailable

/** The names of the user's groups, sorted. */
export type GroupsOutcome =
  | { readonly type: 'groups'; readonly groups: readonly string[] }
  | Unavailable

export type MembersOutcome = { readonly type: 'members'; readonly isEmpty: boolean } | Unavailable

/** The attributes of the user for apps; none when nobody has the id. */
export type AttributesOutcome =
  | { readonly type: 'attributes'; readonly attributes: Attributes }
  | Unavailable

/** The answer of a directory to a name and a password. */
export type PasswordOutcome =
  | RightPassword
  /** `user`: the user with the name, if known here. */
  | { readonly type: 'wrong'; readonly user: User | undefined }
  /** Nobody has the name. Takes as long as a wrong password. */
  | { readonly type: 'unknown' }
  /** The password is right, but Einlass itself does not let the user in. The page may say so. */
  | { readonly type: 'disabled'; readonly user: User | undefined }
  /** The password is right, but the directory does not let the user in. The page may say so. */
  | { readonly type: 'refused'; readonly reason: AccountRefusal; readonly user: User | undefined }
  /** The directory refuses this user for a time, for example after too many failures. Says nothing about the password. */
  | LockedOut
  | Unavailable

export interface LockedOut {
  readonly type: 'locked'
  readonly user: User | undefined
  /** The directory was not asked, because one more wrong password could lock the account there. */
  readonly isHeldBack?: boolean
  /** Milliseconds since the epoch, at the latest; absent: not known. */
  readonly until?: number | undefined
}

/** Why a directory no longer lets a person in, or not now. */
export type AccountRefusal = 'disabled' | 'account_expired' | 'outside_hours'

/** Whether a user may still log in, as far as their directory knows it. */
export type AccountOutcome =
  | { readonly type: 'current' }
  /** `locked`: after wrong passwords, where that ends sessions. */
  | { readonly type: 'refused'; readonly reason: AccountRefusal | 'removed' | 'locked' }
  | Unavailable

/**
 * What a directory elsewhere says about an account without a password: the reasons why a right password would not be
 * enough.
 */
export interface DirectoryAccount {
  readonly type: 'account'
  readonly directory: string
  /** The username in that directory. */
  readonly username: string
  /** The user here; undefined: nobody has logged in with the account yet. */
  readonly user: User | undefined
  readonly refusal?: AccountRefusal | 'removed' | undefined
  readonly password?: 'must_change' | 'expired' | undefined
  /** A new password can be chosen here. */
  readonly isWritable: boolean
  readonly lockout?: Pick<LockedOut, 'isHeldBack' | 'until'> | undefined
  /** Why no login succeeds, also with the right password: something about the person cannot be read. For the log. */
  readonly problem?: string | undefined
}

/** `local`: Einlass itself has the user. `unknown`: nobody has the name. */
export type DirectoryAccountOutcome =
  | DirectoryAccount
  | { readonly type: 'local' | 'unknown' }
  | Unavailable

/** Whose account a login is attempted for. */
export interface ResolvedName {
  readonly type: 'name'
  /**
   * The key for counting the attempts of a person, whichever of their names was typed; undefined: nobody can have the
   * name.
   */
  readonly name: string | undefined
  /** Absent: callers ask for the account by the typed name. */
  readonly account?: ResolvedAccount
}

/** The account of an attempt, also for a name that nobody has. No directory is searched for the name again. */
export interface ResolvedAccount {
  /** As `findByName`. */
  find(queries: Queries): Promise<FindOutcome>
  /** As `verifyPassword`. */
  verifyPassword(
    queries: Queries,
    password: string,
    origin?: PasswordOrigin,
  ): Promise<PasswordOutcome>
  /** Does the work of verifying a wrong password; the password is ignored. */
  imitate(queries: Queries, password: string, origin?: PasswordOrigin): Promise<void>
}

export type NameOutcome = ResolvedName | Unavailable

/** A person with a ticket of a directory's realm. The ticket shows that they logged in there some time ago. */
export interface TicketHolder {
  /** The directory to which the realm belongs. */
  readonly directory: string
  /** The name of the account, without the realm. */
  readonly name: string
  /** The security identifier of the account; absent: the ticket has none. */
  readonly sid?: string
}

/**
 * The same outcomes as after a right password, as far as the directory knows them now. `unknown`: nobody in it has this
 * name. `other_account`: the name is that of another account by now, or the ticket does not say of which account it is.
 */
export type TicketOutcome =
  | Exclude<PasswordOutcome, { readonly type: 'wrong' }>
  | { readonly type: 'other_account'; readonly isNamed: boolean; readonly user: User | undefined }

/** The new login names of a user of Einlass itself. Fields that are not named stay. */
export interface WantedNames {
  readonly username?: string | undefined
  readonly email?: string | null | undefined
}

/** `taken`: the name that leads to a person of another directory; undefined: none does. */
export type NamesOutcome =
  | { readonly type: 'names'; readonly taken: TakenName | undefined }
  | Unavailable

/** `user` is undefined for a person who has no row yet. `unknown`: no other directory has the name. */
export type ElsewhereOutcome =
  | { readonly type: 'found'; readonly user: User | undefined }
  | { readonly type: 'unknown' }
  | Unavailable

export interface TakenName {
  readonly name: string
  readonly directory: string
}

export interface RightPassword {
  /**
   * `must_change`: the password was set for one login. `expired`: it is too old. Both require a new one before the login
   * goes on.
   */
  readonly type: 'right' | 'must_change' | 'expired'
  /** The user, with the credential version for which the password was right. */
  readonly user: User
  /** A new password can be chosen only in the directory, not here. */
  readonly isChangedElsewhere?: boolean
  /** Milliseconds since the epoch; absent: never, or not soon. */
  readonly passwordExpiresAt?: number
  /**
   * A hash of the password, when a new one has to be chosen here. The page compares the new password with this hash. It
   * cannot ask the directory, where an attempt with the new one would be a wrong password.
   */
  readonly hash?: string
  /**
   * The password has expired, and the directory accepts it for this number of further logins. Only if a new one cannot be
   * chosen here.
   */
  readonly graceLogins?: number
  /** By the rules of Einlass, it is too short as the only factor. Never set for a password of another directory. */
  readonly isTooShortAlone?: boolean
  /** Writes what the directory stores when the login goes on, in the same transaction; for example a better hash. */
  readonly write?: (queries: Queries) => Promise<void>
}

export type ChangeOutcome =
  /**
   * Nothing is written yet: call `write` in the transaction of the change. It returns false and changes nothing when the
   * user has other credentials by now; otherwise it raises the credential version and clears `passwordChangeRequired`.
   */
  | { readonly type: 'accepted'; readonly write: (queries: Queries) => Promise<boolean> }
  | { readonly type: 'refused'; readonly reason: ChangeRefusal }
  | Unavailable

/**
 * `same`: it is the present password. `policy`, `history`, `too_young`: a rule of the directory forbids it;
 * `policy_or_history`: the directory does not say which. `current`: the given present password is wrong. `locked`: the
 * account would stay locked for now. `elsewhere`: the password cannot be changed here.
 */
export type ChangeRefusal =
  | 'same'
  | 'policy'
  | 'history'
  | 'policy_or_history'
  | 'too_young'
  | 'current'
  | 'locked'
  | 'elsewhere'

export interface NewPassword {
  /** The change is only valid for the credential version in it. */
  readonly user: User
  readonly password: string
  /**
   * The present password, which the user has just typed and which was right. With it a directory elsewhere applies its rules
   * for changes, such as the history and the minimum age; without it, those for a reset by an administrator.
   */
  readonly current?: string | undefined
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** How people who do not know their password get another one. They have proven their identity before by other means. */
export interface PasswordReset {
  /** Whether a password can be set for this user. Asked before a mail is sent to them. */
  isFor(queries: Queries, user: User): Promise<boolean>
  /** As `changePassword`. The user does not have to know the present password. Never call it inside a transaction. */
  reset(queries: Queries, change: NewPassword): Promise<ChangeOutcome>
}

/** Where a password was typed. */
export interface PasswordOrigin {
  /** The owner has logged in there before. */
  readonly isKnownBrowser?: boolean
  /** The networks of the client, see fair-queue.ts; absent: no outsider asks. */
  readonly networks?: readonly string[]
}

/** `from` is `background` when no browser waits for the answer, see fair-queue.ts. */
export interface Directory {
  /** The user with this id, also a disabled one. */
  find(queries: Queries, id: string): Promise<FindOutcome>
  /** The user with this login name in any spelling, if known here; also a disabled one. */
  findByName(queries: Queries, name: string, from?: Caller): Promise<FindOutcome>
  /**
   * Costs the same work for a wrong password as for a name that nobody has. Never call it inside a transaction. Throws
   * Fault `unavailable` when Einlass itself is overloaded.
   *
   * Gives `must_change` for a right password of a user with `passwordChangeRequired`, whatever else the directory knows:
   * a report or an operator has called the password into question, and only this check enforces it. Gives `disabled` for
   * a user with `disabledAt`.
   */
  verifyPassword(
    queries: Queries,
    name: string,
    password: string,
    origin?: PasswordOrigin,
  ): Promise<PasswordOutcome>
  /**
   * Does the work of a wrong password for this name, also if nobody has it; the password is ignored. Absent: callers
   * verify with a name that nobody has.
   */
  readonly imitate?: (
    queries: Queries,
    name: string,
    password: string,
    origin?: PasswordOrigin,
  ) => Promise<void>
  /**
   * Whose account a typed name means, and under which name its attempts are counted: the same for all names of a person.
   * Absent: the canonical form of the typed name. Callers use resolve-account.ts.
   */
  readonly resolveName?: (
    queries: Queries,
    typed: string,
    origin?: PasswordOrigin,
  ) => Promise<NameOutcome>
  /**
   * The account of a known user: a login with the username may mean another person. Absent: the username always means
   * this user.
   */
  readonly resolveUser?: (queries: Queries, user: User) => Promise<ResolvedName>
  /**
   * What the directory says now about the account of a ticket. Absent: its users have no tickets. Never call it inside a
   * transaction.
   */
  readonly judgeTicket?: (queries: Queries, holder: TicketHolder) => Promise<TicketOutcome>
  /**
   * Asked before a user of Einlass itself gets a name. If a person in another directory has the name, they could no
   * longer log in with it, and their mails would reach the new user. Absent: there is no other directory. Never call it
   * inside a transaction.
   */
  readonly findNamesElsewhere?: (queries: Queries, names: WantedNames) => Promise<NamesOutcome>
  /**
   * Which of these names already means another user of Einlass itself at a login, by username or by address: a second
   * user with it would take it from the first. May be called inside a transaction. Absent: nobody logs in by address.
   * @param userId the user who will get the names; undefined: a new user
   */
  readonly findTakenName?: (
    queries: Queries,
    names: WantedNames,
    userId: string | undefined,
  ) => Promise<string | undefined>
  /**
   * For operators who search why a person cannot log in. Accepts any name that works at a login, or the username here.
   * Absent: there is no directory elsewhere. Never call it inside a transaction.
   */
  readonly describeAccount?: (queries: Queries, name: string) => Promise<DirectoryAccountOutcome>
  /**
   * The user of another directory with this name. Imports for people who have not logged in yet use it. Absent: there is
   * no other directory. Never call it inside a transaction.
   * @param options.addsRow a person without a row gets one, as at a first login
   */
  readonly findElsewhere?: (
    queries: Queries,
    name: string,
    options: { readonly addsRow: boolean },
  ) => Promise<ElsewhereOutcome>
  /** For logins without a password. Absent: the row of the user is enough. Never call it inside a transaction. */
  readonly checkAccount?: (
    queries: Queries,
    userId: Id<'user'>,
    from?: Caller,
  ) => Promise<AccountOutcome>
  /**
   * Sets a password that an operator chose. Throws Fault `not_found` when there is no such user. Absent: the directory
   * has the passwords, and operators set them there.
   * @param options.changeRequired the password is only for the next login, which asks for another one
   */
  readonly setPassword?: (
    queries: Queries,
    id: string,
    hash: string,
    options?: { readonly changeRequired?: boolean },
  ) => Promise<void>
  /**
   * Absent: people cannot change their passwords here. So nothing sets `passwordChangeRequired`, because nobody could
   * clear it. Never call it inside a transaction; it costs as much as a login.
   */
  readonly changePassword?: (queries: Queries, change: NewPassword) => Promise<ChangeOutcome>
  /** For people who have forgotten their password. Absent: no password can be set here, and the service desk helps. */
  readonly passwordReset?: PasswordReset
  /** Every rule for a group asks here, also inside a transaction. */
  listGroups(queries: Queries, userId: string): Promise<GroupsOutcome>
  /** Whether the group has members, to warn about misspelt names. Absent: there are no warnings. */
  readonly hasMembers?: (queries: Queries, group: string) => Promise<MembersOutcome>
  /** The attributes for apps whose settings name them, see attributes.ts. */
  listAttributes(queries: Queries, userId: string): Promise<AttributesOutcome>
  /** Metrics of the directories elsewhere; absent: no directory is elsewhere. */
  readonly metrics?: readonly Metric[]
  /** Removes expired data. Absent: it stores no data that expires. */
  readonly purge?: (queries: Queries) => Promise<void>
  /** Closes connections. Absent: it has no connections. */
  readonly close?: () => Promise<void>
}

/** The own store, which computes a hash for every name. */
export type OwnStore = Directory & Required<Pick<Directory, 'imitate'>>
