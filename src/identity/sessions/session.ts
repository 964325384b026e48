/** A finished login as the rest of Einlass sees it. */
import type { Id } from '../../platform/kernel/ids.ts'
import { isOnTicket } from '../policy/assurance.ts'
import type { User } from '../users/user.ts'

/**
 * The session was live when it was found, and may end at any moment: code that outlives the request has to look it up again
 * (`findById`). From now on it lives for `sessions.absolute` at most, however often it is renewed.
 */
export interface LiveSession {
  readonly id: Id<'session'>
  readonly userId: Id<'user'>
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly role: 'user' | 'service_desk' | 'admin'
  readonly managedBy: User['managedBy']
  /** Authentication methods in RFC 8176 names, for example `['pwd', 'mca', 'mfa']`. */
  readonly amr: readonly string[]
  /** One of the levels in policy/assurance.ts. */
  readonly acr: string
  /** Milliseconds since the epoch. */
  readonly authenticatedAt: number
  /** SHA-256 of the token that the session had when it was found: each renewal changes it. */
  readonly tokenHash: string
}

/** How and when a person proved who they are. */
export interface Authentication {
  readonly amr: readonly string[]
  readonly acr: string
  readonly authenticatedAt: number
}

export interface NewSession extends Authentication {
  readonly userId: string
  readonly client: {
    readonly address: string | null
    readonly userAgent: string | null
    /** SHA-256 of the browser's own secret. Absent: the session's end ends the person's unfinished logins in all browsers. */
    readonly browserHash?: string
  }
}

/**
 * When the person last authenticated personally; 0: never. The ticket of a computer does not say who sits there now, so a
 * login with a ticket alone is too old for everybody who asks for a fresh login.
 */
export const findPresence = ({ amr, authenticatedAt }: Authentication): number =>
  isOnTicket(amr) ? 0 : authenticatedAt

/** What a person sees of one of their sessions. */
export interface SessionSummary extends Authentication {
  readonly id: Id<'session'>
  readonly createdAt: number
  /** Right to the minute. */
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly address: string | null
  readonly userAgent: string | null
  /** Whether enrolment of a second factor was deferred in it. */
  readonly hasDeferred: boolean
}

/** Whether no browser has it: an app asked for it, and its person approved on a phone. */
export const isWithoutBrowser = ({
  address,
  userAgent,
}: Pick<SessionSummary, 'address' | 'userAgent'>): boolean => address === null && userAgent === null
