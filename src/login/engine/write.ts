/**
 * How a move of a journey is written. Owns the compare-and-swap, and the transaction in which a move, its proofs and its
 * writes happen together or not at all. Knows nothing of how the walk came about.
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { afterCommit, type Transaction, transact } from '../../platform/storage/transact.ts'
import type { JourneyData } from './data.ts'
import type { Journey, JourneyKind, JourneyRequest } from './journey.ts'
import type { Proof } from './proofs.ts'
import type { ClientFacts } from './step.ts'
import type { JourneyPosition, JourneyStore } from './store.ts'
import type { Walk } from './walk.ts'

export interface WriteOptions {
  readonly db: Database
  readonly store: JourneyStore
  readonly journeys: readonly Journey[]
  readonly finish: Finish
}

export interface FinishContext {
  /** What the journey is found by. */
  readonly journeyHash: string
  readonly kind: JourneyKind
  readonly request: JourneyRequest
  readonly userId: Id<'user'>
  readonly sessionId: Id<'session'> | undefined
  readonly proofs: readonly Proof[]
  readonly path: readonly string[]
  readonly data: JourneyData
  readonly client: ClientFacts
  /** SHA-256 of the secret of the browser in which the journey began. */
  readonly browserHash: string
  readonly now: number
}

export interface Finished {
  readonly sessionId: Id<'session'>
  readonly token: string
  /** For a login: the version of the user's credentials that it used. From now on the browser is known as the user's. */
  readonly credentialVersion?: number
  /** The session gets no proof of the journey. */
  readonly isCounted?: false
  /** Runs after the commit. */
  readonly afterCommit?: () => void
}

/**
 * Makes the session, inside the transaction of the last move. `undefined`: it cannot be made any more, and nothing of
 * the move is written.
 */
export type Finish = (tx: Transaction, context: FinishContext) => Promise<Finished | undefined>

/** Another request was faster. The move is undone and the journey looked at again, without the answers. */
export class StaleVersion extends Error {}

/** What the journey began with is no longer valid, or there is no session to make. The move is undone. */
export class Invalidated extends Error {}

/** A walk that is to be written. */
export interface Move {
  readonly walk: Walk
  readonly client: ClientFacts
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The journey has no row yet. */
  readonly isNew: boolean
}

/**
 * Writes a walk, or nothing: throws `StaleVersion` when the journey has moved meanwhile, `Invalidated` when it may not go
 * on. When this returns, what the walk and its session do after the commit is done too.
 */
export async function writeWalk(engine: WriteOptions, move: Move): Promise<Finished | undefined> {
  return await transact(engine.db, async (tx) => {
    const { walk } = move
    const position = await takeMove(engine, tx, move)
    for (const { write } of walk.changes) {
      if (write !== undefined && !(await write(tx))) throw new StaleVersion()
    }
    await noteLeft(engine, tx, walk)
    const finished = walk.end === 'finish' ? await finishWalk(engine, tx, move) : undefined
    await writeEnd(engine, tx, move, { position, finished })
    for (const change of walk.changes) {
      if (change.afterCommit !== undefined) afterCommit(tx, change.afterCommit)
    }
    if (finished?.afterCommit !== undefined) afterCommit(tx, finished.afterCommit)
    return finished
  })
}

async function noteLeft(engine: WriteOptions, tx: Transaction, walk: Walk): Promise<void> {
  const { userId } = walk.state
  if (walk.end !== 'leave' || userId === undefined) return
  await findJourney(engine, walk.journey.kind).noteLeft?.(tx, { userId, step: walk.step })
}

/** Takes the move first: of two at once, the later one stops here, before it reads the proofs that the first has written. */
async function takeMove(
  engine: WriteOptions,
  tx: Transaction,
  { walk, client, now, isNew }: Move,
): Promise<JourneyPosition> {
  const table = findJourney(engine, walk.journey.kind)
  if (!(await isSessionAllowed(tx, table, walk.state.sessionId, client))) throw new StaleVersion()
  const { precondition } = table
  const from = isNew ? walk.state : walk.journey.state
  if (precondition !== undefined && !(await precondition(tx, from))) throw new Invalidated()
  const finishedAt = walk.end === undefined ? null : now
  const position = { step: walk.step, state: walk.state, finishedAt, sessionId: null }
  if (!isNew && !(await engine.store.move(tx, walk.journey, position))) throw new StaleVersion()
  return position
}

/** Writes the session that the journey ends in, the row of a new journey, and the proofs. */
async function writeEnd(
  { store }: WriteOptions,
  tx: Transaction,
  { walk, now, isNew }: Move,
  { position, finished }: { position: JourneyPosition; finished: Finished | undefined },
): Promise<void> {
  const { idHash } = walk.journey
  const sessionId = finished?.sessionId ?? null
  if (!isNew && sessionId !== null) await store.endIn(tx, idHash, sessionId)
  // Nobody comes back to a journey that has ended with its first answer.
  if (isNew && finished === undefined) {
    await store.insert(tx, { ...walk.journey, ...position, sessionId }, now)
  }
  const countedFor = finished?.isCounted === false ? null : sessionId
  for (const proof of walk.proofs) await store.insertProof(tx, idHash, proof, countedFor)
}

/** Throws `Invalidated` when there is no session to make. */
async function finishWalk(
  { finish, store }: WriteOptions,
  tx: Transaction,
  { walk, client, now, isNew }: Move,
): Promise<Finished> {
  const { userId, sessionId, request, path, data } = walk.state
  const { idHash, kind, browserHash } = walk.journey
  if (userId === undefined) throw new Error('a journey cannot finish without a user')
  const earlier = isNew ? [] : await store.proofsOfJourney(tx, idHash)
  const proofs = [...earlier, ...walk.proofs]
  if (proofs.some((proof) => proof.userId !== userId)) throw new Error('a proof of another user')
  const known = { journeyHash: idHash, kind, request, userId, sessionId, proofs, path, data }
  const finished = await finish(tx, { ...known, client, browserHash, now })
  if (finished === undefined) throw new Invalidated()
  if (finished.isCounted !== false && earlier.length > 0) {
    await store.countProofs(tx, idHash, finished.sessionId)
  }
  return finished
}

/**
 * A journey with a session precondition goes on only in the browser that has its session, and only while the precondition
 * is met.
 */
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

export function findJourney(engine: Pick<WriteOptions, 'journeys'>, kind: JourneyKind): Journey {
  const table = engine.journeys.find((journey) => journey.kind === kind)
  if (table === undefined) throw new Error(`no journey ${kind}`)
  return table
}
