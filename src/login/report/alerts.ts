/** Alerts about logins that are not their users' own: reported by the users, or noticed from what was tried. */
import type { Alert } from '../../identity/notify/alerts/alerts.ts'

/** The login that a person did not begin. What is not known, or not for the service desk, is null. */
export interface ForeignLogin {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly app: string | null
  readonly browser: string | null
  readonly place: string | null
  readonly address: string | null
}

export interface NotMeFacts {
  readonly userId: string
  readonly username: string
  readonly displayName: string
  /** Where the person said so. */
  readonly source: 'mail' | 'authenticator' | 'login'
  readonly login: ForeignLogin | null
  readonly sessionsEnded: number
  readonly passwordChangeRequired: boolean
  /** Milliseconds since the epoch. */
  readonly pushBlockedUntil: number | null
}

/** A person says that a login in their name was not theirs. */
const notMe: Alert<NotMeFacts> = {
  type: 'not_me_reported',
  describe: ({ login, pushBlockedUntil, ...facts }) => ({
    ...facts,
    login: login && { ...login, at: formatTime(login.at) },
    pushBlockedUntil: pushBlockedUntil === null ? null : formatTime(pushBlockedUntil),
  }),
}

export interface SprayingFacts {
  readonly pattern: 'one_password' | 'one_network' | 'one_name'
  /** where many networks tried one name that a user has. */
  readonly username: string | null
  /** Where many names were tried from one network. */
  readonly network: string | null
  /** How many such passwords, networks or names one node has noticed within the hour. Not each has an alert of its own. */
  readonly found: number
}

/** Many names or networks with the same password, network or name. */
const spraying: Alert<SprayingFacts> = {
  type: 'password_spraying',
  describe: (facts) => facts,
}

export const reportAlerts = { notMe, spraying }

function formatTime(at: number): string {
  return new Date(at).toISOString()
}
