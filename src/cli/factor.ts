/**
 * `einlass factor …`: what people confirm with, for a service desk. Sessions that stand on what is taken away end with
 * it. Whoever has nothing left is asked to set something up at the next login, as far as the rule of an app wants it.
 */
import { z } from 'zod'
import { type Audit, createAudit } from '../identity/audit/audit.ts'
import { createThrottle } from '../identity/limits/throttle.ts'
import { findUser } from '../identity/operations/users.ts'
import { createHasher } from '../identity/users/hasher.ts'
import type { User } from '../identity/users/user.ts'
import { createJourneyStore } from '../login/engine/store.ts'
import { createAttempts } from '../login/factors/attempts.ts'
import { createEndProven } from '../login/factors/end-proven.ts'
import { factorEvents } from '../login/factors/events.ts'
import type { Authenticator } from '../login/factors/factor.ts'
import { createHoldings } from '../login/factors/holdings.ts'
import { type FactorKind, factorKinds, listFactors } from '../login/factors/index.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { createEvents } from '../platform/kernel/events.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import type { Database } from '../platform/storage/database.ts'
import { type Transaction, transact } from '../platform/storage/transact.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { type Wake, withDatabase, withKeyring } from './database.ts'
import { checkInput } from './input.ts'
import { openLogins, openNotifyFor, users } from './operations.ts'
import { by } from './operator.ts'
import { formatTable } from './table.ts'

/** The authenticators of people, without anything that could ask for them. */
function openFactors(config: Config, db: Database, keyring: Keyring, wake: Wake) {
  const audit = createAudit({ clock })
  const notify = openNotifyFor(config)
  const attempts = createAttempts({
    db,
    clock,
    throttle: createThrottle({ clock }),
    audit,
    notify,
  })
  const hasher = createHasher({ cores: 1, log: silentLog })
  const events = { ...createEvents(), wake }
  const { sessions, logins } = openLogins(config, db, wake)
  let ended = 0
  sessions.onEnd(async (ids) => {
    ended += ids.length
  })
  const holdings = createHoldings({
    notify,
    offOf: attempts.offOf,
    events,
    endProven: createEndProven({
      journeys: createJourneyStore({ random }),
      sessions,
      audit,
      events,
      clock,
      log: silentLog,
    }),
    kinds: listFactors().map((one) =>
      one.openAuthenticators({ config, clock, random, keyring, hasher, audit }),
    ),
  })
  /** How many sessions have ended with what they stood on. */
  const countEnded = () => ended
  return { audit, attempts, holdings, logins, countEnded }
}

type Factors = ReturnType<typeof openFactors>

interface Change {
  readonly queries: Transaction
  readonly user: User
}

interface Whose {
  readonly name: string
  readonly configFile: string | undefined
  readonly io: Io
}

/** Runs `work` for a user that exists, in a transaction. */
function withFactors<Result extends object>(
  { name, configFile, io }: Whose,
  work: (factors: Factors, change: Change) => Promise<Result>,
): Promise<Result & { username: string }> {
  const { config } = usableConfig(configFile, io)
  return withKeyring(config, (db, keyring, wake) =>
    transact(db, async (queries) => {
      const user = await findUser(users, queries, name)
      const factors = openFactors(config, db, keyring, wake)
      return {
        username: user.username,
        ...(await work(factors, { queries, user })),
      }
    }),
  )
}

export const factorList = defineCommand({
  name: 'factor list',
  operands: ['USER'],
  summary: 'Lists what a user confirms with, the last used first.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { found } = await withFactors(
      { name, configFile, io },
      async ({ holdings }, { queries, user }) => ({ found: await holdings.list(queries, user.id) }),
    )
    const rows = found.map((one) => [
      one.id,
      one.kind,
      one.name ?? '',
      dayOf(one.addedAt),
      one.lastUsedAt === null ? 'never' : dayOf(one.lastUsedAt),
      stateOf(one),
    ])
    reply(
      found.map(toJson),
      formatTable(['ID', 'KIND', 'NAME', 'ADDED', 'LAST USED', 'STATE'], rows),
    )
    return exit.ok
  },
})

