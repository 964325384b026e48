/**
 * The one decider that moves a journey. Owns the walk over the table and what a browser sees of it; write.ts owns how a
 * move is written. Knows no factor, no page and no protocol.
 */

import { createBuckets } from '../../identity/limits/buckets.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { equalInConstantTime, sha256 } from '../../platform/kernel/crypto.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { createTurns } from '../../platform/kernel/turns.ts'
import { removeInBatches } from '../../platform/storage/remove.ts'
import type { JourneyKind, JourneyRequest } from './journey.ts'
import type { Answers, ClientFacts, StepContext, WaitStatus } from './step.ts'
import type { StoredJourney } from './store.ts'
import {
  createPage,
  findEnd,
  type JourneyReference,
  type JourneyView,
  type Submission,
} from './view.ts'
import { applyResult, createJourney, findStep, startWalk, type Walk } from './walk.ts'
import {
  findJourney,
  Invalidated,
  isSessionAllowed,
  StaleVersion,
  type WriteOptions,
  writeWalk,
} from './write.ts'

/** Wakes the page that waits in this journey. */
export const journeyTopic = (journeyHash: string): string => `journey:${journeyHash}`

export interface EngineOptions extends WriteOptions {
  readonly clock: Clock
  readonly random: Random
  /** The address that begins a request again. */
  readonly createRestartPath: (request: JourneyRequest) => string
  /** Milliseconds that a journey may take. */
  readonly lifetime: number
}

/** More steps than any journey has: a table that goes round without a question is a mistake. */
const maxSteps = 20
/** Of one session: each leaves a row, and often another one of what it sets up. */
const beginningsPerMinute = 30
const maxAttempts = 4

export function createEngine(options: EngineOptions) {
  const { clock, random } = options
  const inTurn = createTurns()
  const beginnings = createBuckets({ clock, perMinute: beginningsPerMinute })

  /** Throws Fault `too_many_requests`. A login has no session yet; its passwords are limited elsewhere. */
  function admit(kind: JourneyKind, { session }: ClientFacts): void {
    if (kind === 'login' || session === undefined) return
    const refused = beginnings.admit(session.id)
    if (refused !== undefined) throw new Fault('too_many_requests', 'Too many journeys', refused)
  }

  return {
    /** The first page of a journey that does not exist yet. Writes nothing. */
    async preview(
      kind: JourneyKind,
      request: JourneyRequest,
      client: ClientFacts,
    ): Promise<JourneyView> {
      const now = clock.now()
      const table = findJourney(options, kind)
      if (!(await isSessionAllowed(options.db, table, client.session?.id, client))) {
        return { type: 'left', restartPath: options.createRestartPath(request) }
      }
      const journey = createJourney(table, '', '', request, client, 0)
      const walk = await runSteps(options, journey, client, now)
      // What the way here was chosen by has changed since.
      if (walk.end === 'leave')
        return { type: 'left', restartPath: options.createRestartPath(request) }
      if (walk.moved) throw new Error(`journey ${kind} moves before anybody answered`)
      return createPage(walk)
    },

    /**
     * The answer to a preview. The journey's row comes into being with its first move, so that pages which nobody
     * answers and wrong passwords leave nothing behind; and with none when that move finishes the journey. Throws Fault
     * `too_many_requests` when a session begins one after the other.
     */
    async begin(
      kind: JourneyKind,
      request: JourneyRequest,
      browserToken: string,
      answers: Answers,
      client: ClientFacts,
    ): Promise<JourneyView> {
      admit(kind, client)
      const journeyId = newSecret(random)
      const expiresAt = clock.now() + options.lifetime
      const hashes = [sha256(journeyId), sha256(browserToken)] as const
      const table = findJourney(options, kind)
      const left = () =>
        ({ type: 'left', restartPath: options.createRestartPath(request) }) as const
      if (!(await isSessionAllowed(options.db, table, client.session?.id, client))) return left()
      const journey = createJourney(table, ...hashes, request, client, expiresAt)
      const move = () => advance(options, journey, journeyId, client, answers, true)
      try {
        // What lapsed while it was looked at is looked at again: a password of before is a wrong one by now.
        return await move().catch((error: unknown) => {
          if (!(error instanceof Invalidated)) throw error
          return move()
        })
      } catch (error) {
        if (error instanceof Invalidated) return left()
        if (!(error instanceof StaleVersion)) throw error
        if (table.sessionPrecondition !== undefined) return left()
        // What was answered has been used before; the page is shown again, and nothing was written.
        const walk = await runSteps(options, journey, client, clock.now())
        return { ...createPage(walk), outdated: true }
      }
    },

    /**
     * What this browser's journey shows now. A look moves a journey only by evidence that is already in the
     * database, for example an approved challenge; it is never taken for an answer.
     */
    look(reference: JourneyReference, client: ClientFacts): Promise<JourneyView> {
      return lookOrSubmit(options, reference, client, undefined)
    },

    submit(
      reference: JourneyReference,
      submission: Submission,
      client: ClientFacts,
    ): Promise<JourneyView> {
      // At once they would wait for one another in the database, each with a connection that others need.
      return inTurn(reference.journeyId, () => lookOrSubmit(options, reference, client, submission))
    },

    /** What a waiting page needs to know. `undefined`: no such journey, or not this browser's. */
    async status(
      reference: JourneyReference,
      client: ClientFacts,
    ): Promise<WaitStatus | undefined> {
      const journey = await findOwnJourney(options, reference)
      if (journey === undefined) return undefined
      const now = clock.now()
      const step = findStep(findJourney(options, journey.kind), journey.step)
      const isOver = journey.finishedAt !== null || now >= journey.expiresAt
      if (isOver || step.status === undefined) {
        return { final: true, status: { key: 'wait.moved' } }
      }
      return await step.status(
        createStepContext(options, { journey, state: journey.state }, client, now),
      )
    },

    /** The topic on which this browser's page is woken, if the journey is its own and goes on. */
    async topicOf(reference: JourneyReference): Promise<string | undefined> {
      const journey = await findOwnJourney(options, reference)
      if (journey === undefined || journey.finishedAt !== null) return undefined
      return journeyTopic(journey.idHash)
    },

    /** Removes journeys an hour after they expired, and proofs that count neither for one nor for a session. */
    async purge(): Promise<number> {
      const { db, store } = options
      const before = clock.now() - hours(1)
      const removed = await removeInBatches((limit) => store.purge(db, before, limit))
      await removeInBatches((limit) => store.purgeProofs(db, limit))
      return removed
    },
  }
}

