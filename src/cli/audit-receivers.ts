/**
 * `einlass audit receivers` and `audit resend`: how far each receiver of the audit log has come, and sending events to it
 * again.
 */
import { listReceiverSummaries, resendFrom } from '../identity/operations/audit-receivers.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { openAudit } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

export const auditReceivers = defineCommand({
  name: 'audit receivers',
  operands: [],
  summary:
    'Shows which events each receiver of the audit log has got, and why one does not accept more. Times are in UTC.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withDatabase(config, (db) =>
      listReceiverSummaries(db, config.audit.receivers),
    )
    const none = 'There are no receivers: audit.receivers of the configuration names them.'
    reply(found, found.length === 0 ? none : formatSummaries(found))
    return found.some(({ failures }) => failures > 0) ? exit.refused : exit.ok
  },
})

export const auditResend = defineCommand({
  name: 'audit resend',
  operands: ['RECEIVER'],
  summary:
    'Lets a receiver of the audit log continue after another event: after an earlier one to send events again, or after a later one to skip events.',
  options: {
    after: {
      type: 'string',
      value: 'NUMBER',
      help: 'After the event with this number; 0: from the first event on',
    },
  },
  async run({ values, operands: [name = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const after = readNumber(values.after)
    const audit = openAudit(config)
    const { from } = await withDatabase(config, (db) =>
      resendFrom({ db, audit }, { name, after, actor: operator }),
    )
    reply(
      { receiver: name, from, after },
      `${name} goes on behind event ${after}; it was at ${from}.`,
    )
    return exit.ok
  },
})

function readNumber(typed: string | undefined): number {
  if (typed !== undefined && /^\d{1,15}$/.test(typed)) return Number(typed)
  const found = typed === undefined ? 'nothing' : JSON.stringify(typed)
  throw new Fault('bad_request', `--after\n  found:   ${found}\n  allowed: the number of an event`)
}

type Summaries = Awaited<ReturnType<typeof listReceiverSummaries>>

function formatSummaries(found: Summaries): string {
  const head = [
    'RECEIVER',
    'KIND',
    'STATE',
    'SENT UP TO',
    'WAITING',
    'SINCE',
    'LAST SENT',
    'REASON',
  ]
  const rows = found.map((one) => [
    one.name,
    one.kind ?? 'not configured',
    describeState(one),
    one.seq === undefined ? '-' : `${one.seq}`,
    `${one.waiting}`,
    formatTime(one.waitingSince),
    formatTime(one.sentAt),
    one.reason ?? '-',
  ])
  return formatTable(head, rows)
}

function describeState({ seq, failures, failingSince, waiting }: Summaries[number]): string {
  if (seq === undefined) return 'not begun: no server has started with it'
  if (failures > 0) return `failing since ${formatTime(failingSince)}, ${failures} times`
  return waiting === 0 ? 'up to date' : 'sending'
}

const formatTime = (at: number | undefined): string =>
  at === undefined ? '-' : new Date(at).toISOString().slice(0, 19).replace('T', ' ')