/** What scripts read. */
function toJson({ id, kind, name, addedAt, lastUsedAt, level: reach, state, left }: Authenticator) {
  return { id, kind, name, addedAt, lastUsedAt, reach, state, ...(left !== undefined && { left }) }
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

function stateOf({ state, left }: Authenticator): string {
  if (state === 'usable') return left === undefined ? 'usable' : `usable, ${left} left`
  return {
    cannot_be_reached: 'no message reaches it',
    off: 'off after too many failures',
    other_host: 'of an earlier public_url',
  }[state]
}

const endSessionsOption = {
  'end-sessions': {
    type: 'boolean',
    help: 'End every session, not only those that stand on what is removed',
  },
} as const

/** Beside those that stood on what was removed. */
async function endWhereAsked(
  { logins }: Factors,
  { queries, user }: Change,
  isAsked: boolean | undefined,
): Promise<number> {
  if (isAsked !== true) return 0
  return (await logins.endAll(queries, { userId: user.id, reason: 'factor_removed' })).ids.length
}

const endedText = (ended: number): string => (ended === 0 ? '' : ` Sessions ended: ${ended}.`)

export const factorRemove = defineCommand({
  name: 'factor remove',
  operands: ['USER', 'ID'],
  summary:
    'Removes one authenticator of a user, who is told by mail. ID as "factor list" shows it.',
  options: endSessionsOption,
  async run({ operands: [name = '', id = ''], values, configFile, io, reply }) {
    const result = await withFactors({ name, configFile, io }, async (factors, change) => {
      const { holdings, countEnded } = factors
      const { queries, user } = change
      const after = await holdings.remove(queries, { userId: user.id, id, by })
      if (after === undefined) {
        const text = `${user.username} has no authenticator ${JSON.stringify(id)}.`
        throw new Fault('not_found', text)
      }
      after()
      const more = await endWhereAsked(factors, change, values['end-sessions'])
      return { id, sessionsEnded: countEnded() + more }
    })
    const { username, sessionsEnded } = result
    reply(result, `Removed ${id} of ${username}.${endedText(sessionsEnded)}`)
    return exit.ok
  },
})

export const factorReset = defineCommand({
  name: 'factor reset',
  operands: ['USER', 'KIND'],
  summary: `Removes every authenticator of one kind (${factorKinds.join(', ')}) of a user, who is told by mail, and forgets its failures, so that it can be set up anew.`,
  options: {
    ...endSessionsOption,
    yes: { type: 'boolean', help: 'Do not ask; needed where there is no terminal' },
  },
  async run({ operands: [name = '', typed = ''], values, configFile, io, reply }) {
    const { kind } = checkInput(
      z.object({ kind: z.enum(factorKinds) }),
      { kind: typed },
      { kind: { option: 'KIND', typed, allowed: factorKinds.join(', ') } },
    )
    if (values.yes !== true) await confirmReset({ name, configFile, io }, kind)
    const result = await withFactors({ name, configFile, io }, async (factors, change) => {
      const removed = await reset(factors, change, kind)
      const more = await endWhereAsked(factors, change, values['end-sessions'])
      return { kind, removed, sessionsEnded: factors.countEnded() + more }
    })
    const { username, removed, sessionsEnded } = result
    const text = removed === 0 ? 'There was nothing to remove' : `Removed: ${removed}`
    reply(result, `${username} can set up ${kind} anew. ${text}.${endedText(sessionsEnded)}`)
    return exit.ok
  },
})

async function confirmReset(whose: Whose, kind: FactorKind): Promise<void> {
  const { config } = usableConfig(whose.configFile, whose.io)
  const { username, displayName } = await withDatabase(config, (db) =>
    findUser(users, db, whose.name),
  )
  await confirmByWord(whose.io, {
    question: `Every authenticator of the kind ${kind} of ${username} (${escapeControls(displayName)}) will be removed. It cannot be taken back.`,
    word: username,
  })
}

async function reset(
  { holdings, attempts, audit }: Factors & { readonly audit: Audit },
  { queries, user: { id: userId } }: Change,
  kind: FactorKind,
): Promise<number> {
  await attempts.setUp(queries, userId, kind)
  const own = (await holdings.list(queries, userId)).filter((one) => one.kind === kind)
  for (const { id } of own) {
    const after = await holdings.remove(queries, { userId, id, by })
    after?.()
  }
  await audit.record(queries, factorEvents.reset, { userId, kind, removed: own.length, by })
  return own.length
}
