/**
 * `einlass pass …`: codes that a service desk gives to people who have lost their second factor. A code is printed once, on
 * standard output, and cannot be read again.
 */

import { z } from 'zod'
import type { Administrator } from '../identity/operations/actor.ts'
import { openDirectory } from '../identity/users/directories.ts'
import { createListGroups } from '../identity/users/directory-answers.ts'
import { explainPassUse, findPassUse } from '../login/decision/pass-use.ts'
import { createLoginReferences } from '../login/engine/references.ts'
import { createJourneyStore } from '../login/engine/store.ts'
import { openPasses } from '../login/factors/index.ts'
import { findHighestHere } from '../login/factors/missing-levels.ts'
import type {
  IssuedPass,
  PassEnrolment,
  PassOperations,
  PassOrder,
  RevokedPass,
} from '../login/factors/passes.ts'
import { durationMs } from '../platform/config/values.ts'
import { hours } from '../platform/kernel/clock.ts'
import type { Io } from '../platform/kernel/io.ts'
import { escapeControls, quoteWord } from '../platform/kernel/text.ts'
import { createRowBinding } from '../platform/storage/bound-rows.ts'
import { openApps } from './app.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { confirmByWord } from './confirm.ts'
import { withKeyring } from './database.ts'
import { openFactors } from './factor.ts'
import { openFactorParts } from './factor-parts.ts'
import { checkInput } from './input.ts'
import { describeLogin, loginOption } from './login.ts'
import { users } from './operations.ts'
import { identifyOperator } from './operator.ts'
import { formatTable } from './table.ts'

function withPasses<Result>(
  { configFile, io }: Place,
  work: (operations: PassOperations, operator: Administrator) => Promise<Result>,
): Promise<Result> {
  const { config } = usableConfig(configFile, io)
  return withKeyring(config, (db, keyring, wake) => {
    const parts = openFactorParts(config, db, wake)
    const { authenticators } = openFactors(config, db, keyring, wake)
    const directory = openDirectory({ ...parts, users })
    const { storage } = config
    const files = [config.key_file, ...(storage.type === 'sqlite' ? [storage.file] : [])]
    const operations = openPasses({ ...parts, users, directory, authenticators })
    return work(operations, identifyOperator(files))
  })
}

/** Explains what a pass would do for this login, if it would not complete the login. */
async function explainUse({ configFile, io }: Place, login: string): Promise<string | undefined> {
  const { config } = usableConfig(configFile, io)
  return await withKeyring(config, async (db, keyring, wake) => {
    const parts = openFactorParts(config, db, wake)
    const { apps } = openApps(config, db, keyring)
    const use = await findPassUse(
      {
        db,
        references: createLoginReferences(parts),
        journeys: createJourneyStore({ ...parts, rows: createRowBinding({ keyring }) }),
        authenticators: openFactors(config, db, keyring, wake).authenticators,
        requirements: {
          findApp: apps.find,
          defaultPolicy: config.default_policy,
          listGroups: createListGroups(openDirectory({ ...parts, users })),
          highestHere: findHighestHere(config),
        },
      },
      login,
    )
    return use && explainPassUse(use)
  })
}

const orderOptions = {
  for: {
    type: 'string',
    value: 'DURATION',
    help: 'How long it is valid, such as 30m or 8h (8h if absent)',
  },
  reason: {
    type: 'string',
    value: 'TEXT',
    help: 'Why, and how you recognised the caller: one line for the audit log',
  },
  login: loginOption,
  yes: {
    type: 'boolean',
    help: 'Do not ask about the login of --login; required without a terminal',
  },
} as const

const orderSchema = z.object({
  for: z.string().transform((typed, context) => {
    const lifetime = durationMs(typed)
    if (lifetime !== undefined) return lifetime
    context.addIssue({ code: 'invalid_format', format: 'duration', input: typed })
    return z.NEVER
  }),
  reason: z.string().trim().min(1).max(200),
})

interface OrderValues {
  readonly for?: string
  readonly reason?: string
  readonly login?: string
  readonly yes?: boolean
}

