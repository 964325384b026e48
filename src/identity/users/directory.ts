/**
 * Where people come from: the contract of a directory of users. Owns what a login needs of it: who has a name, whether a
 * password is theirs, how they change it, in which groups they are, and what apps may get of them. Does not own the row that each person has in
 * Einlass once they have logged in (users.ts): sessions, authenticators and the credential version stand there.
 *
 *   const outcome = await directory.verifyPassword(db, 'erika', typed)
 *   switch (outcome.type) {
 *     case 'right':                    // outcome.user may log in, with outcome.user.credentialVersion
 *     case 'must_change':              // the same, but a new password comes first
 *     case 'wrong': case 'unknown':    // one page for both
 *     case 'unavailable':              // neither right nor wrong: ask again later
 *   }
 */
import type { Caller } from '../../platform/kernel/fair-queue.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Attributes } from './attributes.ts'
import type { User } from './user.ts'

/** The directory did not answer, or could not be asked for too many other questions. Nothing is known of what was asked. */
export interface Unavailable {
  readonly type: 'unavailable'
  /** Seconds. */
  readonly retryAfter?: number
  /** For the log, for example *connect ECONNREFUSED*: no password, no name of a user, no secret of the configuration. */
  readonly reason?: string
  /** The directory answers, and only not to this question: others, such as those about other users, may have an answer. */
  readonly answersOthers?: true
}

/** `unknown`: nobody has the id or the name. Callers that cannot go on: see directory-answers.ts. */
export type FindOutcome =
  | { readonly type: 'found'; readonly user: User }
  /** `username`: of a person in a directory elsewhere who has not logged in yet. Nobody here has that name. */
  | { readonly type: 'unknown'; readonly username?: string }
  | Unavailable

/** The names of the user's groups, sorted. */
export type GroupsOutcome =
  | { readonly type: 'groups'; readonly groups: readonly string[] }
  | Unavailable

export type MembersOutcome = { readonly type: 'members'; readonly isEmpty: boolean } | Unavailable

/** What is known of the user for apps. None where nobody has the id. */
export type AttributesOutcome =
  | { readonly type: 'attributes'; readonly attributes: Attributes }
  | Unavailable

/** What a directory says of a name and a password. */
export type PasswordOutcome =
  | RightPassword
  /** `user`: who has the name, as far as they are known here. */
  | { readonly type: 'wrong'; readonly user: User | undefined }
  /** Nobody has the name. Takes as long as a wrong password. */
  | { readonly type: 'unknown' }
  /** The password is right, and Einlass itself does not let the user in, which may be said. */
  | { readonly type: 'disabled'; readonly user: User | undefined }
  /** The password is right, and the directory does not let the user in, which may be said. */
  | { readonly type: 'refused'; readonly reason: AccountRefusal; readonly user: User | undefined }
  /** The directory refuses this user for a time, for example after too many failures. Says nothing of the password. */
  | LockedOut
  | Unavailable

export interface LockedOut {
  readonly type: 'locked'
  readonly user: User | undefined
  /** The directory was not asked, as a wrong password more could lock the account there. */
  readonly isHeldBack?: boolean
  /** Milliseconds since the epoch, at the latest; absent: not known. */
  readonly until?: number | undefined
}

/** Why a directory does not let a person in any more, or not now. */
export type AccountRefusal = 'disabled' | 'account_expired' | 'outside_hours'

/** Whether a user may still log in, as far as their directory knows it. */
export type AccountOutcome =
  | { readonly type: 'current' }
  | { readonly type: 'refused'; readonly reason: AccountRefusal | 'removed' }
  | Unavailable

/** What a directory elsewhere says of an account, without a password: what would stand in the way of a right one. */
export interface DirectoryAccount {
  readonly type: 'account'
  readonly directory: string
  /** As it is there. */
  readonly username: string
  /** Who it is here; undefined: nobody has logged in with it yet. */
  readonly user: User | undefined
  readonly refusal?: AccountRefusal | 'removed' | undefined
  readonly password?: 'must_change' | 'expired' | undefined
  /** It is chosen here, at the next login. */
  readonly isWritable: boolean
  readonly lockout?: Pick<LockedOut, 'isHeldBack' | 'until'> | undefined
}

/** `local`: Einlass itself has the user. `unknown`: nobody has the name. */
export type DirectoryAccountOutcome =
  | DirectoryAccount
  | { readonly type: 'local' | 'unknown' }
  | Unavailable

/** Whose account a login is attempted for. */
export interface ResolvedName {
  readonly type: 'name'
  /** What the attempts of a person are counted under, whichever of their names was typed; undefined: nobody can have the name. */
  readonly name: string | undefined
  /** Absent: it is asked for by the name as it was typed. */
  readonly account?: ResolvedAccount
}

