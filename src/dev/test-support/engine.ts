/**
 * For tests: an engine on a real database with steps written as functions, a clock that is set by hand, and counts of
 * what was written.
 */

import type { LiveSession } from '../../identity/sessions/session.ts'
import type { EngineOptions } from '../../login/engine/advance.ts'
import { createEngine } from '../../login/engine/engine.ts'
import type { Journey, StepName, Transition } from '../../login/engine/journey.ts'
import type { Form } from '../../login/engine/prompt.ts'
import type {
  ClientFacts,
  NewProof,
  Step,
  StepContext,
  StepResult,
} from '../../login/engine/step.ts'
import { createJourneyStore } from '../../login/engine/store.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import type { Finish } from '../../login/engine/write.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { message } from '../../platform/ui/message.ts'
import { testRows as rows } from './keyring.ts'
import { createScene, createTestClock, start } from './scene.ts'

export const lifetime = 600_000
export const request = { appId: 'app_mail', returnTo: '/sso/oidc/abc' } as const
export const browserToken = 'the-browser'

export const client: ClientFacts = {
  address: '192.0.2.7',
  place: undefined,
  browser: { name: 'Firefox', system: 'Windows' },
  userAgent: 'Mozilla/5.0',
  language: 'de',
  session: undefined,
}

export const form: Form = { title: message('login.title'), width: 'narrow', prompts: [] }
export const asks = { type: 'ask', form } as const

export const passwordProof: NewProof = {
  factor: 'password',
  strength: 'knowledge',
  amr: ['pwd'],
  authenticatorId: null,
}

export const pushProof: NewProof = {
  factor: 'push',
  strength: 'number',
  amr: ['swk', 'user'],
  authenticatorId: 'dev_a',
}

/** A step with this `run`, whose results the engine takes as they are. */
export function step(
  name: StepName,
  run: (context: StepContext) => StepResult<string> | Promise<StepResult<string>>,
): Step {
  return { name, outcomes: [], run: async (context) => run(context) }
}

/** A journey whose ways are written as `step:outcome`. */
export function table(
  steps: readonly Step[],
  ways: Readonly<Record<string, Transition>>,
  kind: Journey['kind'] = 'login',
): Journey {
  const first = steps[0]
  if (first === undefined) throw new Error('a journey without steps')
  return {
    kind,
    first: first.name,
    steps: new Map(steps.map((one) => [one.name, one])),
    findTransition(from, outcome) {
      const transition = ways[`${from}:${outcome}`]
      if (transition === undefined) throw new Error(`no transition from ${from} by ${outcome}`)
      return transition
    },
  }
}

/** Asks for the password `right`, then leaves the floor to `second`, which finishes by `done` and leaves by `left`. */
export function twoSteps(userId: Id<'user'>, second: Parameters<typeof step>[1]): Journey {
  return table(
    [
      step('fake/password', ({ answers }) =>
        answers?.password === 'right'
          ? { type: 'done', outcome: 'passed', change: { userId, proof: passwordProof } }
          : asks,
      ),
      step('fake/second', second),
    ],
    {
      'fake/password:passed': 'fake/second',
      'fake/second:done': 'finish',
      'fake/second:left': 'leave',
    },
  )
}

export const sessionId = 'ses_new' as Id<'session'>
export const finishes: Finish = async () => ({ sessionId, token: 'the-token' })

export function createSessionFor(userId: Id<'user'>): LiveSession {
  return {
    id: 'ses_old' as Id<'session'>,
    userId,
    username: 'erika',
    displayName: 'Erika',
    email: null,
    role: 'user',
    managedBy: null,
    amr: ['pwd'],
    acr: 'urn:einlass:acr:password',
    authenticatedAt: start,
    tokenHash: 'of the session',
  }
}

export function createTestEngine(
  db: Database,
  journeys: readonly Journey[],
  options: Partial<Pick<EngineOptions, 'finish' | 'store'>> = {},
) {
  const clock = createTestClock()
  const store = options.store ?? createJourneyStore({ random: systemRandom, rows })
  const engine = createEngine({
    db,
    clock,
    random: systemRandom,
    store,
    journeys,
    finish: options.finish ?? finishes,
    createRestartPath: ({ appId }) => `/login?app=${appId ?? ''}`,
    lifetime,
  })
  return {
    engine,
    store,
    clock,
    pass: clock.pass,
    begin: (answers: Readonly<Record<string, string>> = { password: 'right' }) =>
      engine.begin({ kind: 'login', request, browserToken, answers }, client),
  }
}

export const addUser = (db: Database, username: string) =>
  createScene(db, createTestClock()).addUser(username)

/** The reference to a journey that was just begun or moved. */
export function readReference(view: JourneyView) {
  if (view.type !== 'moved') throw new Error(`it is ${view.type}`)
  return { journeyId: view.journeyId, browserToken }
}

export function storedAs({ journeyId }: { readonly journeyId: string }): string {
  return sha256(journeyId)
}

export function journeysIn(db: Database) {
  return db.selectFrom('journeys').selectAll().execute()
}

export function proofsIn(db: Database) {
  return db.selectFrom('proofs').selectAll().orderBy('proven_at').execute()
}
