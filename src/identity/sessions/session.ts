/** A finished login as the rest of Einlass sees it. */
import type { Id } from '../../platform/kernel/ids.ts'
import { isOnTicket } from '../policy/assurance.ts'
import type { User } from '../users/user.ts'

/**
 * It was alive when it was found, and may end at any moment: what outlives the request looks it up again (`findById`). From
 * now on it lives for `sessions.absolute` at most, however often it is renewed.
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
  /** SHA-256 of the token that it had when it was found: each renewal changes it. */
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
    /** SHA-256 of the browser's own secret. Absent: its end ends the person's unfinished logins in all browsers. */
    readonly browserHash?: string
  }
}

/**
 * When the person was last seen to prove who they are; 0: never. A ticket of their computer says nothing of who sits there now,
 * so a login with nothing else is as old as can be for everybody who asks for a fresh one.
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
  /** Whether setting up a second factor was put off in it. */
  readonly isPutOff: boolean
}

/** Whether no browser has it: an app asked for it, and its person approved on a phone. */
export const isWithoutBrowser = ({
  address,
  userAgent,
}: Pick<SessionSummary, 'address' | 'userAgent'>): boolean => address === null && userAgent === null