export type Engine = ReturnType<typeof createEngine>

async function lookOrSubmit(
  engine: EngineOptions,
  reference: JourneyReference,
  client: ClientFacts,
  submission: Submission | undefined,
): Promise<JourneyView> {
  let answers = submission?.answers
  let outdated = false
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const journey = await findOwnJourney(engine, reference)
    if (journey === undefined) return { type: 'unknown' }
    const ended = findEnd(journey, engine.createRestartPath, engine.clock.now())
    if (ended !== undefined) return ended
    const { sessionId, request } = journey.state
    if (
      !(await isSessionAllowed(engine.db, findJourney(engine, journey.kind), sessionId, client))
    ) {
      return { type: 'left', restartPath: engine.createRestartPath(request) }
    }
    if (answers !== undefined && submission?.version !== journey.version) {
      answers = undefined
      outdated = true
    }
    try {
      const view = await advance(engine, journey, reference.journeyId, client, answers, false)
      if (view.type !== 'page') return view
      // A step that asked may have read what a move at the same moment had just written.
      const current = await engine.store.find(engine.db, journey.idHash)
      if (current !== undefined && current.version !== journey.version) throw new StaleVersion()
      return { ...view, outdated }
    } catch (error) {
      if (!(error instanceof StaleVersion)) throw error
      outdated = answers !== undefined || outdated
      answers = undefined
    }
  }
  throw new Error('a journey is moved by too many at once')
}

/** Walks, writes what came out of it, and says what the browser is to see. */
async function advance(
  engine: EngineOptions,
  journey: StoredJourney,
  journeyId: string,
  client: ClientFacts,
  answers: Answers | undefined,
  isNew: boolean,
): Promise<JourneyView> {
  const now = engine.clock.now()
  const walk = await runSteps(engine, journey, client, now, answers)
  if (!walk.moved) return createPage(walk)
  const written = await writeWalk(engine, walk, client, now, isNew).catch((error: unknown) => {
    if (isNew || !(error instanceof Invalidated)) throw error
    return error
  })
  if (written instanceof Invalidated) return await endInvalidated(engine, journey, now)
  const finished = written
  for (const change of walk.changes) change.afterCommit?.()
  finished?.afterCommit?.()
  const { request, userId } = walk.state
  if (finished !== undefined && userId !== undefined) {
    const { kind } = journey
    const id = isNew ? undefined : journeyId
    const { token, credentialVersion } = finished
    return {
      type: 'finished',
      ...{ journeyId: id, token, userId, kind, request },
      ...(credentialVersion !== undefined && { credentialVersion }),
    }
  }
  if (walk.end !== undefined)
    return { type: 'left', restartPath: engine.createRestartPath(request) }
  return { type: 'moved', journeyId }
}

async function runSteps(
  engine: EngineOptions,
  journey: StoredJourney,
  client: ClientFacts,
  now: number,
  answers?: Answers,
): Promise<Walk> {
  const table = findJourney(engine, journey.kind)
  let walk = startWalk(journey)
  let given = answers
  for (let count = 0; count < maxSteps; count++) {
    const context = createStepContext(engine, walk, client, now, given)
    walk = applyResult(table, walk, await findStep(table, walk.step).run(context), now)
    if (walk.page !== undefined || walk.end !== undefined) return walk
    given = undefined
  }
  throw new Error(`journey ${journey.kind} does not come to rest at ${walk.step}`)
}

/** It ends where it was, without a session, and nothing that was proven in it counts. */
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

async function findOwnJourney(
  engine: EngineOptions,
  reference: JourneyReference,
): Promise<StoredJourney | undefined> {
  const journey = await engine.store.find(engine.db, sha256(reference.journeyId))
  if (journey === undefined) return undefined
  return equalInConstantTime(journey.browserHash, sha256(reference.browserToken))
    ? journey
    : undefined
}

function createStepContext(
  engine: EngineOptions,
  walk: Pick<Walk, 'journey' | 'state'>,
  client: ClientFacts,
  now: number,
  answers?: Answers,
): StepContext {
  return {
    kind: walk.journey.kind,
    now,
    journeyHash: walk.journey.idHash,
    request: walk.state.request,
    userId: walk.state.userId,
    data: walk.state.data,
    answers,
    client,
    createRestartPath: () => engine.createRestartPath(walk.state.request),
  }
}
