/**
 * Everything that is stored about a person, in words for the person: the rows of all tables, as these declare them, and
 * the person's events in the audit log. Without secrets, and without other people's data.
 */
import { sql } from 'kysely'
import type { Queries } from '../../platform/storage/database.ts'
import type { PersonalTable } from '../../platform/storage/personal-table.ts'
import type { AuditEvent } from '../audit/chain.ts'
import { judgeAttempt } from '../audit/erased-facts.ts'
import { listAudit } from '../audit/list.ts'
import type { KnownPerson } from './find-person.ts'
import { type HistoryOptions, readNameHistory, toKey } from './name-periods.ts'

export interface ExportedSection {
  readonly what: string
  readonly entries: readonly Readonly<Record<string, unknown>>[]
}

export interface ExportOptions {
  readonly db: Queries
  readonly users: HistoryOptions['users']
  readonly tables: readonly PersonalTable[]
  /** Describes an event in English; `undefined`: there are no words for it. */
  readonly describe: (event: AuditEvent) => string | undefined
}

export interface ExportedPerson {
  /** Also sections without an entry, so that the export shows what was searched. */
  readonly stored: readonly ExportedSection[]
  /** The number of events that have a name of the person but may be another person's. No section has them. */
  readonly unclear: number
}

export async function exportPerson(
  options: ExportOptions,
  person: KnownPerson,
): Promise<ExportedPerson> {
  const sections: ExportedSection[] = []
  for (const table of options.tables) sections.push(await exportTable(options.db, table, person))
  const { section, unclear } = await exportEvents(options, person)
  return { stored: [...sections, section], unclear }
}

async function exportTable(
  db: Queries,
  table: PersonalTable,
  person: KnownPerson,
): Promise<ExportedSection> {
  const shown = Object.entries(table.shown as Readonly<Record<string, string>>)
  const flags = new Set<string>(table.flags)
  const write = (column: string, value: unknown) =>
    flags.has(column) ? value === 1 : writeValue(column, value)
  const rows = await findRows(db, table, person)
  const entries = rows.map((row) =>
    Object.fromEntries(shown.map(([column, name]) => [name, write(column, row[column])])),
  )
  return { what: table.what, entries }
}

type Row = Readonly<Record<string, unknown>>

async function findRows(
  db: Queries,
  { table, owner: { column, is } }: PersonalTable,
  { userId, names }: KnownPerson,
): Promise<readonly Row[]> {
  const [from, where] = [sql.table(table), sql.ref(column)]
  if (is === 'name') {
    if (names.size === 0) return []
    return (
      await sql<Row>`select * from ${from} where ${where} in (${sql.join([...names])})`.execute(db)
    ).rows
  }
  if (is === 'text')
    return (
      await sql<Row>`select * from ${from} where ${where} like ${likeId(userId)} escape '!'`.execute(
        db,
      )
    ).rows
  if (is === 'id')
    return (await sql<Row>`select * from ${from} where ${where} = ${userId}`.execute(db)).rows
  const ids = sql`select id from ${sql.table(is.via)} where user_id = ${userId}`
  return (await sql<Row>`select * from ${from} where ${where} in (${ids})`.execute(db)).rows
}

/** A pattern for the id anywhere in a text. An unescaped underscore would match any character. */
export const likeId = (userId: string): string => `%${userId.replaceAll('_', '!_')}%`

/** Writes times as dates, and JSON as the value that it contains. */
function writeValue(column: string, value: unknown): unknown {
  if (typeof value === 'number' && /_(at|until)$/.test(column) && value > 1e11)
    return new Date(value).toISOString()
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Exports events about the person. What the person did to others belongs to the others. */
async function exportEvents(
  { db, users, describe }: ExportOptions,
  { userId, user }: KnownPerson,
): Promise<{ readonly section: ExportedSection; readonly unclear: number }> {
  const { usernames, judge } = await readNameHistory(
    { db, users },
    { userId, username: user?.username },
  )
  const names = [...usernames].flatMap((name) => [name, toKey(name)])
  const entries: ExportedSection['entries'][number][] = []
  let unclear = 0
  for await (const events of listAudit(db, { about: [userId, ...names] }))
    for (const event of events) {
      const { at, type, data } = event
      const belonging = data.userId === userId ? 'theirs' : judgeAttempt(event, { judge })
      if (belonging === 'unclear') unclear += 1
      if (belonging !== 'theirs') continue
      entries.push({
        at: new Date(at).toISOString(),
        event: type,
        'in words': describe(event),
        facts: data,
      })
    }
  return { section: { what: 'Events of the audit log', entries }, unclear }
}
