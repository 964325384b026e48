/**
 * How a move of a journey is written. Owns the compare-and-swap, and the transaction in which a move, its proofs and its
 * writes happen together or not at all. Knows nothing of how the walk came about.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Journey, JourneyKind, JourneyRequest } from './journey.ts'
import type { ClientFacts, JourneyData } from './step.ts'
import type { JourneyStore, Proof } from './store.ts'
import type { Walk } from './walk.ts'

export interface WriteOptions {
  readonly db: Database
  readonly store: JourneyStore
  readonly journeys: readonly Journey[]
  readonly finish: Finish
}

export interface FinishContext {
  readonly kind: JourneyKind
  readonly request: JourneyRequest
  readonly userId: Id<'user'>
  readonly sessionId: Id<'session'> | undefined
  readonly proofs: readonly Proof[]
  readonly path: readonly string[]
  readonly data: JourneyData
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
  readonly afterCommit?: () => void
}

/**
 * Makes the session, inside the transaction of the last move. `undefined`: there is none to make any more, and nothing of
 * the move is written.
 */
export type Finish = (tx: Transaction, context: FinishContext) => Promise<Finished | undefined>

/** Somebody was faster. The move is undone and the journey looked at again, without the answers. */
export class StaleVersion extends Error {}

/** What the journey has begun with counts no more, or there is no session to make. The move is undone. */
export class Invalidated extends Error {}

/**
 * Writes a walk, or nothing: throws `StaleVersion` when the journey has moved meanwhile, `Invalidated` when it may not go on.
 */
export async function writeWalk(
  engine: WriteOptions,
  walk: Walk,
  client: ClientFacts,
  now: number,
  isNew: boolean,
): Promise<Finished | undefined> {
  const { store } = engine
  const table = findJourney(engine, walk.journey.kind)
  return await transact(engine.db, async (tx) => {
    if (!(await isSessionAllowed(tx, table, walk.state.sessionId, client))) throw new StaleVersion()
    const { precondition } = table
    const from = isNew ? walk.state : walk.journey.state
    if (precondition !== undefined && !(await precondition(tx, from))) throw new Invalidated()
    const position = {
      step: walk.step,
      state: walk.state,
      finishedAt: walk.end === undefined ? null : now,
      sessionId: null,
    }
    // First of all the move: of two at once the later one stops here, before it reads what the first has made of the
    // journey's proofs.
    if (!isNew && !(await store.move(tx, walk.journey, position))) throw new StaleVersion()
    for (const change of walk.changes) {
      if (change.write !== undefined && !(await change.write(tx))) throw new StaleVersion()
    }
    const finished =
      walk.end === 'finish' ? await finishWalk(engine, tx, walk, client, now, isNew) : undefined
    if (walk.end === 'finish' && finished === undefined) throw new Invalidated()
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
  engine: WriteOptions,
  tx: Transaction,
  walk: Walk,
  client: ClientFacts,
  now: number,
  isNew: boolean,
): Promise<Finished | undefined> {
  const { userId, sessionId, request, path, data } = walk.state
  const { idHash, kind } = walk.journey
  if (userId === undefined) throw new Error('a journey cannot finish without a user')
  const earlier = isNew ? [] : await engine.store.proofsOfJourney(tx, idHash)
  const proofs = [...earlier, ...walk.proofs]
  if (proofs.some((proof) => proof.userId !== userId)) throw new Error('a proof of another user')
  const context = { kind, request, userId, sessionId, proofs, path, data, client, now }
  const finished = await engine.finish(tx, context)
  if (finished !== undefined && finished.isCounted !== false && earlier.length > 0) {
    await engine.store.countProofs(tx, idHash, finished.sessionId)
  }
  return finished
}

/** A journey with a session precondition goes on only in the browser that has its session, and while that is met. */
export async function isSessionAllowed(
  queries: Queries,
  { sessionPrecondition }: Journey,
  sessionId: string | undefined,
  { session }: ClientFacts,
): Promise<boolean> {
  if (sessionPrecondition === undefined) return true
  return (
    session !== undefined &&
    session.id === sessionId &&
    (await sessionPrecondition(queries, session))
  )
}

export function findJourney(engine: WriteOptions, kind: JourneyKind): Journey {
  const table = engine.journeys.find((journey) => journey.kind === kind)
  if (table === undefined) throw new Error(`no journey ${kind}`)
  return table
}
