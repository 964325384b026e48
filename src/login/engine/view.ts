/** What a browser sends to a journey and sees of it: the types between the engine and the faces. */
import type { Credentials } from '../../identity/limits/known-browsers.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Message } from '../../platform/ui/message.ts'
import type { JourneyKind, JourneyRequest, StepName } from './journey.ts'
import type { Form } from './prompt.ts'
import type { Answers, FormError } from './step.ts'
import type { StoredJourney } from './store.ts'
import type { Walk } from './walk.ts'

/** What a browser shows to prove that a journey is its own: the address and the cookie. Both are secrets. */
export interface JourneyReference {
  readonly journeyId: string
  readonly browserToken: string
}

export interface Submission {
  /** The version of the page that was answered. */
  readonly version: number
  readonly answers: Answers
}

/** A page to show. `version` goes into its form. */
export interface JourneyPage {
  readonly type: 'page'
  readonly kind: JourneyKind
  readonly step: StepName
  readonly version: number
  readonly form: Form
  readonly formError?: FormError
  readonly request: JourneyRequest
  /** The answer was for a page that this journey has left; nothing was changed. */
  readonly outdated: boolean
  /** See `StepResult`. */
  readonly supersededBy?: string
  /** See `StepResult`. */
  readonly provenPerson?: Credentials
}

export type JourneyView =
  | JourneyPage
  /** The journey went on; its address shows where it is now. */
  | { readonly type: 'moved'; readonly journeyId: string }
  /** This very request ended the journey; the token is for the session cookie and is given only once. */
  | {
      readonly type: 'finished'
      /** `undefined`: it ended with its first answer, and has neither a row nor an address. */
      readonly journeyId: string | undefined
      readonly token: string
      readonly userId: Id<'user'>
      /** For a login: the version of the credentials that it used. */
      readonly credentialVersion?: number
      readonly kind: JourneyKind
      readonly request: JourneyRequest
    }
  /** The journey had ended before. */
  | {
      readonly type: 'over'
      readonly sessionId: Id<'session'> | null
      readonly request: JourneyRequest
      readonly restartPath: string
      /** Milliseconds since the epoch. */
      readonly finishedAt: number
      /** Why it was ended from outside, as `Logins` has it; absent: it was not, or the reason was not noted. */
      readonly endReason?: string
    }
  | {
      readonly type: 'left'
      readonly restartPath: string
      /** The person has just cancelled it on its page. */
      readonly cancelled?: {
        readonly kind: JourneyKind
        readonly request: JourneyRequest
        readonly text: Message | undefined
      }
    }
  | { readonly type: 'expired'; readonly request: JourneyRequest; readonly restartPath: string }
  /** No such journey, or not this browser's. */
  | { readonly type: 'unknown' }

/** The page of a walk that has stopped at a question. */
export function createPage(walk: Walk): JourneyPage {
  if (walk.page === undefined) throw new Error('a walk that did not move has a page')
  const { form, formError, supersededBy, provenPerson } = walk.page
  return {
    type: 'page',
    kind: walk.journey.kind,
    step: walk.step,
    version: walk.journey.version,
    form,
    ...(formError && { formError }),
    ...(supersededBy && { supersededBy }),
    ...(provenPerson && { provenPerson }),
    request: walk.state.request,
    outdated: false,
  }
}

/** `undefined`: the journey goes on. */
export function findEnd(
  journey: StoredJourney,
  createRestartPath: (request: JourneyRequest) => string,
  now: number,
): JourneyView | undefined {
  const { request } = journey.state
  const { endReason } = journey
  const isExpired = now >= journey.expiresAt
  // A login that was not finished in time has been ended as well.
  if (journey.finishedAt !== null && !(isExpired && journey.sessionId === null)) {
    return {
      type: 'over',
      sessionId: journey.sessionId,
      request,
      restartPath: createRestartPath(request),
      finishedAt: journey.finishedAt,
      ...(endReason !== undefined && { endReason }),
    }
  }
  return isExpired
    ? { type: 'expired', request, restartPath: createRestartPath(request) }
    : undefined
}
