/**
 * Whether a caller at the service desk is the person that they claim to be. Owns what a factor offers for this, and the question
 * of the rest of the program: was this person verified since then?
 *
 * A caller proves that they have an authenticator by reading out what they chose on it. The desk says nothing that would help a
 * caller without it: it hears the answer from the caller and lets the server compare it.
 */
import { readAuditAbout } from '../../identity/audit/chain.ts'
import type { By } from '../../identity/audit/event.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { factorEvents } from './events.ts'
import type { StoreParts } from './factor-parts.ts'
import type { Lockout } from './lockout.ts'

/** An authenticator that was asked, and waits for what the caller chooses on it. */
export interface CallerRequest {
  readonly id: string
  readonly authenticatorId: string
  /** As its owner calls it; null: it has no name. */
  readonly name: string | null
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Why no authenticator was asked: a sentence in English for the desk. */
export interface NotAsked {
  readonly type: 'not_asked'
  readonly reason: string
}

export type AskOutcome = { readonly type: 'asked'; readonly request: CallerRequest } | NotAsked

/**
 * `chosen`: the caller can read it out now. `denied`: it was refused on the authenticator. `superseded`: another request took
 * its place. `not_delivered`: nothing has taken the message over, so no answer can come.
 */
export type CallerState =
  | 'waiting'
  | 'chosen'
  | 'denied'
  | 'expired'
  | 'superseded'
  | 'not_delivered'

/** What a kind uses to build its check, in the process of a command. */
export interface CallerParts {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly stores: StoreParts
  readonly lockout: Pick<Lockout, 'findRefusal'>
  readonly events: Events
  readonly log: Log
  readonly fetch: typeof fetch
  readonly readFile: (path: string) => string
}

/** What the desk reads, in English. */
export interface CallerWords {
  /** What the caller is to do. */
  readonly instruction: string
  /** Before the entry of what the caller reads out. */
  readonly question: string
  readonly wrong: string
}

/** What a kind offers whose authenticators can be asked while their owner is at the telephone. */
export interface CallerCheck {
  readonly words: CallerWords
  /** When the user last used one of the kind (ms since the epoch); `undefined`: the user has none. */
  findLastUsed(userId: Id<'user'>): Promise<number | undefined>
  /** @param authenticatorId absent: the one that was used last */
  ask(userId: Id<'user'>, authenticatorId?: string): Promise<AskOutcome>
  findState(request: CallerRequest): Promise<CallerState>
  /** Compares what the caller read out, once: each later call is `false`. Call it in the transaction of the result. */
  compare(queries: Queries, request: CallerRequest, readOut: string): Promise<boolean>
  /** Waits until what is being sent is on its way. */
  close(): Promise<void>
}

export interface VerificationWanted {
  /** The operator who has verified the caller: what one operator heard at the telephone says nothing to another one. */
  readonly by: By
  /** Milliseconds since the epoch. */
  readonly since: number
  /** The types of the audit events that use a verification up, of all operators. */
  readonly usedUpBy: readonly string[]
}

/** More than the desk may ask the phones of one person in a day, see approval/budget.ts. */
const mostChecks = 20

/**
 * When this operator last verified a caller as this person (ms since the epoch). `undefined`: not since then, the verification
 * was used up, or a later check, also by another operator, had another outcome.
 */
export async function findVerifiedCaller(
  queries: Queries,
  userId: Id<'user'>,
  { by, since, usedUpBy }: VerificationWanted,
): Promise<number | undefined> {
  const { callerVerified, callerNotVerified } = factorEvents
  const latest = await readAuditAbout(queries, {
    about: [userId],
    types: [callerVerified.type, callerNotVerified.type, ...usedUpBy],
    since,
    limit: mostChecks,
  })
  for (const { type, at, data } of latest) {
    if (type !== callerVerified.type) return undefined
    if (data.by === by) return at
  }
  return undefined
}
