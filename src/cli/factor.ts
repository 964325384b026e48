/**
 * `einlass factor …`: the authenticators of users, for a service desk. Removing an authenticator ends the sessions with a proof
 * of it. After the last one was removed here, the user can enrol another one only with a recovery code or a pass.
 */
import { z } from 'zod'
import { findUser } from '../identity/operations/users.ts'
import {
  type AuthenticatorAdministration,
  createAuthenticatorAdministration,
} from '../login/factors/authenticator-operations.ts'
import { createAllAuthenticators } from '../login/factors/authenticators.ts'
import type { Authenticator } from '../login/factors/factor.ts'
import { type FactorKind, factorKinds, isFallback, listFactors } from '../login/factors/index.ts'
import type { Config } from '../platform/config/schema.ts'
import type { Io } from '../platform/kernel/io.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import { escapeControls, quoteWord } from '../platform/kernel/text.ts'
import type { Database } from '../platform/storage/database.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { type Wake, withDatabase, withKeyring } from './database.ts'
import { openFactorParts } from './factor-parts.ts'
import { checkInput } from './input.ts'
import { openAudit, openRefuseAlone, users } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

/** The authenticators of users, without the steps that verify them. */
export function openFactors(config: Config, db: Database, keyring: Keyring, wake: Wake) {
  const parts = openFactorParts(config, db, wake)
  const { lockout, logins } = parts
  const authenticators = createAllAuthenticators({
    ...parts,
    findLockedKinds: lockout.findLockedKinds,
    kinds: listFactors().map((one) => one.openAuthenticators({ ...parts, keyring })),
  })
  return { authenticators, lockout, logins }
}

interface Whose {
  readonly name: string
  readonly configFile: string | undefined
  readonly io: Io
}

function withAuthenticators<Result>(
  { configFile, io }: Pick<Whose, 'configFile' | 'io'>,
  work: (operations: AuthenticatorAdministration) => Promise<Result>,
): Promise<Result> {
  const { config } = usableConfig(configFile, io)
  return withKeyring(config, (db, keyring, wake) => {
    const factors = openFactors(config, db, keyring, wake)
    const [audit, refuseAlone] = [openAudit(config), openRefuseAlone(config)]
    return work(createAuthenticatorAdministration({ db, users, audit, refuseAlone, ...factors }))
  })
}

export const factorList = defineCommand({
  name: 'factor list',
  operands: ['USER'],
  summary: 'Lists the authenticators of a user, the most recently used first.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const found = await withAuthenticators({ configFile, io }, (operations) =>
      operations.listFor(operator, name),
    )
    const rows = found.map((one) => [
      one.id,
      one.kind,
      one.name ?? '',
      formatDay(one.addedAt),
      one.lastUsedAt === null ? 'never' : formatDay(one.lastUsedAt),
      describeState(one),
    ])
    reply(
      found.map(toJson),
      formatTable(['ID', 'KIND', 'NAME', 'ADDED', 'LAST USED', 'STATE'], rows),
    )
    return exit.ok
  },
})

/** What scripts read. */
function toJson({ id, kind, name, addedAt, lastUsedAt, level, state, left }: Authenticator) {
  const shared = { id, kind, name, addedAt, lastUsedAt, reach: level, state }
  return { ...shared, ...(left !== undefined && { left }) }
}

const formatDay = (at: number): string => new Date(at).toISOString().slice(0, 10)

function describeState({ state, left, lacksSender }: Authenticator): string {
  if (state === 'usable') return left === undefined ? 'usable' : `usable, ${left} left`
  return {
    cannot_be_reached: lacksSender
      ? 'no sender in push.senders is for its app'
      : 'no notification reaches it',
    off: 'locked after too many wrong attempts',
    other_host: 'of an earlier public_url',
  }[state]
}

const endSessionsOption = {
  'end-sessions': {
    type: 'boolean',
    help: 'End every session, not only those that depend on this authenticator',
  },
} as const

