/** A finished login as the rest of Einlass sees it. */
import type { Id } from '../kernel/ids.ts'

export interface LiveSession {
  readonly id: Id<'session'>
  readonly userId: Id<'user'>
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly role: 'user' | 'admin'
  /** Authentication methods in RFC 8176 names, for example `['pwd', 'mca', 'mfa']`. */
  readonly amr: readonly string[]
  /** One of the levels in policy/assurance.ts. */
  readonly acr: string
  /** Milliseconds since the epoch. */
  readonly authenticatedAt: number
}