/** What an attempt needs of an account, also of one that nobody has. No directory is searched for the name once more. */
export interface ResolvedAccount {
  /** As `findByName`. */
  find(queries: Queries): Promise<FindOutcome>
  /** As `verifyPassword`. */
  verifyPassword(
    queries: Queries,
    password: string,
    origin?: PasswordOrigin,
  ): Promise<PasswordOutcome>
  /** The work of a wrong password, which is not looked at. */
  imitate(queries: Queries, password: string, origin?: PasswordOrigin): Promise<void>
}

export type NameOutcome = ResolvedName | Unavailable

/** A person who has shown a ticket of a directory's realm, which says that they logged in there some time ago. */
export interface TicketHolder {
  /** The directory to which the realm belongs. */
  readonly directory: string
  /** The name of the account, without the realm. */
  readonly name: string
}

/** The same as after a right password, as far as the directory knows it now. `unknown`: it has nobody of this name. */
export type TicketOutcome = Exclude<PasswordOutcome, { readonly type: 'wrong' }>

/** What a user of Einlass itself is to be found by at a login. What is not named stays. */
export interface WantedNames {
  readonly username?: string | undefined
  readonly email?: string | null | undefined
}

/** Which of them leads to a person of another directory; `taken` is undefined where none does. */
export type NamesOutcome =
  | { readonly type: 'names'; readonly taken: TakenName | undefined }
  | Unavailable

/** `user` is undefined for a person of whom there is no row yet. `unknown`: no other directory has the name. */
export type ElsewhereOutcome =
  | { readonly type: 'found'; readonly user: User | undefined }
  | { readonly type: 'unknown' }
  | Unavailable

export interface TakenName {
  readonly name: string
  readonly directory: string
}

export interface RightPassword {
  /** `must_change`: it was set for one login. `expired`: it is too old. Both ask for a new one before the login goes on. */
  readonly type: 'right' | 'must_change' | 'expired'
  /** With the credential version for which the password was right. */
  readonly user: User
  /** A new password can be chosen only where the directory lets them, and not here. */
  readonly isChangedElsewhere?: boolean
  /** Milliseconds since the epoch; absent: never, or not soon. */
  readonly passwordExpiresAt?: number
  /**
   * A hash of it, where it lets nobody in any more and the directory could not compare it with a new one later: an attempt with the
   * new one would be a wrong password there. The page that asks for a new one compares them.
   */
  readonly hash?: string
  /** It has expired, and the directory takes it for so many more logins. Only where a new one cannot be chosen here. */
  readonly graceLogins?: number
  /** By our own rules it is too short to let anybody in alone. Never of a password that another directory has. */
  readonly isTooShortAlone?: boolean
  /** What the directory writes when the login goes on, in the same transaction; for example a better hash. */
  readonly write?: (queries: Queries) => Promise<void>
}

export type ChangeOutcome =
  /**
   * Nothing is written yet: call `write` in the transaction of the change. False, and nothing changed, when the user has
   * other credentials by now; else the credential version is the next one, and `passwordChangeRequired` is over.
   */
  | { readonly type: 'accepted'; readonly write: (queries: Queries) => Promise<boolean> }
  | { readonly type: 'refused'; readonly reason: ChangeRefusal }
  | Unavailable

/**
 * `same`: it is the password that they have. `policy`, `history`, `too_young`: the directory has rules of its own. `locked`: it
 * would let nobody in for now. `elsewhere`: it cannot be changed here.
 */
export type ChangeRefusal = 'same' | 'policy' | 'history' | 'too_young' | 'locked' | 'elsewhere'

