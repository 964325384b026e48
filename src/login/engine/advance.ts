/**
 * How a journey advances: the steps run one after the other until one of them asks or the journey ends; then the result is
 * written. Owns the walk and what the browser sees of it.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { tracePiece } from '../../platform/kernel/trace.ts'
import type { JourneyRequest } from './journey.ts'
import type { Answers, ClientFacts, Step, StepContext, StepResult } from './step.ts'
import type { StoredJourney } from './store.ts'
import { createPage, type JourneyView } from './view.ts'
import { applyResult, findStep, leaveForApp, leavesForApp, startWalk, type Walk } from './walk.ts'
import { findJourney, Invalidated, StaleVersion, type WriteOptions, writeWalk } from './write.ts'

export interface EngineOptions extends WriteOptions {
  readonly clock: Clock
  readonly random: Random
  /** The address that begins a request again. */
  readonly createRestartPath: (request: JourneyRequest) => string
  /** Milliseconds that a journey may take. */
  readonly lifetime: number
}

/** One request of a browser to a journey: a look or an answer. */
export interface Attempt {
  readonly journey: StoredJourney
  /** Its address, a secret. */
  readonly journeyId: string
  readonly client: ClientFacts
  /** Absent: the browser only looks. */
  readonly answers: Answers | undefined
  /** The journey has no row yet. */
  readonly isNew: boolean
}

/** What the steps of one walk are given. */
interface Given {
  readonly client: ClientFacts
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly answers?: Answers | undefined
}

/** More steps than any journey has: a table that loops without a question is a mistake. */
const maxSteps = 20

/**
 * Walks, writes the result, and returns what the browser is to see. Throws `StaleVersion` when the journey has moved
 * meanwhile, and `Invalidated` for a new journey that may not go on.
 */
export async function advance(engine: EngineOptions, attempt: Attempt): Promise<JourneyView> {
  const { journey, client, answers, isNew } = attempt
  const now = engine.clock.now()
  const walk = await runSteps(engine, journey, { client, now, answers })
  if (!walk.moved) return createPage(walk)
  const written = await writeWalk(engine, { walk, client, now, isNew }).catch((error: unknown) => {
    if (isNew || !(error instanceof Invalidated)) throw error
    return error
  })
  if (written instanceof Invalidated) return await endInvalidated(engine, journey, now)
  const { request, userId } = walk.state
  if (written !== undefined && userId !== undefined) {
    const { token, credentialVersion } = written
    return {
      type: 'finished',
      journeyId: isNew ? undefined : attempt.journeyId,
      token,
      userId,
      kind: journey.kind,
      request,
      ...(credentialVersion !== undefined && { credentialVersion }),
    }
  }
  if (walk.end === undefined) return { type: 'moved', journeyId: attempt.journeyId }
  const cancelled = walk.cancelled && { kind: journey.kind, request, ...walk.cancelled }
  return {
    type: 'left',
    restartPath: engine.createRestartPath(request),
    ...(cancelled && { cancelled }),
  }
}

/** Runs the steps until one asks or the journey ends. Writes nothing. Only the first step gets the answers. */
export async function runSteps(
  engine: EngineOptions,
  journey: StoredJourney,
  { answers, ...given }: Given,
): Promise<Walk> {
  const table = findJourney(engine, journey.kind)
  let walk = startWalk(journey)
  for (let count = 0; count < maxSteps; count++) {
    const context = createStepContext(engine, walk, count === 0 ? { ...given, answers } : given)
    const step = findStep(table, walk.step)
    if (leavesForApp(step, walk, context.answers)) return leaveForApp(walk)
    const result = await runStep(step, context)
    walk = applyResult(table, walk, result, given.now)
    if (walk.page !== undefined || walk.end !== undefined) return walk
  }
  throw new Error(`journey ${journey.kind} does not come to rest at ${walk.step}`)
}

function runStep(step: Step, context: StepContext): Promise<StepResult<string>> {
  return tracePiece(
    {
      name: `step ${step.name}`,
      kind: 'internal',
      facts: { 'einlass.journey': context.kind },
      describe: (result) => ({
        'einlass.outcome': result.type === 'ask' ? 'asked' : result.outcome,
      }),
    },
    () => step.run(context),
  )
}

export function createStepContext(
  engine: EngineOptions,
  { journey, state, proofs }: Pick<Walk, 'journey' | 'state' | 'proofs'>,
  { client, now, answers }: Given,
): StepContext {
  return {
    kind: journey.kind,
    now,
    journeyHash: journey.idHash,
    request: state.request,
    userId: state.userId,
    data: state.data,
    unwrittenProofs: proofs,
    answers,
    client,
    createRestartPath: () => engine.createRestartPath(state.request),
  }
}

/** The journey ends at its step, without a session, and what was proven in it is worth nothing. */
async function endInvalidated(
  { db, store, createRestartPath }: EngineOptions,
  journey: StoredJourney,
  now: number,
): Promise<JourneyView> {
  const { step, state } = journey
  const ended = await store.move(db, journey, { step, state, finishedAt: now, sessionId: null })
  if (!ended) throw new StaleVersion()
  return { type: 'left', restartPath: createRestartPath(state.request) }
}
