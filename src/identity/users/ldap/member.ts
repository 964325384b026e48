/** What a directory over LDAP answers to owners.ts and directories.ts, which make one contract of all directories. */
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Caller } from '../../../platform/kernel/fair-queue.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type {
  AccountOutcome,
  ChangeOutcome,
  DirectoryAccount,
  FindOutcome,
  NewPassword,
  PasswordOutcome,
  TicketOutcome,
  Unavailable,
} from '../directory.ts'
import type { EntryReference } from '../entries.ts'
import type { NamedEntry, NameSearch } from './find-by-name.ts'

export type Found = NameSearch | Unavailable

/** Without what stands here. No `username`: it has nobody with this id any more. */
export type AccountInDirectory = Omit<DirectoryAccount, 'directory' | 'user' | 'username'> & {
  readonly username?: string
}

/** One of the directories that directories.ts puts together. */
export interface LdapDirectory extends AskedDirectory {
  readonly name: string
  readonly config: DirectoryConfig
  /** The form of the name says that it belongs here and nowhere else. */
  isClaimed(typed: string): boolean
}

export interface DirectoryAttempt {
  readonly password: string
  readonly isKnownBrowser: boolean
  /** Absent: the browser is known. */
  readonly from?: Caller | undefined
}

/** What needs the directory itself. */
export interface AskedDirectory {
  find(typed: string, from?: Caller): Promise<Found>
  /** Asks with a password for a person who was found. The entry is read anew: only its state now says how close a lock-out is. */
  verifyPassword(
    queries: Queries,
    person: Pick<NamedEntry, 'entryId'>,
    attempt: DirectoryAttempt,
  ): Promise<PasswordOutcome>
  /** Makes the row of a person who was found, as a first login does, or brings it up to the directory. */
  savePerson(queries: Queries, person: Pick<NamedEntry, 'entryId'>): Promise<FindOutcome>
  /** The work of a wrong password, for a name that belongs elsewhere. Never throws. */
  imitate(from?: Caller): Promise<void>
  /** What an account is now whose ticket was shown. */
  judgeTicket(queries: Queries, name: string): Promise<TicketOutcome>
  changePassword(
    queries: Queries,
    entry: EntryReference,
    change: NewPassword,
  ): Promise<ChangeOutcome>
  describeAccount(entryId: string): Promise<AccountInDirectory | Unavailable>
  /** Brings the person's row up to the directory, and says whether they may still log in. */
  checkAccount(queries: Queries, entry: EntryReference, from?: Caller): Promise<AccountOutcome>
  close(): Promise<void>
}
