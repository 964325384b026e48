/**
 * The differences between kinds of directories: names of attributes, how they express the state of an account, how a
 * password is written. Owns the contract; active-directory.ts and openldap.ts implement it.
 */
import type { Client, Entry, Filter } from 'ldapts'
import type { AccountRefusal, ChangeRefusal } from '../directory.ts'
import type { BindAnswer } from './connections.ts'
import type { Ldap } from './open-connection.ts'
import type { FoundPerson } from './people.ts'

/** What the directory's entry says about an account, before any password. */
export interface AccountState {
  /** Why the account may not log in. Logon hours are not included, because only an attempt shows them. */
  readonly refusal: Exclude<AccountRefusal, 'outside_hours'> | undefined
  /** The number of wrong passwords that the directory still remembers. */
  readonly failures: number
  /** Milliseconds since the epoch: when the last of them was. */
  readonly failedAt: number | undefined
  /** Set while the directory refuses every password of the account. */
  readonly lock: AccountLock | undefined
  /** Milliseconds since the epoch; undefined: never, or only a bind shows it. */
  readonly passwordExpiresAt: number | undefined
  readonly passwordChangedAt: number | undefined
  /** The password is only valid for a login that changes it. */
  readonly mustChange: boolean
}

export interface AccountLock {
  /** Milliseconds since the epoch; undefined: until an administrator unlocks it, or the directory does not say. */
  readonly until: number | undefined
}

/** The result of a bind. `right`, `must_change` and `expired` mean that the password is right. */
export type Judgement =
  | 'right'
  | 'must_change'
  | 'expired'
  | 'wrong'
  | 'locked'
  | { readonly refusal: AccountRefusal }

/** After how many wrong passwords, within which time (ms), an account is locked; 0: never. */
export interface LockoutRule {
  readonly threshold: number
  readonly window: number
  /**
   * The directory forgets wrong passwords only after a right one. All of them are included until none has come for
   * `window`.
   */
  readonly isUntilRight?: boolean
  /** Milliseconds; undefined: until an administrator unlocks it, or not known. */
  readonly duration?: number | undefined
}

/** `window` absent: the directory says no window. */
export type ReadLockoutRule = Omit<LockoutRule, 'window'> & Partial<Pick<LockoutRule, 'window'>>

export interface GroupSearch {
  readonly entry: Entry
  readonly base: string
  readonly isNested: boolean
}

export interface FoundGroup {
  readonly dn: string
  /** A name that nobody can give to a second group. */
  readonly name: string | undefined
}

/** A new password for a person. */
export interface AskedChange {
  readonly person: Pick<FoundPerson, 'dn' | 'state' | 'entry'>
  readonly password: string
  /** The present password, if the person has just typed it. */
  readonly current: string | undefined
  readonly now: number
}

export interface Dialect {
  readonly entryId: string
  readonly usernameAttribute: string
  /** The name of an account in the tickets of its realm. */
  readonly accountAttribute: string
  readonly loginAttributes: readonly string[]
  /** Names that only administrators write. */
  readonly assignedNames: readonly string[]
  /** The attribute that names the policy of a person, if it is not the default policy. */
  readonly policyAttribute: string
  /** The attributes that are read before a password. People cannot fill them with long values in their own entries. */
  readonly attributes: readonly string[]
  /** The attributes that are read after a right password, beside names and the configured ones. */
  readonly furtherAttributes: readonly string[]
  readonly binaryAttributes: readonly string[]
  /** Attributes of the directory, by their names for apps. */
  readonly appAttributes: Readonly<Record<string, string>>
  /** For some time after a change, the directory also accepts the earlier password. */
  readonly takesEarlierPasswords: boolean
  /**
   * A number that grows only with each new password of the person. Absent: the directory has no such number. Undefined:
   * the bind account may not read it.
   */
  readonly findPasswordVersion?: (
    client: Client,
    person: Pick<FoundPerson, 'dn'>,
  ) => Promise<number | undefined>
  /** When the password was set, by the clock of the server; undefined: it does not say. */
  findPasswordTime(client: Client, person: Pick<FoundPerson, 'dn'>): Promise<number | undefined>
  /**
   * The identifier that tickets have for this account beside its name. Empty: the bind account may not read it. Absent: tickets of
   * this kind of directory have none.
   */
  readonly findAccountSid?: (entry: Entry) => string
  isPerson(ldap: Ldap): Filter
  /** The id in a form that never changes and that compares as text. */
  readEntryId(entry: Entry): string | undefined
  hasEntryId(ldap: Ldap, id: string): Filter
  readState(entry: Entry, rule: LockoutRule, now: number): AccountState
  judge(answer: BindAnswer): Judgement
  /** The result of a right password according to the entry, apart from the state of the account. */
  judgeEntry(entry: Entry, now: number): Exclude<Judgement, 'wrong' | 'locked'>
  /** The rule that the directory itself states; undefined: it states no rule. */
  findLockoutRule(client: Client, ldap: Ldap, entry: Entry): Promise<ReadLockoutRule | undefined>
  /** Absent: groups are found one by one, so that no limit of a search applies. */
  readonly isGroup?: (ldap: Ldap) => Filter
  /** What lets the bind account read more entries in one search. */
  readonly groupLimitAdvice?: (bindName: string) => string
  listGroups(client: Client, ldap: Ldap, search: GroupSearch): Promise<FoundGroup[]>
  /** Attributes that are not simply a value of the entry, such as the security identifiers of groups. */
  listFurtherAttributes(entry: Entry): ReadonlyMap<string, readonly string[]>
  /**
   * Sets a password. This ends a lock-out after wrong passwords and clears their count. Returns why the directory refuses
   * it, and throws its other errors.
   */
  setPassword(client: Client, ldap: Ldap, change: AskedChange): Promise<ChangeRefusal | undefined>
  /**
   * Whether the bind account may set the password of this person. Tries a change that every directory refuses, so nothing
   * is written and no password is tried.
   */
  maySetPassword(client: Client, ldap: Ldap, person: Pick<FoundPerson, 'dn'>): Promise<boolean>
}
