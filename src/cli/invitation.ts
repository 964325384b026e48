/**
 * `einlass invitation …`: links with which users enrol a first second factor. A link on paper is written once; the database has
 * only its hash.
 */
import { z } from 'zod'
import { isFallback } from '../login/factors/index.ts'
import { hasLostFactors } from '../login/factors/lost-factors.ts'
import {
  createInvitationOperations,
  type InvitationOperations,
  type InvitationOrder,
  type Invitations,
  type Invited,
  type NotInvited,
} from '../login/invitations/operations.ts'
import { createInvitationStore } from '../login/invitations/store.ts'
import type { Config } from '../platform/config/schema.ts'
import { durationMs } from '../platform/config/values.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { openFactors } from './factor.ts'
import { checkInput } from './input.ts'
import { createFile, type OpenedFile, writeLetters, writeTable } from './invitation-files.ts'
import { openAudit, openNotifyFor, users, withDirectory } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

function withInvitations<Result>(
  config: Config,
  work: (operations: InvitationOperations) => Promise<Result>,
): Promise<Result> {
  return withDirectory(config, (directory) =>
    withKeyring(config, (db, keyring, wake) => {
      const { authenticators } = openFactors(config, db, keyring, wake)
      return work(
        createInvitationOperations({
          ...{ db, clock, config, users, directory },
          store: createInvitationStore({ clock, random }),
          async hasFactor(queries, { id }) {
            const own = await authenticators.list(queries, id)
            if (own.some(({ kind }) => !isFallback(kind))) return 'enrolled'
            return (await hasLostFactors(queries, id)) ? 'lost' : undefined
          },
          records: { notify: openNotifyFor(config, keyring), audit: openAudit(config) },
        }),
      )
    }),
  )
}

interface CreateValues {
  readonly group?: string
  readonly mail?: boolean
  readonly letters?: string
  readonly csv?: string
  readonly expires?: string
}

function readOrder({ mail = false, letters, csv, expires = '14d' }: CreateValues): InvitationOrder {
  if (mail && (letters !== undefined || csv !== undefined))
    throw new Fault(
      'bad_request',
      '--mail excludes --letters and --csv: a mailed link is in no file.',
    )
  const { lifetime } = checkInput(
    z.object({ lifetime: z.number() }),
    { lifetime: durationMs(expires) },
    { lifetime: { option: '--expires', typed: expires, allowed: 'a duration such as 14d or 12h' } },
  )
  return { channel: mail ? 'mail' : 'paper', lifetime }
}

function readInvited({ group }: CreateValues, names: readonly string[]): Invited {
  if ((group === undefined) === (names.length === 0))
    throw new Fault('bad_request', 'Name users, or a group with --group, and not both.')
  return group === undefined ? { names } : { group }
}

