/**
 * Two tabs of one browser have a login each, and the newer login has superseded the older one: the older tab continues with
 * the newer login. Owns how the tab finds that login, and that it never finds one of another browser.
 *
 * The id of a journey is a secret that is stored only as a hash. It is made from a random seed, which its row keeps, and
 * from the secret of its browser, which only that browser has. So a browser that shows the secret can find its own
 * journeys, and the database alone leads to no journey.
 */
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { EngineOptions } from './advance.ts'
import type { ClientFacts } from './step.ts'
import type { StoredJourney } from './store.ts'
import type { JourneyReference, JourneyView } from './view.ts'
import { StaleVersion } from './write.ts'

/**
 * 256 bits in base64url, as seed and token are. The token, which nobody else knows, stands last, so that no id leads to
 * another one.
 */
export function makeJourneyId(browserToken: string, seed: string): string {
  return sha256(`${seed} ${browserToken}`)
}

export interface Superseded {
  readonly journey: StoredJourney
  readonly reference: JourneyReference
  readonly client: ClientFacts
  /** The hash of the newer journey. */
  readonly by: string
}

/**
 * Ends the older journey and leads to the newer one while that goes on. If the newer one has ended in the session of this
 * browser, leads to what the older one was for. `undefined`: the newer one is of another browser or another user, or led
 * nowhere.
 */
export async function followNewer(
  engine: EngineOptions,
  { journey, reference, client, by }: Superseded,
): Promise<JourneyView | undefined> {
  const { store, db } = engine
  const now = engine.clock.now()
  const newer = await store.find(db, by)
  if (newer === undefined || !isOfSame(journey, newer)) return undefined
  const { seed } = newer.state
  const isOpen = newer.finishedAt === null && now < newer.expiresAt
  const hasSession = newer.sessionId !== null && newer.sessionId === client.session?.id
  if (!hasSession && !(isOpen && seed !== undefined)) return undefined
  if (journey.finishedAt === null) {
    // No person has left this login, so it is no sign of another person who knows the password.
    const state = { ...journey.state, supersededBy: by }
    const ended = { step: journey.step, state, finishedAt: now, sessionId: null }
    if (!(await store.move(db, journey, ended))) throw new StaleVersion()
  }
  return hasSession || seed === undefined
    ? { type: 'left', restartPath: engine.createRestartPath(journey.state.request) }
    : { type: 'moved', journeyId: makeJourneyId(reference.browserToken, seed) }
}

/** Whether the newer one is a login or step-up of the same user and browser; enrolments and tests are about something else. */
function isOfSame(older: StoredJourney, newer: StoredJourney): boolean {
  return (
    newer.idHash !== older.idHash &&
    newer.browserHash === older.browserHash &&
    newer.state.userId !== undefined &&
    newer.state.userId === older.state.userId &&
    (newer.kind === 'login' || newer.kind === 'step_up')
  )
}
