/**
 * A walk over a journey's table, as data: which step it has come to and what it would write. Owns how one step's
 * result changes the walk; runs nothing and writes nothing.
 */
import type { Credentials } from '../../identity/limits/known-browsers.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Message } from '../../platform/ui/message.ts'
import { mergeData } from './data.ts'
import {
  findCancelTo,
  type Journey,
  type JourneyRequest,
  type JourneyState,
  type StepName,
} from './journey.ts'
import type { Form } from './prompt.ts'
import type { Proof } from './proofs.ts'
import type { Answers, Change, ClientFacts, FormError, NewProof, Step, StepResult } from './step.ts'
import type { StoredJourney } from './store.ts'

/** Where a walk over the table has come to, before anything is written. */
export interface Walk {
  readonly journey: StoredJourney
  readonly state: JourneyState
  readonly step: StepName
  readonly end: 'finish' | 'leave' | undefined
  /** The person has left the journey; `text`: what happened to what it had begun. */
  readonly cancelled: Cancelled | undefined
  readonly changes: readonly Change[]
  readonly proofs: readonly Proof[]
  readonly page: WalkPage | undefined
  readonly moved: boolean
}

interface WalkPage {
  readonly form: Form
  readonly formError?: FormError
  readonly supersededBy?: string
  readonly provenPerson?: Credentials
}

export interface Cancelled {
  readonly text: Message | undefined
}

export function startWalk(journey: StoredJourney): Walk {
  return {
    journey,
    state: journey.state,
    step: journey.step,
    end: undefined,
    cancelled: undefined,
    changes: [],
    proofs: [],
    page: undefined,
    moved: false,
  }
}

/** The walk after one step. Only `ask` without a change leaves the journey where it was. */
export function applyResult(
  table: Journey,
  walk: Walk,
  result: StepResult<string>,
  now: number,
): Walk {
  const changed = result.change === undefined ? walk : applyChange(walk, result.change, now)
  if (result.type === 'ask') {
    const { form, formError, supersededBy, provenPerson } = result
    const page = {
      form,
      ...(formError && { formError }),
      ...(supersededBy && { supersededBy }),
      ...(provenPerson && { provenPerson }),
    }
    return { ...changed, page }
  }
  const transition = table.findTransition(walk.step, result.outcome)
  const decision = `${walk.step}:${result.outcome}`
  const state = { ...changed.state, path: withDecision(changed.state.path, decision) }
  const isEnd = transition === 'finish' || transition === 'leave'
  const isCancelled = transition === 'leave' && result.outcome === 'cancelled'
  return {
    ...changed,
    state,
    moved: true,
    step: isEnd ? walk.step : transition,
    end: isEnd ? transition : undefined,
    cancelled: isCancelled ? { text: result.cancelled } : undefined,
  }
}

/** Whether the answer leaves the login for the app without the step: one that can be cancelled itself ends what it has begun. */
export function leavesForApp(step: Step, { state }: Walk, answers: Answers | undefined): boolean {
  if (answers?.action !== 'cancel' || step.outcomes.includes('cancelled')) return false
  return findCancelTo(state.request) !== undefined
}

export function leaveForApp(walk: Walk): Walk {
  const path = withDecision(walk.state.path, `${walk.step}:cancelled`)
  const state = { ...walk.state, path }
  return { ...walk, state, moved: true, end: 'leave', cancelled: { text: undefined } }
}

/** A person who goes back and forth repeats decisions. Each is noted once, so that no path outgrows its table. */
function withDecision(path: readonly string[], decision: string): readonly string[] {
  return path.includes(decision) ? path : [...path, decision]
}

function applyChange(walk: Walk, change: Change, now: number): Walk {
  const userId = change.userId ?? walk.state.userId
  const state = {
    ...walk.state,
    data: mergeData(walk.state.data, change.data ?? {}),
    ...(userId === undefined ? {} : { userId }),
  }
  return {
    ...walk,
    state,
    changes: [...walk.changes, change],
    proofs:
      change.proof === undefined
        ? walk.proofs
        : [...walk.proofs, createProof(change.proof, userId, now)],
    moved: true,
  }
}

function createProof(proof: NewProof, userId: Id<'user'> | undefined, provenAt: number): Proof {
  if (userId === undefined) throw new Error('a proof without a user')
  return { ...proof, userId, provenAt }
}

export function findStep(table: Journey, name: StepName): Step {
  const step = table.steps.get(name)
  if (step === undefined) throw new Error(`journey ${table.kind} has no step ${name}`)
  return step
}

/** How a stored journey is found. */
export type JourneyPlace = Pick<StoredJourney, 'idHash' | 'browserHash' | 'expiresAt'>

/** Every journey but a login and a reset belongs to the session that this browser has. */
export function createJourney(
  table: Journey,
  request: JourneyRequest,
  client: ClientFacts,
  place: JourneyPlace,
): StoredJourney {
  const isOfNone = table.kind === 'login' || table.kind === 'reset'
  const session = isOfNone ? undefined : client.session
  if (!isOfNone && session === undefined) {
    throw new Error(`a journey ${table.kind} needs a session`)
  }
  return {
    ...place,
    kind: table.kind,
    version: 0,
    step: typeof table.first === 'function' ? table.first(request) : table.first,
    state: {
      request,
      data: {},
      path: [],
      ...(session && { userId: session.userId, sessionId: session.id }),
    },
    finishedAt: null,
    sessionId: null,
  }
}
