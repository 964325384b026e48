/** Rows of users and of where they come from; tables.ts says how columns are written. */
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
  /** 1: the password lets nobody in any more, except to choose another one. */
  password_change_required: 0 | 1
  /** When a report called it into question for the last time; null: none has. */
  password_questioned_at: number | null
  /** Raised whenever a login that is under way must not go on: another password, one that has to be changed, disabled. */
  credential_version: number
  /** Wrong passwords in a row in browsers that the person has logged in with, see identity/limits/known-browsers.ts. */
  known_browser_failures: number
  /** Until then no message of a login is sent to this person's phones. */
  push_blocked_until: number | null
  /** When that was decided. */
  push_blocked_at: number | null
  /** Of the last login; null: there was none yet. */
  language: string | null
  role: 'user' | 'service_desk' | 'admin'
  /** `directory:NAME` or `scim:NAME`: name and address come from there; null: from administrators here. */
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
  /** Of the value among those of the attribute, from 0. */
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
  /** `objectGUID` or `entryUUID`: what stays when everything else of the person changes. */
  entry_id: string
  /** When the directory was last asked about the person. */
  checked_at: number
  /** Since when it is asked to take a new password, see identity/users/password-writes.ts. */
  write_began_at: Generated<number | null>
}

/** A password that was written to a directory which may take the one of before for a time. */
export interface WrittenPasswordRow {
  user_id: string
  /** A PHC string. */
  hash: string
  /** When the directory itself says that it was set (ms). */
  set_at: number
  /** Grows there with each password, and with nothing else; null: the directory did not say. */
  version: number | null
  /** From then on the directory takes no other one (ms). */
  expires_at: number
}

/** By such a token a system provisions users, see identity/provisioning/tokens.ts. */
export interface ProvisioningTokenRow {
  id: string
  token_hash: string
  /** The name of the system. Several tokens of one system have the same. */
  source: string
  /** JSON array of CIDR; empty: from anywhere. */
  networks: string
  /** 1: it may also change local users that no system has provisioned. */
  takes_over: 0 | 1
  /** JSON array of mail domains, in lower case: the system answers for the addresses of its users in them. */
  verified_mail_domains: string
  /** 1: and for their telephone numbers. */
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
  /** By which the system knows the user. */
  external_id: string | null
  /** When the system has disabled the user: the same time as in the user's row, else it was an operator. */
  deactivated_at: number | null
}

export interface ProvisionedGroupRow {
  id: string
  source: string
  /** As rules of apps name it. */
  name: string
  /** As the system names it. */
  display_name: string
  external_id: string | null
  created_at: number
  updated_at: number
}
