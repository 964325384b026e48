/** Rows of users and of their sources (directories, provisioning). tables.ts has the rules for columns. */
import type { Generated } from 'kysely'

export interface UserRow {
  id: string
  /** As the administrator wrote it; shown to people. */
  username: string
  /** The canonical form, unique; every look-up and every counter uses it. */
  username_key: string
  display_name: string
  email: string | null
  /** A PHC string (argon2id). */
  password_hash: string | null
  password_changed_at: number | null
  /** 1: with this password a login can only choose another password. */
  password_change_required: 0 | 1
  /** When a report last put the password in doubt; null: never. */
  password_questioned_at: number | null
  /** Raised when running logins must not continue: a new password, a password that has to be changed, a disabled user. */
  credential_version: number
  /** Wrong passwords in a row in browsers that the person has logged in with, see identity/limits/known-browsers.ts. */
  known_browser_failures: number
  /** Until then no login sends a message to this person's phones. */
  push_blocked_until: number | null
  /** When that was decided. */
  push_blocked_at: number | null
  /** Language of the last login; null: the user has not logged in yet. */
  language: string | null
  role: 'user' | 'service_desk' | 'admin'
  /** `directory:NAME` or `scim:NAME`: name and address come from there; null: administrators of Einlass manage them. */
  managed_by: string | null
  disabled_at: number | null
  created_at: number
  updated_at: number
}

export interface UserGroupRow {
  user_id: string
  name: string
}

/** One value of an attribute, see identity/users/attributes.ts. */
export interface UserAttributeRow {
  user_id: string
  name: string
  /** Position among the values of the attribute, from 0. */
  position: number
  value: string
}

/** A word in the names and the address of a user, see identity/users/words.ts. */
export interface UserWordRow {
  word: string
  user_id: string
}

/** A user who comes from a directory, see identity/users/entries.ts. */
export interface DirectoryEntryRow {
  user_id: string
  /** Its name in the configuration. */
  directory: string
  /** `objectGUID` or `entryUUID`: the id that stays when everything else about the person changes. */
  entry_id: string
  /** When the directory was last asked about the person. */
  checked_at: number
  /** Since when a new password is being written to the directory, see identity/users/password-writes.ts. */
  write_began_at: Generated<number | null>
  /** When the password was set, by the clock of the directory, as it last said or as Einlass has written it. */
  password_set_at: Generated<number | null>
  /** Whether the directory last said that the password has to be changed. */
  must_change: Generated<0 | 1>
  /** Logins before this moment have to end, because the directory has said something new about the password. */
  logins_end_before: Generated<number | null>
}

/** A password that was written to a directory. The directory may accept the previous one for some time. */
export interface WrittenPasswordRow {
  user_id: string
  /** A PHC string. */
  hash: string
  /** When it was set, by the directory's own record (ms). */
  set_at: number
  /** The directory's version, which grows only with each new password; null: the directory gave none. */
  version: number | null
  /** From then on the directory accepts only this password (ms). */
  expires_at: number
}

/** A token with which a system provisions users, see identity/provisioning/tokens.ts. */
export interface ProvisioningTokenRow {
  id: string
  token_hash: string
  /** The name of the system. All tokens of one system have the same name. */
  source: string
  /** JSON array of CIDR; empty: from anywhere. */
  networks: string
  /** 1: it may also change local users that no system has provisioned. */
  takes_over: 0 | 1
  /** JSON array of mail domains, in lower case: the system answers for the addresses of its users in them. */
  verified_mail_domains: string
  /** 1: the system also answers for the users' telephone numbers. */
  verified_phone_numbers: 0 | 1
  created_by: string
  created_at: number
  /** To the minute. */
  last_used_at: number | null
}

/** A user whom a system provisions, see identity/provisioning/users.ts. */
export interface ProvisionedUserRow {
  user_id: string
  source: string
  /** The system's id for the user. */
  external_id: string | null
  /** When the system disabled the user. If the user's row has another time, an operator disabled the user. */
  deactivated_at: number | null
}

export interface ProvisionedGroupRow {
  id: string
  source: string
  /** The name that rules of apps use. */
  name: string
  /** The system's name for it. */
  display_name: string
  external_id: string | null
  created_at: number
  updated_at: number
}

export interface DirectoryOutageRow {
  directory: string
  began_at: number
  /** When a node noticed last that it lasts. */
  seen_at: number
  ended_at: number | null
  reason: string | null
}
