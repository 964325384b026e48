/**
 * The one decider that moves a journey. Owns the walk over the table, the compare-and-swap, and the transaction in
 * which a move, its proofs and its writes happen together or not at all. Knows no factor, no page and no protocol.
 */
import type { Clock } from '../kernel/clock.ts'
import { equalInConstantTime, sha256 } from '../kernel/crypto.ts'
import { type Id, newSecret } from '../kernel/ids.ts'
import type { Random } from '../kernel/random.ts'
import type { Database, Queries } from '../storage/database.ts'
import type { Journey, JourneyKind, JourneyRequest, StepName } from './journey.ts'
import type { Ask } from './prompt.ts'
import type { Answers, ClientFacts, Complaint, Visit, WaitStatus } from './step.ts'
import type { JourneyStore, Proof, StoredJourney } from './store.ts'
import { newJourney, startWalk, stepOf, takeResult, type Walk } from './walk.ts'

/** Wakes the page that waits in this journey. */
export const journeyTopic = (journeyHash: string): string => `journey:${journeyHash}`

/** What a browser shows to prove that a journey is its own: the address and the cookie. Both are secrets. */
export interface Handle {
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
  readonly ask: Ask
  readonly complaint?: Complaint
  readonly request: JourneyRequest
  readonly startOver: string
  /** The answer was for a page that this journey has left; nothing was changed. */
  readonly outdated: boolean
}

export type JourneyView =
  | JourneyPage
  /** The journey went on; its address shows where it is now. */
  | { readonly type: 'moved'; readonly journeyId: string }
  /** This very request ended the journey; the token is for the session cookie and is told only once. */
  | { readonly type: 'finished'; readonly journeyId: string; readonly token: string; readonly request: JourneyRequest }
  /** It had ended in a session before. */
  | { readonly type: 'over'; readonly sessionId: Id<'session'> | null; readonly request: JourneyRequest; readonly startOver: string }
  | { readonly type: 'left'; readonly startOver: string }
  | { readonly type: 'expired'; readonly startOver: string }
  /** No such journey, or not this browser's. */
  | { readonly type: 'unknown' }

export interface FinishContext {
  readonly kind: JourneyKind
  readonly request: JourneyRequest
  readonly userId: Id<'user'>
  readonly sessionId: Id<'session'> | undefined
  readonly proofs: readonly Proof[]
  readonly path: readonly string[]
  readonly client: ClientFacts
  readonly now: number
}

export interface Finished {
  readonly sessionId: Id<'session'>
  readonly token: string
  /** Runs after the commit. */
  readonly after?: () => void
}

/** Makes the session, inside the transaction of the last move. `undefined`: there is none to make any more. */
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

/** More steps than any journey has: a table that goes round without a question is a mistake. */
const maxSteps = 20
const maxAttempts = 4

