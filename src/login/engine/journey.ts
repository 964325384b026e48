/**
 * A journey is a table: each step, and where each of its outcomes leads. Owns the type of a journey and the state that its
 * row holds; compose.ts makes tables, in which an outcome without a transition does not compile.
 */

import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { JourneyData } from './data.ts'
import type { Step } from './step.ts'

/** `feature/verb`: namespaced, so that two features never mean different things by one name. */
export type StepName = `${string}/${string}`

/** What the browser wants in the end. Comes out of a signed continuation, never out of a form. */
export interface JourneyRequest {
  /** The app that asks, if one does. */
  readonly appId?: string
  /** A path on this server. */
  readonly returnTo: string
  /** Where a person goes who does not want to go on: a path on this server. Absent: no app waits for an answer. */
  readonly cancelTo?: string
  /** Milliseconds since the epoch: the person must have authenticated at or after this time. */
  readonly authenticatedSince?: number
  readonly acrValues?: readonly string[]
  /** The name that the app expects. It fills the field of the name and proves nothing. */
  readonly loginHint?: string
  /** Where an app that registered itself takes the answer, as the person can check it. */
  readonly place?: string
  /** The app has opened the login in a window of its own and waits for it. */
  readonly keepsOpener?: true
  /** The login only confirms who is there, for a change on the person's own pages or a new password: nothing is offered. */
  readonly confirms?: 'account' | 'password'
  /** The hash of the link in a mail by which a new password is chosen. Never part of an address. */
  readonly link?: string
  /** The hash of the invitation with which this login enrols a first second factor. Never part of an address. */
  readonly invitation?: string
  /** What a journey on the person's own pages is about. Never part of an address. */
  readonly authenticator?: {
    readonly kind: string
    /** The one that is tested. */
    readonly id?: string
    /** The one that is removed as soon as the new one works. */
    readonly replaces?: string
    /** The one that is removed. */
    readonly removes?: string
  }
}

/** Where a login for an app goes that its person does not want to go on with; `undefined`: no app waits for an answer. */
export function findCancelTo({ appId, cancelTo }: JourneyRequest): string | undefined {
  return appId === undefined ? undefined : cancelTo
}

export interface JourneyState {
  /** What the journey's id was made from, together with the secret of its browser; absent in rows of earlier versions. */
  readonly seed?: string
  /** The hash of the newer journey of the same browser that took its place. */
  readonly supersededBy?: string
  readonly request: JourneyRequest
  readonly userId?: Id<'user'>
  /** The session that a step-up makes stronger. */
  readonly sessionId?: Id<'session'>
  readonly data: JourneyData
  /** What was decided so far, as `step:outcome`, each once, in the order in which it was first decided. */
  readonly path: readonly string[]
}

/** `finish`: the journey ends in a session. `leave`: it ends without one, at its beginning. */
export type Transition = StepName | 'finish' | 'leave'

/**
 * All but `login` and `reset` belong to a session: only the browser that holds it goes on, and they end with it. A `reset`
 * begins with a link from a mail and ends with a new password and no session.
 */
export type JourneyKind = 'login' | 'step_up' | 'offer' | 'enrol' | 'remove' | 'trial' | 'reset'

/** What stands between a browser and an app: a whole login, something beside its session, or nothing more. */
export type NextJourney = Extract<JourneyKind, 'login' | 'step_up' | 'offer'> | 'enter'

/** Whether the browser's session may still do this. Inside a transaction the answer holds until its end. */
export type SessionPrecondition = (queries: Queries, session: LiveSession) => Promise<boolean>

/**
 * Whether what the journey began with is still valid. Called first in the transaction of each move; the answer holds until
 * its end. `state` is the state before the move, or the one after it if the journey begins with this move.
 */
export type Precondition = (queries: Queries, state: JourneyState) => Promise<boolean>

export type NoteLeft = (
  tx: Transaction,
  left: { readonly userId: Id<'user'>; readonly step: StepName },
) => Promise<void>

export interface Journey {
  readonly kind: JourneyKind
  /** Where it begins, which may depend on what was asked for. */
  readonly first: StepName | ((request: JourneyRequest) => StepName)
  readonly steps: ReadonlyMap<StepName, Step>
  readonly sessionPrecondition?: SessionPrecondition
  readonly precondition?: Precondition
  /** Called in the transaction in which a user whose name is known leaves the journey without finishing it. */
  readonly noteLeft?: NoteLeft
  findTransition(step: StepName, outcome: string): Transition
}
