/**
 * The one decider that moves a journey. Owns the walk over the table, the compare-and-swap, and the transaction in
 * which a move, its proofs and its writes happen together or not at all. Knows no factor, no page and no protocol.
 */
import { type Clock, hours } from '../kernel/clock.ts'
import { equalInConstantTime, sha256 } from '../kernel/crypto.ts'
import { Fault } from '../kernel/fault.ts'
import { type Id, newSecret } from '../kernel/ids.ts'
import type { Random } from '../kernel/random.ts'
import type { Database, Queries } from '../storage/database.ts'
import { removeInBatches } from '../storage/remove.ts'
import { transact } from '../storage/transact.ts'
import { createBuckets } from '../users/buckets.ts'
import type { Journey, JourneyKind, JourneyRequest } from './journey.ts'
import type { Answers, ClientFacts, Kept, Visit, WaitStatus } from './step.ts'
import type { JourneyStore, Proof, StoredJourney } from './store.ts'
import { endOf, type Handle, type JourneyView, pageOf, type Submission } from './view.ts'
import { newJourney, startWalk, stepOf, takeResult, type Walk } from './walk.ts'

/** Wakes the page that waits in this journey. */
export const journeyTopic = (journeyHash: string): string => `journey:${journeyHash}`

export interface FinishContext {
  readonly kind: JourneyKind
  readonly request: JourneyRequest
  readonly userId: Id<'user'>
  readonly sessionId: Id<'session'> | undefined
  readonly proofs: readonly Proof[]
  readonly path: readonly string[]
  readonly kept: Kept
  readonly client: ClientFacts
  readonly now: number
}

export interface Finished {
  readonly sessionId: Id<'session'>
  readonly token: string
  /** Of a login: the credentials of its person that it stands on. The browser is known to be theirs from now on. */
  readonly credentialVersion?: number
  /** What the journey has proven does not count for the session. */
  readonly isCounted?: false
  /** Runs after the commit. */
  readonly after?: () => void
}

/**
 * Makes the session, inside the transaction of the last move. `undefined`: there is none to make any more, and nothing of
 * the move is written.
 */
export type Finish = (queries: Queries, context: FinishContext) => Promise<Finished | undefined>

export interface EngineOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly store: JourneyStore
  readonly journeys: readonly Journey[]
  readonly finish: Finish
  /** The address that begins a request again. */
  readonly startOver: (request: JourneyRequest) => string
  /** Milliseconds that a journey may take. */
  readonly lifetime: number
}

/** Somebody was faster. The move is undone and the journey looked at again, without the answers. */
class Outrun extends Error {}

/** What the journey has begun with counts no more, or there is no session to make. The move is undone. */
class Lapsed extends Error {}

/** More steps than any journey has: a table that goes round without a question is a mistake. */
const maxSteps = 20
/** Of one session: each leaves a row, and often another one of what it sets up. */
const beginningsPerMinute = 30
const maxAttempts = 4