export interface NewPassword {
  /** The credential version in it is the one that may be changed. */
  readonly user: User
  readonly password: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** How people who do not know their password get another one. Who they are was proven before, by other means. */
export interface PasswordReset {
  /** Whether it can be set for this user. Asked before a mail goes to them. */
  isFor(queries: Queries, user: User): Promise<boolean>
  /** As `changePassword`, without the password that they had. Never call it inside a transaction. */
  reset(queries: Queries, change: NewPassword): Promise<ChangeOutcome>
}

/** Where a password was typed. */
export interface PasswordOrigin {
  /** The owner has logged in there before. */
  readonly isKnownBrowser?: boolean
  /** The networks of the client, see fair-queue.ts; absent: nobody from outside asks. */
  readonly networks?: readonly string[]
}

/** `from` is `background` where no browser waits for the answer, see fair-queue.ts. */
export interface Directory {
  /** The user with this id, also a disabled one. */
  find(queries: Queries, id: string): Promise<FindOutcome>
  /** The user who has this login name in any spelling, as far as they are known here; also a disabled one. */
  findByName(queries: Queries, name: string, from?: Caller): Promise<FindOutcome>
  /**
   * Costs the same work for a wrong password as for a name that nobody has. Never call it inside a transaction. Throws
   * Fault `unavailable` when Einlass itself has too much to do.
   *
   * A right password of a user with `passwordChangeRequired` is `must_change`, whatever else the directory knows of it: a
   * report or an operator has called it into question, and nobody else looks at that. Of `disabledAt`, `disabled`.
   */
  verifyPassword(
    queries: Queries,
    name: string,
    password: string,
    origin?: PasswordOrigin,
  ): Promise<PasswordOutcome>
  /**
   * The work of a wrong password for this name, also where nobody has it; the password is not looked at. Absent: by a name that nobody has.
   */
  readonly imitate?: (
    queries: Queries,
    name: string,
    password: string,
    origin?: PasswordOrigin,
  ) => Promise<void>
  /**
   * Whose account a typed name means, and under which name attempts at it are counted: one for all names of a person. Absent: the
   * canonical form of what was typed. Callers use resolve-account.ts.
   */
  readonly resolveName?: (
    queries: Queries,
    typed: string,
    origin?: PasswordOrigin,
  ) => Promise<NameOutcome>
  /**
   * The account of a user who is known already: a login with the username may mean another person. Absent: it means them.
   */
  readonly resolveUser?: (queries: Queries, user: User) => Promise<ResolvedName>
  /** What the directory says of an account now whose ticket was shown. Absent: its users have no tickets. Never call it inside a transaction. */
  readonly judgeTicket?: (queries: Queries, holder: TicketHolder) => Promise<TicketOutcome>
  /**
   * Asked before a user of Einlass itself gets a name: a person who has it in another directory would not get in by it any more,
   * and mails for that person would reach the other one. Absent: there is no other directory. Never call it inside a transaction.
   */
  readonly findNamesElsewhere?: (queries: Queries, names: WantedNames) => Promise<NamesOutcome>
  /**
   * The name among these that means another user of Einlass itself at a login, by the username or by the address: who gets it as well
   * takes it from them. May be called inside a transaction. Absent: no login is by an address.
   * @param userId whose names they will be; undefined: of a new user
   */
  readonly findTakenName?: (
    queries: Queries,
    names: WantedNames,
    userId: string | undefined,
  ) => Promise<string | undefined>
  /**
   * For operators who look for what keeps a person out. The name is any one that a login takes, or the username here. Absent: no
   * directory is elsewhere. Never call it inside a transaction.
   */
  readonly describeAccount?: (queries: Queries, name: string) => Promise<DirectoryAccountOutcome>
  /**
   * The user whom another directory has by this name. What is imported for people who have not logged in yet asks it.
   * Absent: there is no other directory. Never call it inside a transaction.
   * @param options.addsRow a person who has none gets one, as at a first login
   */
  readonly findElsewhere?: (
    queries: Queries,
    name: string,
    options: { readonly addsRow: boolean },
  ) => Promise<ElsewhereOutcome>
  /** For logins without a password. Absent: the row of the user says it all. Never call it inside a transaction. */
  readonly checkAccount?: (
    queries: Queries,
    userId: Id<'user'>,
    from?: Caller,
  ) => Promise<AccountOutcome>
  /**
   * A password that an operator chose. Throws Fault `not_found` when there is no such user. Absent: the directory has the
   * passwords, and operators set them there.
   * @param options.changeRequired it is only for the next login, which asks for another one
   */
  readonly setPassword?: (
    queries: Queries,
    id: string,
    hash: string,
    options?: { readonly changeRequired?: boolean },
  ) => Promise<void>
  /** Absent: people cannot change their passwords here, so nothing sets `passwordChangeRequired`, which nobody could lift. Never call it inside a transaction; it costs like a login. */
  readonly changePassword?: (queries: Queries, change: NewPassword) => Promise<ChangeOutcome>
  /** For people who have forgotten theirs. Absent: nobody's password is set here, and the service desk helps. */
  readonly passwordReset?: PasswordReset
  /** Every rule for a group asks here, also inside a transaction. */
  listGroups(queries: Queries, userId: string): Promise<GroupsOutcome>
  /** Whether anybody is in the group, for warnings of a name that is misspelt. Absent: nobody warns. */
  readonly hasMembers?: (queries: Queries, group: string) => Promise<MembersOutcome>
  /** For apps whose settings name them, see attributes.ts. */
  listAttributes(queries: Queries, userId: string): Promise<AttributesOutcome>
  /** Numbers of the directories elsewhere; absent: it has no others. */
  readonly metrics?: readonly Metric[]
  /** Removes what it needs no more. Absent: it keeps nothing for a time. */
  readonly purge?: (queries: Queries) => Promise<void>
  /** Closes connections. Absent: it has no connections. */
  readonly close?: () => Promise<void>
}

/** The own store, which hashes for every name. */
export type OwnStore = Directory & Required<Pick<Directory, 'imitate'>>