function readOrder({ for: lifetime = `${hours(8)}ms`, reason, login }: OrderValues): PassOrder {
  const order = checkInput(
    orderSchema,
    { for: lifetime, reason },
    {
      for: { option: '--for', typed: lifetime, allowed: 'a duration such as 30m or 8h' },
      reason: { option: '--reason', typed: reason, allowed: '1 to 200 characters' },
    },
  )
  return { lifetime: order.for, reason: order.reason, login }
}

interface Place {
  readonly configFile: string | undefined
  readonly io: Io
}

/** Shows the login that the caller named, and asks whether it is the right one. */
async function confirmLogin(
  place: Place,
  name: string,
  { login, yes }: OrderValues,
): Promise<void> {
  if (login === undefined) return
  const shown = await withPasses(place, (operations, operator) =>
    operations.findLogin(operator, name, login),
  )
  const use = await explainUse(place, login)
  const question = `${describeLogin(shown)}\n${use === undefined ? '' : `\n${use}\n`}`
  if (yes === true) place.io.stderr.write(`${question}\n`)
  else await confirmByWord(place.io, { question, word: shown.username })
}

export const passIssue = defineCommand({
  name: 'pass issue',
  operands: ['USER'],
  summary:
    'Issues a pass: a code that replaces the second factor of a user; the password is still required. It is printed once. The user gets a notice by mail, and an earlier pass ends.',
  options: orderOptions,
  async run({ operands: [name = ''], values, configFile, io, replySecret }) {
    const order = readOrder(values)
    await confirmLogin({ configFile, io }, name, values)
    const issued = await withPasses({ configFile, io }, (operations, operator) =>
      operations.issue(operator, name, order),
    )
    return await replySecret(issued, describeIssued(issued), describeLost(issued))
  },
})

export const passRequest = defineCommand({
  name: 'pass request',
  operands: ['USER'],
  summary:
    'Requests a pass that another operator approves within an hour. Required for members of service_desk.two_people_groups.',
  options: orderOptions,
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const order = readOrder(values)
    await confirmLogin({ configFile, io }, name, values)
    const requested = await withPasses({ configFile, io }, (operations, operator) =>
      operations.request(operator, name, order),
    )
    const { id, username, expiresAt } = requested
    const text = `Request ${id} for ${username}, until ${formatMinute(expiresAt)}. Another operator runs: einlass pass approve ${id}`
    reply(requested, text)
    return exit.ok
  },
})

export const passApprove = defineCommand({
  name: 'pass approve',
  operands: ['ID'],
  summary:
    'Approves the request of another operator and prints the pass once. "pass request" has printed the ID.',
  options: {
    yes: { type: 'boolean', help: 'Do not ask for confirmation; required without a terminal' },
  },
  async run({ operands: [id = ''], values, configFile, io, replySecret }) {
    if (values.yes !== true) await confirmRequest({ configFile, io }, id)
    const issued = await withPasses({ configFile, io }, (operations, operator) =>
      operations.approve(operator, id),
    )
    return await replySecret(issued, describeIssued(issued), describeLost(issued))
  },
})

async function confirmRequest(place: Place, id: string): Promise<void> {
  const { username, displayName, requestedBy, reason, login } = await withPasses(
    place,
    (operations, operator) => operations.findRequest(operator, id),
  )
  const request = `${requestedBy} requests a pass for ${username} (${escapeControls(displayName)}): ${reason}`
  const use = login && (await explainUse(place, login.reference))
  const parts = [login && describeLogin(login), use, request]
  const question = parts.filter((one) => one !== undefined).join('\n\n')
  await confirmByWord(place.io, { question, word: username })
}

export const passList = defineCommand({
  name: 'pass list',
  operands: ['USER'],
  summary: 'Lists the passes of a user, the newest first, without their codes.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const found = await withPasses({ configFile, io }, (operations, operator) =>
      operations.list(operator, name),
    )
    const rows = found.map((one) => [
      formatMinute(one.issuedAt),
      formatMinute(one.expiresAt),
      one.state,
      one.requestedBy === null ? one.issuedBy : `${one.requestedBy} and ${one.issuedBy}`,
      one.reason,
    ])
    reply(found, formatTable(['ISSUED', 'UNTIL', 'STATE', 'BY', 'REASON'], rows))
    return exit.ok
  },
})

