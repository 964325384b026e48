/**
 * The basic scene of tests: a database, a clock, the parts that every login needs, and records in place of mails and log lines.
 * The scenes of single features add their own parts.
 */

import { createAudit } from '../../identity/audit/audit.ts'
import { createThrottle } from '../../identity/limits/throttle.ts'
import { createHandOver } from '../../identity/operations/hand-over.ts'
import { createLogins } from '../../identity/operations/logins.ts'
import { acrPassword } from '../../identity/policy/assurance.ts'
import { createSessions } from '../../identity/sessions/sessions.ts'
import { createUsers } from '../../identity/users/users.ts'
import type { JourneyData } from '../../login/engine/data.ts'
import { createLoginHooks } from '../../login/engine/ended-logins.ts'
import type { Answers, ClientFacts, StepContext, StepResult } from '../../login/engine/step.ts'
import { createJourneyStore } from '../../login/engine/store.ts'
import { openLockout } from '../../login/factors/index.ts'
import type { AnnounceBound } from '../../login/factors/new-authenticators.ts'
import { createRevokeProofs } from '../../login/factors/revoke-proofs.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { createEvents } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { testKeyring as keyring, testRows } from './keyring.ts'
import { createNotebook } from './notices.ts'
import { openTwoPeople } from './two-people.ts'

/** 2027-01-15T08:00:00Z, in milliseconds. */
export const start = 1_800_000_000_000

/** A clock that is set by hand: `clock.time`, or `clock.pass(minutes(2))`. */
export function createTestClock() {
  const clock = {
    time: start,
    now: () => clock.time,
    pass(ms: number): void {
      clock.time += ms
    },
  }
  return clock
}

/** The node of a test: it ends, and starts anew, with `restart`. */
export function createTestNode() {
  const node = {
    own: 'node 1',
    isGone: async (name: string) => name !== node.own,
    restart(): void {
      node.own = `node ${Number(node.own.slice(5)) + 1}`
    },
  }
  return node
}

/** One node over a database. Nodes that share `clock` share the time. */
export function createScene<SceneClock extends Clock>(db: Database, clock: SceneClock) {
  const { notify, noticed } = createNotebook()
  const announceBound: AnnounceBound = (tx, kind, { authenticatorId: _, ...facts }) =>
    notify(tx, kind, facts)
  const { entries, log } = createLogbook()
  const base = {
    ...{ db, clock, random, notify, log },
    keyring,
    /** Without the link of the mail. */
    announceBound,
    rows: testRows,
    events: createEvents(),
    nodes: createTestNode(),
    audit: createAudit({ clock, keyring }),
  }
  const users = createUsers(base)
  const asker = { budgetKey: 'network:test' }
  const throttle = createThrottle(base)
  const journeys = createJourneyStore(base)
  const sessions = createSessions({ ...base, limits: { idle: hours(2), absolute: hours(12) } })
  const hooks = createLoginHooks({ ...base, store: journeys })
  const logins = createLogins({ ...base, sessions, hooks })
  return {
    ...base,
    users,
    throttle,
    journeys,
    sessions: { ...sessions, handOver: createHandOver({ ...base, sessions }) },
    lockout: openLockout({ ...base, throttle }),
    /** Whose browser it is that steps see: not a known one, until a test says so. */
    asker,
    findBudgetKey: async () => asker.budgetKey,
    logins,
    twoPeople: openTwoPeople(),
    revokeProofs: createRevokeProofs({ ...base, journeys, logins }),
    /** The notices that would have been sent by mail. */
    noticed,
    /** What was logged. */
    entries,

    async addUser(username = 'erika'): Promise<Id<'user'>> {
      return (await users.create(db, { username, displayName: username })).id
    },

    /** A session as after a login that ended just now. */
    signIn: (userId: string, { amr = ['pwd'], acr = acrPassword }: SignedIn = {}) =>
      sessions.create(db, {
        ...{ userId, amr, acr },
        authenticatedAt: clock.now(),
        client: { address: null, userAgent: null },
      }),

    /** Writes the changes of a step; `false`: the version was stale, and nothing was written. */
    async write({ change }: Pick<StepResult<string>, 'change'>): Promise<boolean> {
      return await transact(db, async (tx) => (await change?.write?.(tx)) ?? true)
    },

    /** The data of all audit events of a type, in their order. */
    async listAudit(type: string): Promise<Record<string, unknown>[]> {
      const events = db.selectFrom('audit_events').select('data').where('type', '=', type)
      const rows = await events.orderBy('seq').execute()
      return rows.map((row) => JSON.parse(row.data) as Record<string, unknown>)
    },

    /** The types of all audit events, in their order. */
    async listAuditTypes(): Promise<string[]> {
      const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
      return rows.map(({ type }) => type)
    },
  }
}

export type Scene = ReturnType<typeof createScene>

export interface SignedIn {
  readonly amr?: readonly string[]
  readonly acr?: string
}

/** The step context of a login of this user, in the office, by a browser that reads English. */
export function createStepContext(
  { clock }: { readonly clock: Clock },
  userId: Id<'user'> | undefined,
  { data = {}, answers, client, journeyHash = 'journey' }: StepInput = {},
): StepContext {
  return {
    kind: 'login',
    now: clock.now(),
    journeyHash,
    request: { returnTo: '/' },
    userId,
    data,
    answers,
    client: { ...office, ...client },
    unwrittenProofs: [],
    createRestartPath: () => '/login',
  }
}

export interface StepInput {
  readonly data?: JourneyData
  readonly answers?: Answers | undefined
  readonly client?: Partial<ClientFacts>
  readonly journeyHash?: string
}

export const office: ClientFacts = {
  address: '192.0.2.7',
  place: 'Zentrale',
  browser: { name: 'Firefox', system: 'Windows' },
  userAgent: 'Mozilla/5.0',
  language: 'en',
  session: undefined,
}

/** A log that can be read. */
function createLogbook() {
  const entries: { readonly level: string; readonly entry: object; readonly message: string }[] = []
  const note = (level: string) => (entry: object, message: string) =>
    void entries.push({ level, entry, message })
  const log: Log = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  }
  return { entries, log }
}