const endedText = (ended: number): string => (ended === 0 ? '' : ` Sessions ended: ${ended}.`)

export const factorRemove = defineCommand({
  name: 'factor remove',
  operands: ['USER', 'ID'],
  summary:
    'Removes one authenticator of a user, who gets a notice by mail. "factor list" shows its ID.',
  options: {
    ...endSessionsOption,
    yes: {
      type: 'boolean',
      help: 'Do not ask about the last second factor; required without a terminal',
    },
  },
  async run({ operands: [name = '', id = ''], values, configFile, io, reply }) {
    const endsAll = values['end-sessions'] === true
    if (values.yes !== true) await confirmLast({ name, configFile, io }, id)
    const result = await withAuthenticators({ configFile, io }, (operations) =>
      operations.removeFor(operator, name, { id, endsAll }),
    )
    const { username, needsPass, sessionsEnded } = result
    const next = needsPass ? `\n${describeNext(username, false)}` : ''
    reply(result, `Removed ${id} of ${username}.${endedText(sessionsEnded)}${next}`)
    return exit.ok
  },
})

export const factorReset = defineCommand({
  name: 'factor reset',
  operands: ['USER', 'KIND'],
  summary: `Removes every authenticator of one factor (${factorKinds.join(', ')}) of a user, who gets a notice by mail, and resets its failures, so that it can be enrolled again.`,
  options: {
    ...endSessionsOption,
    'with-codes': {
      type: 'boolean',
      help: 'Also remove recovery codes and a pass',
    },
    yes: { type: 'boolean', help: 'Do not ask for confirmation; required without a terminal' },
  },
  async run({ operands: [name = '', typed = ''], values, configFile, io, reply }) {
    const { kind } = checkInput(
      z.object({ kind: z.enum(factorKinds) }),
      { kind: typed },
      { kind: { option: 'KIND', typed, allowed: factorKinds.join(', ') } },
    )
    if (values.yes !== true) await confirmReset({ name, configFile, io }, kind)
    const endsAll = values['end-sessions'] === true
    const withFallbacks = values['with-codes'] === true
    const result = await withAuthenticators({ configFile, io }, (operations) =>
      operations.reset(operator, name, { kind, withFallbacks, endsAll }),
    )
    const { username, removed, needsPass, sessionsEnded } = result
    const text = removed === 0 ? 'There was nothing to remove' : `Removed: ${removed}`
    const next = needsPass ? `\n${describeNext(username, withFallbacks)}` : ''
    const done = `${username} can enrol ${kind} again. ${text}.${endedText(sessionsEnded)}`
    reply(result, `${done}${next}`)
    return exit.ok
  },
})

/** Asks for a typed word before the last second factor is removed, as a reset does. */
async function confirmLast(whose: Whose, id: string): Promise<void> {
  const all = await withAuthenticators(whose, (operations) =>
    operations.listFor(operator, whose.name),
  )
  const removed = all.find((one) => one.id === id)
  if (removed === undefined || isFallback(removed.kind)) return
  const gone = [id, ...(removed.goesWith ?? [])]
  if (all.some((one) => !gone.includes(one.id) && !isFallback(one.kind))) return
  const { config } = usableConfig(whose.configFile, whose.io)
  const { username, displayName } = await withDatabase(config, (db) =>
    findUser(users, db, whose.name),
  )
  await confirmByWord(whose.io, {
    question: `${id} is the last second factor of ${username} (${escapeControls(displayName)}), who then needs a recovery code or a pass to log in.`,
    word: username,
  })
}

/** Says how the user continues after a reset: the password alone is not enough to enrol. */
const describeNext = (username: string, hasNoCodes: boolean): string =>
  `${username} has no second factor now. Before enrolling one, they need ${hasNoCodes ? '' : 'a recovery code or '}a pass: einlass pass issue ${quoteWord(username)} --reason TEXT`

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