export const passRevoke = defineCommand({
  name: 'pass revoke',
  operands: ['USER'],
  summary:
    'Ends the pass of a user and every session that began with a pass of this user, and lists the authenticators that were enrolled since. The user gets a notice by mail.',
  options: {
    'with-enrolments': {
      type: 'boolean',
      help: 'Also remove the authenticators that were enrolled since a pass was first used, and end their sessions: for a pass that reached the wrong person',
    },
    yes: { type: 'boolean', help: 'Do not ask for confirmation; required without a terminal' },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const withEnrolments = values['with-enrolments'] === true
    if (withEnrolments && values.yes !== true) await confirmRemoval({ configFile, io }, name)
    const result = await withPasses({ configFile, io }, (operations, operator) =>
      operations.revoke(operator, name, { withEnrolments }),
    )
    reply(result, describeRevoked(result))
    return exit.ok
  },
})

async function confirmRemoval(place: Place, name: string): Promise<void> {
  const { username, enrolments } = await withPasses(place, (operations, operator) =>
    operations.listEnrolments(operator, name),
  )
  if (enrolments.length === 0) return
  const list = listEnrolments(enrolments)
  const question = `This was enrolled since a pass of ${username} was first used, and will be removed:\n${list}\nFor some of it only: einlass factor remove ${quoteWord(username)} ID`
  await confirmByWord(place.io, { question, word: username })
}

function describeRevoked(result: RevokedPass): string {
  const { username, revoked, sessionsEnded, enrolments, isRemoved } = result
  const done = revoked ? `The pass of ${username} has ended.` : `${username} had no valid pass.`
  const ended = `${done} Sessions ended: ${sessionsEnded}.`
  if (enrolments.length === 0) return `${ended} Nothing was enrolled since a pass was used.`
  const list = listEnrolments(enrolments)
  return isRemoved
    ? `${ended} Removed, as it was enrolled since a pass was first used:\n${list}`
    : `${ended} What was enrolled since a pass was first used stays:\n${list}\nIf the pass went to somebody else, remove it too: einlass pass revoke ${quoteWord(username)} --with-enrolments`
}

const listEnrolments = (enrolments: readonly PassEnrolment[]): string =>
  enrolments
    .map(({ id, kind, name, addedAt }) =>
      escapeControls(`  ${formatMinute(addedAt)}  ${kind}  ${id}  ${name ?? ''}`.trimEnd()),
    )
    .join('\n')

function describeIssued(issued: IssuedPass): string {
  const { username, code, expiresAt, isSingleUse, isReplaced } = issued
  return [
    `Pass for ${username}: ${code}`,
    `Valid until ${formatHere(expiresAt)}, ${isSingleUse ? 'for one login' : 'for every login until then'}, together with the password, and for a new password by a link from a mail before it.`,
    ...(isReplaced ? ['The earlier pass has ended.'] : []),
    'The caller chooses "Enter a code from the service desk" ("Code vom Service Desk eingeben") and types it in.',
    'It cannot be shown again.',
  ].join('\n')
}

const describeLost = ({ username }: IssuedPass): string =>
  `The pass was not shown. Revoke it: einlass pass revoke ${quoteWord(username)}`

/** The time in words for reading out; also in this computer's time zone, if that is another one. */
export function formatHere(at: number, timeZone?: string): string {
  const here = new Intl.DateTimeFormat('en-GB', {
    ...{ dateStyle: 'medium', timeStyle: 'short' },
    ...(timeZone !== undefined && { timeZone }),
  })
  const { timeZone: zone } = here.resolvedOptions()
  return zone === 'UTC' ? formatMinute(at) : `${formatMinute(at)} (${here.format(at)} in ${zone})`
}

const formatMinute = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