export const invitationCreate = defineCommand({
  name: 'invitation create',
  operands: [],
  optionalOperands: ['USER'],
  isRepeatable: true,
  summary:
    'Invites users to set up a first second factor, where a rule says --first-factor invitation. The link is for one user, still asks for the password, and ends the earlier ones. Users who have a second factor get none.',
  options: {
    group: { type: 'string', value: 'NAME', help: 'Every known member of this group' },
    mail: {
      type: 'boolean',
      help: 'Send the link to the address of the account; else it is written',
    },
    letters: {
      type: 'string',
      value: 'FILE',
      help: 'Write a letter for each user to print, as HTML',
    },
    csv: { type: 'string', value: 'FILE', help: 'Write a table for mail merge, as CSV' },
    expires: {
      type: 'string',
      value: 'DURATION',
      help: 'How long it is valid, from 1h to 90d (14d if absent)',
    },
  },
  async run({ operands, values, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    const [order, invited] = [readOrder(values), readInvited(values, operands)]
    const made = await writeFiles(values, config, () =>
      withInvitations(config, (operations) => operations.create(operator, invited, order)),
    )
    const isInFile = values.letters !== undefined || values.csv !== undefined
    const sent = made.sent.map(({ url, language: _, expiresAt, ...one }) => ({
      ...one,
      expiresAt: new Date(expiresAt).toISOString(),
      ...(url !== undefined && !isInFile && { url }),
    }))
    const lost = 'The links were not shown. Create them again: that ends these.'
    const text = describeMade(made, order, isInFile)
    return await replySecret({ sent, skipped: made.skipped }, text, lost)
  },
})

/** The files are made before any link, so that no link is made that cannot be written; they go if none was. */
async function writeFiles(
  values: CreateValues,
  config: Config,
  create: () => Promise<Invitations>,
): Promise<Invitations> {
  const wanted = [
    { path: values.letters, write: (made: Invitations) => writeLetters(made.sent, config) },
    { path: values.csv, write: (made: Invitations) => writeTable(made.sent) },
  ]
  const opened: { readonly file: OpenedFile; readonly write: (made: Invitations) => string }[] = []
  let made: Invitations | undefined
  try {
    for (const { path, write } of wanted)
      if (path !== undefined) opened.push({ file: await createFile(path), write })
    made = await create()
    for (const { file, write } of opened) await file.write(write(made))
    return made
  } catch (error) {
    if (made === undefined) for (const { file } of opened) await file.discard()
    throw error
  }
}

const reasons = {
  disabled: 'disabled',
  enrolled: 'has a second factor',
  lost: 'has lost the second factor: einlass pass issue',
  no_address: 'has no e-mail address: einlass user change, or --letters',
  two_people: 'is in service_desk.two_people_groups, so no operator may see the link: use --mail',
} as const satisfies Readonly<Record<NotInvited, string>>

function describeMade({ sent, skipped }: Invitations, order: InvitationOrder, isInFile: boolean) {
  const people = `${sent.length} ${sent.length === 1 ? 'user is' : 'users are'} invited`
  const how = order.channel === 'mail' ? ', by mail' : isInFile ? ', in the file' : ''
  const until = sent.map(({ expiresAt }) => new Date(expiresAt).toISOString())[0]
  const isShown = order.channel === 'paper' && !isInFile
  return [
    `${people}${how}${until === undefined ? '' : `, until ${until}`}.`,
    ...(isShown ? sent.map(({ username, url }) => `${username}: ${url}`) : []),
    ...(order.channel === 'paper' && sent.length > 0 ? ['A link cannot be shown again.'] : []),
    ...skipped.map(({ username, reason }) => `Not invited: ${username} ${reasons[reason]}.`),
  ].join('\n')
}

export const invitationList = defineCommand({
  name: 'invitation list',
  operands: [],
  optionalOperands: ['USER'],
  summary: 'Lists the invitations that are valid, or all those of one user, without their links.',
  options: {},
  async run({ operands: [name], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withInvitations(config, (operations) => operations.list(operator, name))
    const rows = found.map((one) => [
      ...[one.username, one.state, one.channel, formatMinute(one.createdAt)],
      ...[formatMinute(one.expiresAt), one.createdBy],
    ])
    const head = ['USER', 'STATE', 'BY', 'CREATED', 'VALID UNTIL', 'CREATED BY']
    reply(found, found.length === 0 ? 'There are no invitations.' : formatTable(head, rows))
    return exit.ok
  },
})

export const invitationRevoke = defineCommand({
  name: 'invitation revoke',
  operands: ['USER'],
  summary: 'Ends the invitation of a user, for example one that was put into the wrong envelope.',
  options: {},
  async run({ operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { username, revoked } = await withInvitations(config, (operations) =>
      operations.revoke(operator, name),
    )
    const text =
      revoked > 0
        ? `The invitation of ${username} is ended.`
        : `${username} has no open invitation.`
    reply({ username, revoked }, text)
    return exit.ok
  },
})

const formatMinute = (at: number): string =>
  new Date(at).toISOString().slice(0, 16).replace('T', ' ')
