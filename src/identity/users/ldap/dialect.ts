/**
 * What differs between kinds of directories: names of attributes, how states of an account are said, how a password is written.
 * Owns the contract; active-directory.ts and openldap.ts fulfil it.
 */
import type { Client, Entry, Filter } from 'ldapts'
import type { AccountRefusal, ChangeRefusal } from '../directory.ts'
import type { BindAnswer } from './connections.ts'
import type { Ldap } from './open-connection.ts'
import type { FoundPerson } from './people.ts'

/** What the directory's entry says of an account, before any password. */
export interface AccountState {
  /** What lets nobody in. Logon hours are not among them: only an attempt tells. */
  readonly refusal: Exclude<AccountRefusal, 'outside_hours'> | undefined
  /** Wrong passwords that still count. */
  readonly failures: number
  /** Milliseconds since the epoch: when the last of them was. */
  readonly failedAt: number | undefined
  /** The directory refuses every password of it for now. */
  readonly lock: AccountLock | undefined
  /** Milliseconds since the epoch; undefined: never, or only the bind tells. */
  readonly passwordExpiresAt: number | undefined
  readonly passwordChangedAt: number | undefined
}

export interface AccountLock {
  /** Milliseconds since the epoch; undefined: until an administrator unlocks it, or the directory does not say. */
  readonly until: number | undefined
}

/** What a bind says. `right`, `must_change` and `expired` mean that the password is right. */
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
  /** The directory forgets wrong passwords only after a right one. All of them count until none has come for `window`. */
  readonly isUntilRight?: boolean
  /** Milliseconds; undefined: until an administrator unlocks it, or not known. */
  readonly duration?: number | undefined
}

/** `window` absent: the directory has none. */
export type ReadLockoutRule = Omit<LockoutRule, 'window'> & Partial<Pick<LockoutRule, 'window'>>

export interface GroupSearch {
  readonly entry: Entry
  readonly base: string
  readonly isNested: boolean
}

export interface FoundGroup {
  readonly dn: string
  /** One that nobody can give to a second group beside it. */
  readonly name: string | undefined
}

export interface Dialect {
  readonly entryId: string
  readonly usernameAttribute: string
  /** The name of an account in the tickets of its realm. */
  readonly accountAttribute: string
  readonly loginAttributes: readonly string[]
  /** Names that only administrators write. */
  readonly assignedNames: readonly string[]
  /** Names the policy of a person, where it is not the usual one. */
  readonly policyAttribute: string
  /** What has to be known before a password. People cannot make it long in their own entries. */
  readonly attributes: readonly string[]
  /** What is read of those who have proven theirs, beside names and what is configured. */
  readonly furtherAttributes: readonly string[]
  readonly binaryAttributes: readonly string[]
  /** Attributes for apps, by their names. */
  readonly appAttributes: Readonly<Record<string, string>>
  /** For a time after a change it takes the password of before as well. */
  readonly takesEarlierPasswords: boolean
  /**
   * A number that grows with each password of the person, and with nothing else. Absent: the directory has none. Undefined: the
   * bind account may not read it.
   */
  readonly findPasswordVersion?: (
    client: Client,
    person: Pick<FoundPerson, 'dn'>,
  ) => Promise<number | undefined>
  isPerson(ldap: Ldap): Filter
  /** The id in a form that never changes and that compares as text. */
  readEntryId(entry: Entry): string | undefined
  hasEntryId(ldap: Ldap, id: string): Filter
  readState(entry: Entry, rule: LockoutRule, now: number): AccountState
  judge(answer: BindAnswer): Judgement
  /** What a right password would lead to by what the entry says beside the state of the account. */
  judgeEntry(entry: Entry, now: number): Exclude<Judgement, 'wrong' | 'locked'>
  /** As the directory itself says it; undefined: it does not. */
  findLockoutRule(client: Client, ldap: Ldap, entry: Entry): Promise<ReadLockoutRule | undefined>
  listGroups(client: Client, ldap: Ldap, search: GroupSearch): Promise<FoundGroup[]>
  /** Attributes that are not simply a value of the entry, as the groups' security identifiers. */
  listFurtherAttributes(entry: Entry): ReadonlyMap<string, readonly string[]>
  /**
   * Sets a password, which ends a lock-out for wrong passwords and forgets those. Gives why the directory refuses it, and throws
   * its other answers.
   */
  setPassword(
    client: Client,
    ldap: Ldap,
    person: Pick<FoundPerson, 'dn' | 'state'>,
    password: string,
  ): Promise<ChangeRefusal | undefined>
}
