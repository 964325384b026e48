/** How a journey comes into being: a first page that writes nothing, and the answer to it. */
import { sha256 } from '../../platform/kernel/crypto.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import { advance, type EngineOptions, runSteps } from './advance.ts'
import { makeJourneyId } from './follow.ts'
import type { JourneyKind, JourneyRequest } from './journey.ts'
import type { Answers, ClientFacts } from './step.ts'
import { createPage, type JourneyView } from './view.ts'
import { createJourney } from './walk.ts'
import { findJourney, Invalidated, isSessionAllowed, StaleVersion } from './write.ts'

/** The first answer of a browser. */
export interface Beginning {
  readonly kind: JourneyKind
  readonly request: JourneyRequest
  /** The browser's own secret, from its cookie. */
  readonly browserToken: string
  readonly answers: Answers
}

export async function previewJourney(
  engine: EngineOptions,
  kind: JourneyKind,
  request: JourneyRequest,
  client: ClientFacts,
): Promise<JourneyView> {
  const table = findJourney(engine, kind)
  const createLeft = () => createLeftView(engine, request)
  if (!(await isSessionAllowed(engine.db, table, client.session?.id, client))) return createLeft()
  const place = { idHash: '', browserHash: '', expiresAt: 0 }
  const journey = createJourney(table, request, client, place)
  const walk = await runSteps(engine, journey, { client, now: engine.clock.now() })
  // What led to the choice of this journey has changed since.
  if (walk.end === 'leave') return createLeft()
  if (walk.moved) throw new Error(`journey ${kind} moves before anybody answered`)
  return createPage(walk)
}

export async function beginJourney(
  engine: EngineOptions,
  { kind, request, browserToken, answers }: Beginning,
  client: ClientFacts,
): Promise<JourneyView> {
  const seed = newSecret(engine.random)
  const journeyId = makeJourneyId(browserToken, seed)
  const expiresAt = engine.clock.now() + engine.lifetime
  const table = findJourney(engine, kind)
  const createLeft = () => createLeftView(engine, request)
  if (!(await isSessionAllowed(engine.db, table, client.session?.id, client))) return createLeft()
  const place = { idHash: sha256(journeyId), browserHash: sha256(browserToken), expiresAt }
  const created = createJourney(table, request, client, place)
  const journey = { ...created, state: { ...created.state, seed } }
  const move = () => advance(engine, { journey, journeyId, client, answers, isNew: true })
  try {
    // An answer that was invalidated while it was checked is checked again: its password may be a wrong one by now.
    return await move().catch((error: unknown) => {
      if (!(error instanceof Invalidated)) throw error
      return move()
    })
  } catch (error) {
    if (error instanceof Invalidated) return createLeft()
    if (!(error instanceof StaleVersion)) throw error
    if (table.sessionPrecondition !== undefined) return createLeft()
    // The answer was used before. Nothing was written, and the page is shown again.
    const walk = await runSteps(engine, journey, { client, now: engine.clock.now() })
    return { ...createPage(walk), outdated: true }
  }
}

/** Signing the address costs more than the rest of a first page, so only the views that show it make it. */
function createLeftView(engine: EngineOptions, request: JourneyRequest): JourneyView {
  return { type: 'left', restartPath: engine.createRestartPath(request) }
}
