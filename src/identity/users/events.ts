/** Audit events of users, their groups and their passwords. */
import { type By, event, notShown, say, warn } from '../audit/event.ts'

export interface Renaming {
  readonly formerUsername: string
  /** The new name. */
  readonly username: string
}

export const userEvents = {
  created: event<{ userId: string; username: string; by: By }>('user_created', notShown),
  /** An import has ended; each user of it has an event of its own before. */
  imported: event<{ added: number; changed: number; by: By }>('users_imported', notShown),
  /**
   * `what`: the names of the changed fields, for example `email`. If `username` is among them, the event has both names:
   * wrong attempts in the log have only a name, and these events show whose it was.
   */
  changed: event<{ userId: string; what: readonly string[]; by: By } & Partial<Renaming>>(
    'user_changed',
    say('event.changed'),
  ),
  removed: event<{ userId: string; username: string; by: By }>('user_removed', notShown),
  /** An operator has exported what is stored of the user. */
  exported: event<{ userId: string; by: By }>('user_exported', say('event.exported')),
  groupAdded: event<{ userId: string; group: string; by: By }>('user_group_added', notShown),
  groupRemoved: event<{ userId: string; group: string; by: By }>('user_group_removed', notShown),
  disabled: event<{ userId: string; by: By }>('user_disabled', warn('event.disabled')),
  enabled: event<{ userId: string; by: By }>('user_enabled', say('event.enabled')),
  passwordSet: event<{ userId: string; by: By }>('password_set', say('event.password_set')),
  /** The password was an earlier one, which a restore from a backup had brought back. */
  passwordRemoved: event<{ userId: string; by: By }>(
    'password_removed',
    warn('event.password_removed'),
  ),
}

/** What the event of these changes says about the username. */
export const describeRenaming = (
  what: readonly string[],
  formerUsername: string,
  username: string,
): Partial<Renaming> => (what.includes('username') ? { formerUsername, username } : {})