export function createEngine(options: EngineOptions) {
  const { clock, random } = options
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
      const table = tableOf(options, kind)
      if (!(await isGuarded(options.db, table, client.session?.id, client))) {
        return { type: 'left', startOver: options.startOver(request) }
      }
      const journey = newJourney(table, '', '', request, client, 0)
      const walk = await walkOn(options, journey, client, now)
      // What the way here was chosen by has changed since.
      if (walk.end === 'leave') return { type: 'left', startOver: options.startOver(request) }
      if (walk.moved) throw new Error(`journey ${kind} moves before anybody answered`)
      return pageOf(walk)
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
      const table = tableOf(options, kind)
      const left = () => ({ type: 'left', startOver: options.startOver(request) }) as const
      if (!(await isGuarded(options.db, table, client.session?.id, client))) return left()
      const journey = newJourney(table, ...hashes, request, client, expiresAt)
      const move = () => advance(options, journey, journeyId, client, answers, true)
      try {
        // What lapsed while it was looked at is looked at again: a password of before is a wrong one by now.
        return await move().catch((error: unknown) => {
          if (!(error instanceof Lapsed)) throw error
          return move()
        })
      } catch (error) {
        if (error instanceof Lapsed) return left()
        if (!(error instanceof Outrun)) throw error
        if (table.guard !== undefined) return left()
        // What was answered has been used before; the page is shown again, and nothing was written.
        const walk = await walkOn(options, journey, client, clock.now())
        return { ...pageOf(walk), outdated: true }
      }
    },

    /**
     * What this browser's journey shows now. A look moves a journey only by evidence that is already in the
     * database, for example an approved challenge; it is never taken for an answer.
     */
    look(handle: Handle, client: ClientFacts): Promise<JourneyView> {
      return visitJourney(options, handle, client, undefined)
    },

    submit(handle: Handle, submission: Submission, client: ClientFacts): Promise<JourneyView> {
      return visitJourney(options, handle, client, submission)
    },

    /** What a waiting page needs to know. `undefined`: no such journey, or not this browser's. */
    async status(handle: Handle, client: ClientFacts): Promise<WaitStatus | undefined> {
      const journey = await findOwn(options, handle)
      if (journey === undefined) return undefined
      const now = clock.now()
      const step = stepOf(tableOf(options, journey.kind), journey.step)
      const isOver = journey.finishedAt !== null || now >= journey.expiresAt
      if (isOver || step.status === undefined) {
        return { final: true, status: { key: 'wait.moved' } }
      }
      return await step.status(visitOf(options, { journey, state: journey.state }, client, now))
    },

    /** The topic on which this browser's page is woken, if the journey is its own and goes on. */
    async topicOf(handle: Handle): Promise<string | undefined> {
      const journey = await findOwn(options, handle)
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

async function visitJourney(
  engine: EngineOptions,
  handle: Handle,
  client: ClientFacts,
  submission: Submission | undefined,
): Promise<JourneyView> {
  let answers = submission?.answers
  let outdated = false
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const journey = await findOwn(engine, handle)
    if (journey === undefined) return { type: 'unknown' }
    const ended = endOf(journey, engine.startOver, engine.clock.now())
    if (ended !== undefined) return ended
    const { sessionId, request } = journey.state
    if (!(await isGuarded(engine.db, tableOf(engine, journey.kind), sessionId, client))) {
      return { type: 'left', startOver: engine.startOver(request) }
    }
    if (answers !== undefined && submission?.version !== journey.version) {
      answers = undefined
      outdated = true
    }
    try {
      const view = await advance(engine, journey, handle.journeyId, client, answers, false)
      if (view.type !== 'page') return view
      // A step that asked may have read what a move at the same moment had just written.
      const current = await engine.store.find(engine.db, journey.idHash)
      if (current !== undefined && current.version !== journey.version) throw new Outrun()
      return { ...view, outdated }
    } catch (error) {
      if (!(error instanceof Outrun)) throw error
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
  const walk = await walkOn(engine, journey, client, now, answers)
  if (!walk.moved) return pageOf(walk)
  const written = await writeWalk(engine, walk, client, now, isNew).catch((error: unknown) => {
    if (isNew || !(error instanceof Lapsed)) throw error
    return error
  })
  if (written instanceof Lapsed) return await endLapsed(engine, journey, now)
  const finished = written
  for (const change of walk.changes) change.after?.()
  finished?.after?.()
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
  if (walk.end !== undefined) return { type: 'left', startOver: engine.startOver(request) }
  return { type: 'moved', journeyId }
}

async function walkOn(
  engine: EngineOptions,
  journey: StoredJourney,
  client: ClientFacts,
  now: number,
  answers?: Answers,
): Promise<Walk> {
  const table = tableOf(engine, journey.kind)
  let walk = startWalk(journey)
  let given = answers
  for (let count = 0; count < maxSteps; count++) {
    const visit = visitOf(engine, walk, client, now, given)
    walk = takeResult(table, walk, await stepOf(table, walk.step).run(visit), now)
    if (walk.page !== undefined || walk.end !== undefined) return walk
    given = undefined
  }
  throw new Error(`journey ${journey.kind} does not come to rest at ${walk.step}`)
}

/** It ends where it was, without a session, and nothing that was proven in it counts. */
async function endLapsed(
  { db, store, startOver }: EngineOptions,
  journey: StoredJourney,
  now: number,
): Promise<JourneyView> {
  const { step, state } = journey
  const ended = await store.move(db, journey, { step, state, finishedAt: now, sessionId: null })
  if (!ended) throw new Outrun()
  return { type: 'left', startOver: startOver(state.request) }
}

/**
 * Writes a walk, or nothing: throws `Outrun` when the journey has moved meanwhile, `Lapsed` when it may not go on.
 */
async function writeWalk(
  engine: EngineOptions,
  walk: Walk,
  client: ClientFacts,
  now: number,
  isNew: boolean,
): Promise<Finished | undefined> {
  const { store } = engine
  const table = tableOf(engine, walk.journey.kind)
  return await transact(engine.db, async (tx) => {
    if (!(await isGuarded(tx, table, walk.state.sessionId, client))) throw new Outrun()
    const { holds } = table
    const from = isNew ? walk.state : walk.journey.state
    if (holds !== undefined && !(await holds(tx, from))) throw new Lapsed()
    const position = {
      step: walk.step,
      state: walk.state,
      finishedAt: walk.end === undefined ? null : now,
      sessionId: null,
    }
    // First of all the move: of two at once the later one stops here, before it reads what the first has made of the
    // journey's proofs.
    if (!isNew && !(await store.move(tx, walk.journey, position))) throw new Outrun()
    for (const change of walk.changes) {
      if (change.write !== undefined && !(await change.write(tx))) throw new Outrun()
    }
    const finished =
      walk.end === 'finish' ? await finishWalk(engine, tx, walk, client, now, isNew) : undefined
    if (walk.end === 'finish' && finished === undefined) throw new Lapsed()
    const sessionId = finished?.sessionId ?? null
    if (!isNew && sessionId !== null) await store.endIn(tx, walk.journey.idHash, sessionId)
    // Nobody comes back to a journey that has ended with its first answer.
    if (isNew && finished === undefined) {
      await store.insert(tx, { ...walk.journey, ...position, sessionId }, now)
    }
    const countedFor =
      finished === undefined || finished.isCounted === false ? null : finished.sessionId
    for (const proof of walk.proofs) {
      await store.insertProof(tx, walk.journey.idHash, proof, countedFor)
    }
    return finished
  })
}

async function finishWalk(
  engine: EngineOptions,
  tx: Queries,
  walk: Walk,
  client: ClientFacts,
  now: number,
  isNew: boolean,
): Promise<Finished | undefined> {
  const { userId, sessionId, request, path, kept } = walk.state
  const { idHash, kind } = walk.journey
  if (userId === undefined) throw new Error('a journey cannot finish without a user')
  const earlier = isNew ? [] : await engine.store.proofsOfJourney(tx, idHash)
  const proofs = [...earlier, ...walk.proofs]
  if (proofs.some((proof) => proof.userId !== userId)) throw new Error('a proof of another user')
  const context = { kind, request, userId, sessionId, proofs, path, kept, client, now }
  const finished = await engine.finish(tx, context)
  if (finished !== undefined && finished.isCounted !== false && earlier.length > 0) {
    await engine.store.countProofs(tx, idHash, finished.sessionId)
  }
  return finished
}

/** A journey with a guard goes on only in the browser that holds its session, and as long as the guard allows it. */
async function isGuarded(
  queries: Queries,
  { guard }: Journey,
  sessionId: string | undefined,
  { session }: ClientFacts,
): Promise<boolean> {
  if (guard === undefined) return true
  return session !== undefined && session.id === sessionId && (await guard(queries, session))
}

async function findOwn(engine: EngineOptions, handle: Handle): Promise<StoredJourney | undefined> {
  const journey = await engine.store.find(engine.db, sha256(handle.journeyId))
  if (journey === undefined) return undefined
  return equalInConstantTime(journey.browserHash, sha256(handle.browserToken)) ? journey : undefined
}

function tableOf(engine: EngineOptions, kind: JourneyKind): Journey {
  const table = engine.journeys.find((journey) => journey.kind === kind)
  if (table === undefined) throw new Error(`no journey ${kind}`)
  return table
}

function visitOf(
  engine: EngineOptions,
  walk: Pick<Walk, 'journey' | 'state'>,
  client: ClientFacts,
  now: number,
  answers?: Answers,
): Visit {
  return {
    kind: walk.journey.kind,
    now,
    journeyHash: walk.journey.idHash,
    request: walk.state.request,
    userId: walk.state.userId,
    kept: walk.state.kept,
    answers,
    client,
    startOver: () => engine.startOver(walk.state.request),
  }
}
