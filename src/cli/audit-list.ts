/** `einlass audit list`: writes events of the audit log as lines while it reads them. */
import { type AuditFilter, type ListedEvent, listAudit } from '../identity/audit/list.ts'
import { durationMs } from '../platform/config/values.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import type { Database } from '../platform/storage/database.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { users } from './operations.ts'
import { createWriter } from './writer.ts'

export const auditList = defineCommand({
  name: 'audit list',
  operands: [],
  summary:
    'Lists events of the audit log, the oldest first, one a line; with --json as JSON lines. Times are in UTC.',
  options: {
    user: {
      type: 'string',
      value: 'USER',
      help: 'Only about this user: a username, or the id of a user who was removed',
    },
    type: {
      type: 'string',
      multiple: true,
      value: 'TYPE',
      help: 'Only of this type, for example login_failed',
    },
    app: { type: 'string', value: 'ID', help: 'Only with this app' },
    since: {
      type: 'string',
      value: 'TIME',
      help: 'Since this time, such as 2026-11-27T08:30Z, or how long ago, such as 36h or 7d',
    },
    until: { type: 'string', value: 'TIME', help: 'Until this time, in the same form' },
    after: {
      type: 'string',
      value: 'NUMBER',
      help: 'Only after the event with this number, to continue an export',
    },
  },
  async run({ values, configFile, json, io }) {
    const filter: AuditFilter = {
      since: readTime('--since', values.since),
      until: readTime('--until', values.until),
      after: readNumber(values.after),
      app: values.app,
      types: values.type,
    }
    const { config } = usableConfig(configFile, io)
    const describe = json ? (event: ListedEvent) => JSON.stringify(event) : describeEvent
    await withDatabase(config, async (db) => {
      const about = await findNames(db, values.user)
      const writer = createWriter(io.stdout)
      for await (const events of listAudit(db, { ...filter, about })) {
        if (!(await writer.write(`${events.map(describe).join('\n')}\n`))) return
      }
    })
    return exit.ok
  },
})

/** A removed user is found by the values in events: the id, or the name in failed attempts. */
async function findNames(
  db: Database,
  name: string | undefined,
): Promise<readonly string[] | undefined> {
  if (name === undefined) return undefined
  const user = (await users.findByName(db, name)) ?? (await users.find(db, name))
  return user === undefined ? [name] : [user.id, user.username]
}

function describeEvent({ seq, at, type, data }: ListedEvent): string {
  const facts = Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${describeFact(value)}`)
  return escapeControls([`${formatTime(at)}  ${seq}  ${type}`, ...facts].join('  '))
}

function describeFact(value: ListedEvent['data'][string]): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return Array.isArray(value) ? JSON.stringify(value) : `${value}`
}

const formatTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** Throws Fault `bad_request` for a text that is no time. */
function readTime(option: string, typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined
  const ago = durationMs(typed)
  if (ago !== undefined) return systemClock.now() - ago
  const time = Date.parse(typed)
  if (!Number.isNaN(time)) return time
  throw wrong(option, typed, 'a time such as 2026-11-27T08:30Z, or how long ago, such as 36h or 7d')
}

function readNumber(typed: string | undefined): number | undefined {
  if (typed === undefined || /^\d{1,15}$/.test(typed))
    return typed === undefined ? undefined : Number(typed)
  throw wrong('--after', typed, 'the number of an event')
}

const wrong = (option: string, typed: string, allowed: string) =>
  new Fault('bad_request', `${option}\n  found:   ${JSON.stringify(typed)}\n  allowed: ${allowed}`)
