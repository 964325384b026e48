/** The interface of a directory over LDAP for owners.ts and directories.ts, which join all directories into one contract. */
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type {
  AccountOutcome,
  ChangeOutcome,
  DirectoryAccount,
  FindOutcome,
  NewPassword,
  PasswordOutcome,
  TicketHolder,
  TicketOutcome,
  Unavailable,
} from '../directory.ts'
import type { EntryReference } from '../entries.ts'
import type { NamedEntry, NameSearch } from './find-by-name.ts'

export type Found = NameSearch | Unavailable

/** Without the facts that Einlass itself has. No `username`: the directory no longer has anybody with this id. */
export type AccountInDirectory = Omit<DirectoryAccount, 'directory' | 'user' | 'username'> & {
  readonly username?: string
}

/** One of the directories that directories.ts joins. */
export interface LdapDirectory extends AskedDirectory {
  readonly name: string
  readonly config: DirectoryConfig
  /** Whether the form of the name says that it belongs to this directory only. */
  isClaimed(typed: string): boolean
}

export interface DirectoryAttempt {
  readonly password: string
  readonly isKnownBrowser: boolean
  /** Absent: the browser is known. */
  readonly from?: Caller | undefined
}

/** The operations that ask the directory itself. */
export interface AskedDirectory {
  find(typed: string, from?: Caller): Promise<Found>
  /**
   * Verifies a password for a person who was found. Reads the entry again, because only its present state shows how close
   * a lock-out is.
   */
  verifyPassword(
    queries: Queries,
    person: Pick<NamedEntry, 'entryId'>,
    attempt: DirectoryAttempt,
  ): Promise<PasswordOutcome>
  /** Makes the row of a person who was found, as a first login does, or updates it from the directory. */
  savePerson(queries: Queries, person: Pick<NamedEntry, 'entryId'>): Promise<FindOutcome>
  /** Does the work of a wrong password, for a name that belongs elsewhere. Never throws. */
  imitate(from?: Caller): Promise<void>
  /** The present state of the account of a ticket. */
  judgeTicket(queries: Queries, holder: TicketHolder): Promise<TicketOutcome>
  changePassword(
    queries: Queries,
    entry: EntryReference,
    change: NewPassword,
  ): Promise<ChangeOutcome>
  /** Whether a new password of this person can be written here: by the configuration, and by the rights of bind_name. */
  maySetPassword(entryId: string): Promise<boolean>
  describeAccount(entryId: string): Promise<AccountInDirectory | Unavailable>
  /** Updates the person's row from the directory, and says whether they may still log in. */
  checkAccount(queries: Queries, entry: EntryReference, from?: Caller): Promise<AccountOutcome>
  close(): Promise<void>
}
