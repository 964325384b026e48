/**
 * The only part that decides how a journey moves. Owns what a browser can do with a journey, and to which browser each
 * journey belongs. begin.ts owns how a journey begins, advance.ts the walk over its table, write.ts how a move is written.
 * Knows no factor, no page and no protocol.
 */

import { createBuckets } from '../../identity/limits/buckets.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { equalInConstantTime, sha256 } from '../../platform/kernel/crypto.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { tryEach } from '../../platform/kernel/try-each.ts'
import { createTurns } from '../../platform/kernel/turns.ts'
import { removeInBatches } from '../../platform/storage/remove.ts'
import { advance, createStepContext, type EngineOptions } from './advance.ts'
import { type Beginning, beginJourney, previewJourney } from './begin.ts'
import { followNewer } from './follow.ts'
import type { JourneyKind, JourneyRequest } from './journey.ts'
import type { ClientFacts, WaitStatus } from './step.ts'
import type { StoredJourney } from './store.ts'
import { findEnd, type JourneyReference, type JourneyView, type Submission } from './view.ts'
import { findStep, startWalk } from './walk.ts'
import { findJourney, isSessionAllowed, StaleVersion } from './write.ts'

/** Wakes the page that waits in this journey. */
export const journeyTopic = (journeyHash: string): string => `journey:${journeyHash}`

/** Per session or link. Each beginning leaves a row, and often another one for what it sets up. */
const beginningsPerMinute = 30
const maxAttempts = 4

/**
 * The engine over its journeys and their rows.
 * @example
 * const engine = createEngine({ ...options, journeys: [login], finish, createRestartPath, lifetime: minutes(20) })
 * const page = await engine.preview('login', request, client)              // writes nothing
 * const moved = await engine.begin({ kind: 'login', request, browserToken, answers }, client)
 * const next = await engine.submit({ journeyId, browserToken }, { version: 1, answers }, client)
 */
export function createEngine(options: EngineOptions) {
  const { clock } = options
  const inTurn = createTurns()
  const beginnings = createBuckets({ clock, limit: beginningsPerMinute })

  /** Throws Fault `too_many_requests`. A login has no session yet; its passwords are limited elsewhere. */
  function admit({ kind, request }: Beginning, { session }: ClientFacts): void {
    const beginner = request.link ?? session?.id
    if (kind === 'login' || beginner === undefined) return
    const refused = beginnings.admit(beginner)
    if (refused !== undefined) throw new Fault('too_many_requests', 'Too many journeys', refused)
  }

  return {
    /** The first page of a journey that does not exist yet. Writes nothing. */
    preview: (
      kind: JourneyKind,
      request: JourneyRequest,
      client: ClientFacts,
    ): Promise<JourneyView> => previewJourney(options, kind, request, client),

    /**
     * The answer to a preview. The first move writes the journey's row, so pages that nobody answers and wrong passwords
     * leave nothing behind. A journey that ends with its first move has no row at all. Throws Fault `too_many_requests`
     * when a session begins one journey after the other.
     */
    async begin(beginning: Beginning, client: ClientFacts): Promise<JourneyView> {
      admit(beginning, client)
      return await beginJourney(options, beginning, client)
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
      // In parallel they would wait for one another in the database, each with a connection that others need.
      return inTurn(reference.journeyId, () => lookOrSubmit(options, reference, client, submission))
    },

    /** What a waiting page that says `shown` needs to know. `undefined`: no such journey, or not this browser's. */
    async status(
      reference: JourneyReference,
      client: ClientFacts,
      shown?: string,
    ): Promise<WaitStatus | undefined> {
      const journey = await findOwnJourney(options, reference)
      if (journey === undefined) return undefined
      const now = clock.now()
      const step = findStep(findJourney(options, journey.kind), journey.step)
      const isOver = journey.finishedAt !== null || now >= journey.expiresAt
      if (isOver || step.status === undefined) {
        return { final: true, status: { key: 'wait.moved' } }
      }
      const walk = startWalk(journey)
      return await step.status(createStepContext(options, walk, { client, now }), shown)
    },

    /** The topic that wakes this browser's page, if the journey is its own and goes on; and the person, if known. */
    async findTopic(
      reference: JourneyReference,
    ): Promise<{ readonly topic: string; readonly person: string | undefined } | undefined> {
      const journey = await findOwnJourney(options, reference)
      if (journey === undefined || journey.finishedAt !== null) return undefined
      return { topic: journeyTopic(journey.idHash), person: journey.state.userId }
    },

    /** Removes journeys an hour after they expired, and proofs that belong to no journey and no session. */
    async purge(): Promise<number> {
      const { db, store } = options
      let removed = 0
      await tryEach([
        async () => {
          removed = await store.purge(db, clock.now() - hours(1))
        },
        () => removeInBatches((limit) => store.purgeProofs(db, limit)),
      ])
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
    if (ended !== undefined) {
      const by = journey.state.supersededBy
      return (by && (await followNewer(engine, { journey, reference, client, by }))) || ended
    }
    const { sessionId, request } = journey.state
    const table = findJourney(engine, journey.kind)
    if (!(await isSessionAllowed(engine.db, table, sessionId, client))) {
      return { type: 'left', restartPath: engine.createRestartPath(request) }
    }
    if (answers !== undefined && submission?.version !== journey.version) {
      answers = undefined
      outdated = true
    }
    try {
      const { journeyId } = reference
      const view = await advance(engine, { journey, journeyId, client, answers, isNew: false })
      if (view.type !== 'page') return view
      const by = view.supersededBy
      const followed = by && (await followNewer(engine, { journey, reference, client, by }))
      if (followed) return followed
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