export function createEngine(options: EngineOptions) {
  const { db, clock, random, store, startOver } = options
  const journeys = new Map(options.journeys.map((journey) => [journey.kind, journey]))

  function journeyOf(kind: JourneyKind): Journey {
    const journey = journeys.get(kind)
    if (journey === undefined) throw new Error(`no journey ${kind}`)
    return journey
  }

  function visitOf(
    walk: Pick<Walk, 'journey' | 'state'>,
    client: ClientFacts,
    now: number,
    answers?: Answers,
  ): Visit {
    return {
      now,
      journeyHash: walk.journey.idHash,
      request: walk.state.request,
      userId: walk.state.userId,
      kept: walk.state.kept,
      answers,
      client,
      startOver: startOver(walk.state.request),
    }
  }

  async function walkOn(
    journey: StoredJourney,
    client: ClientFacts,
    now: number,
    answers?: Answers,
  ): Promise<Walk> {
    const table = journeyOf(journey.kind)
    let walk = startWalk(journey)
    let given = answers
    for (let count = 0; count < maxSteps; count++) {
      const step = stepOf(table, walk.step)
      const result = await step.run(visitOf(walk, client, now, given))
      given = undefined
      walk = takeResult(table, walk, result, now)
      if (walk.page !== undefined || walk.end !== undefined) return walk
    }
    throw new Error(`journey ${journey.kind} does not come to rest at ${walk.step}`)
  }

  /** Writes a walk. Throws `Outrun` when the journey has moved meanwhile, and then nothing is written. */
  async function write(walk: Walk, client: ClientFacts, now: number, isNew: boolean) {
    return await db.transaction().execute(async (tx) => {
      const finished = walk.end === 'finish' ? await finishWalk(tx, walk, client, now, isNew) : undefined
      const position = {
        step: walk.step,
        state: walk.state,
        finishedAt: walk.end === undefined ? null : now,
        sessionId: finished?.sessionId ?? null,
      }
      if (isNew) await store.insert(tx, { ...walk.journey, ...position }, now)
      else if (!(await store.move(tx, walk.journey, position))) throw new Outrun()
      for (const proof of walk.proofs) {
        await store.insertProof(tx, walk.journey.idHash, proof, position.sessionId)
      }
      for (const change of walk.changes) {
        if (change.write !== undefined && !(await change.write(tx))) throw new Outrun()
      }
      return finished
    })
  }

  async function finishWalk(tx: Queries, walk: Walk, client: ClientFacts, now: number, isNew: boolean) {
    const { userId, sessionId, request, path } = walk.state
    if (userId === undefined) throw new Error('a journey cannot finish without a user')
    const earlier = isNew ? [] : await store.proofsOfJourney(tx, walk.journey.idHash)
    const kind = walk.journey.kind
    const proofs = [...earlier, ...walk.proofs]
    if (proofs.some((proof) => proof.userId !== userId)) throw new Error('a proof of another user')
    const finished = await options.finish(tx, {
      kind,
      request,
      userId,
      sessionId,
      proofs,
      path,
      client,
      now,
    })
    if (finished !== undefined && earlier.length > 0) {
      await store.countProofs(tx, walk.journey.idHash, finished.sessionId)
    }
    return finished
  }

  /** Walks, writes what came out of it, and says what the browser is to see. */
  async function advance(
    journey: StoredJourney,
    journeyId: string,
    client: ClientFacts,
    answers: Answers | undefined,
    isNew: boolean,
  ): Promise<JourneyView> {
    const now = clock.now()
    const walk = await walkOn(journey, client, now, answers)
    if (!walk.moved) return pageOf(walk, false)
    const finished = await write(walk, client, now, isNew)
    for (const change of walk.changes) change.after?.()
    finished?.after?.()
    if (finished !== undefined) {
      return { type: 'finished', journeyId, token: finished.token, request: walk.state.request }
    }
    if (walk.end !== undefined) return { type: 'left', startOver: startOver(walk.state.request) }
    return { type: 'moved', journeyId }
  }

  function pageOf(walk: Walk, outdated: boolean): JourneyView {
    if (walk.page === undefined) throw new Error('a walk that did not move has a page')
    return {
      type: 'page',
      kind: walk.journey.kind,
      step: walk.step,
      version: walk.journey.version,
      ask: walk.page.ask,
      ...(walk.page.complaint === undefined ? {} : { complaint: walk.page.complaint }),
      request: walk.state.request,
      startOver: startOver(walk.state.request),
      outdated,
    }
  }

  async function findOwn(handle: Handle): Promise<StoredJourney | undefined> {
    const journey = await store.find(db, sha256(handle.journeyId))
    if (journey === undefined) return undefined
    return equalInConstantTime(journey.browserHash, sha256(handle.browserToken)) ? journey : undefined
  }

  async function visit(
    handle: Handle,
    client: ClientFacts,
    submission: Submission | undefined,
  ): Promise<JourneyView> {
    let answers = submission?.answers
    let outdated = false
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const journey = await findOwn(handle)
      if (journey === undefined) return { type: 'unknown' }
      const ended = endOf(journey, startOver, clock.now())
      if (ended !== undefined) return ended
      if (answers !== undefined && submission?.version !== journey.version) {
        answers = undefined
        outdated = true
      }
      try {
        const view = await advance(journey, handle.journeyId, client, answers, false)
        return view.type === 'page' ? { ...view, outdated } : view
      } catch (error) {
        if (!(error instanceof Outrun)) throw error
        outdated = answers !== undefined || outdated
        answers = undefined
      }
    }
    throw new Error('a journey is moved by too many at once')
  }

  return {
    /** The first page of a journey that does not exist yet. Writes nothing. */
    async preview(kind: JourneyKind, request: JourneyRequest, client: ClientFacts): Promise<JourneyView> {
      const now = clock.now()
      const walk = await walkOn(newJourney(journeyOf(kind), '', '', request, client, 0), client, now)
      if (walk.moved) throw new Error(`journey ${kind} moves before anybody answered`)
      return pageOf(walk, false)
    },

    /**
     * The answer to a preview. The journey's row comes into being with its first move, so that pages which nobody
     * answers and wrong passwords leave nothing behind.
     */
    async begin(
      kind: JourneyKind,
      request: JourneyRequest,
      browserToken: string,
      answers: Answers,
      client: ClientFacts,
    ): Promise<JourneyView> {
      const journeyId = newSecret(random)
      const expiresAt = clock.now() + options.lifetime
      const hashes = [sha256(journeyId), sha256(browserToken)] as const
      const journey = newJourney(journeyOf(kind), ...hashes, request, client, expiresAt)
      return await advance(journey, journeyId, client, answers, true)
    },

    /**
     * What this browser's journey shows now. A look moves a journey only by evidence that is already in the
     * database, for example an approved challenge; it is never taken for an answer.
     */
    look(handle: Handle, client: ClientFacts): Promise<JourneyView> {
      return visit(handle, client, undefined)
    },

    submit(handle: Handle, submission: Submission, client: ClientFacts): Promise<JourneyView> {
      return visit(handle, client, submission)
    },

    /** What a waiting page needs to know. `undefined`: no such journey, or not this browser's. */
    async status(handle: Handle, client: ClientFacts): Promise<WaitStatus | undefined> {
      const journey = await findOwn(handle)
      if (journey === undefined) return undefined
      const now = clock.now()
      const step = stepOf(journeyOf(journey.kind), journey.step)
      const isOver = journey.finishedAt !== null || now >= journey.expiresAt
      if (isOver || step.status === undefined) {
        return { final: true, status: { key: 'wait.moved' } }
      }
      return await step.status(visitOf({ journey, state: journey.state }, client, now))
    },

    /** The topic on which this browser's page is woken, if the journey is its own and goes on. */
    async topicOf(handle: Handle): Promise<string | undefined> {
      const journey = await findOwn(handle)
      if (journey === undefined || journey.finishedAt !== null) return undefined
      return journeyTopic(journey.idHash)
    },

    /** Removes journeys an hour after they expired. */
    purge(): Promise<number> {
      return store.purge(db, clock.now() - 60 * 60 * 1000, 1000)
    },
  }
}

export type Engine = ReturnType<typeof createEngine>

function endOf(
  journey: StoredJourney,
  startOver: (request: JourneyRequest) => string,
  now: number,
): JourneyView | undefined {
  const again = startOver(journey.state.request)
  if (journey.finishedAt !== null) {
    const { sessionId } = journey
    return { type: 'over', sessionId, request: journey.state.request, startOver: again }
  }
  return now >= journey.expiresAt ? { type: 'expired', startOver: again } : undefined
}
