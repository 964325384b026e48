/**
 * Events of the audit trail for export and search, oldest first. Owns how they are found: in bounded parts, so that a trail
 * of any length fits into memory and no query takes long.
 */
import { hours } from '../../platform/kernel/clock.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type AuditEvent, findSubject, toEvent } from './chain.ts'
import { findEnds } from './log-ends.ts'

/** What is absent filters nothing. */
export interface AuditFilter {
  /** User ids and user names of the person. */
  readonly about?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  /** Milliseconds since the epoch, both ends included. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly app?: string | undefined
  /** Only events behind this one. */
  readonly after?: number | undefined
}

/** An event with its place in the chain. */
export interface ListedEvent extends AuditEvent {
  readonly hash: string
}

/** Events that are looked at in one query. */
const windowSize = 2000
/** The clocks of nodes differ a little, so `at` does not rise with every event. */
const clockSlack = hours(1)

/** Yields the events in batches, without those that are appended meanwhile. */
export async function* listAudit(
  queries: Queries,
  filter: AuditFilter,
): AsyncGenerator<ListedEvent[]> {
  const ends = await findEnds(queries)
  const { since, until, after = 0 } = filter
  const begin = since === undefined ? ends.first : await findFirstAt(queries, ends, since)
  for (let from = Math.max(after + 1, begin); from <= ends.last; from += windowSize) {
    const to = Math.min(from + windowSize - 1, ends.last)
    const rows = await readWindow(queries, { from, to }, filter)
    const events = rows
      .map((row) => ({ ...toEvent(row), hash: row.hash }))
      .filter(({ data }) => matches(data, filter))
    if (events.length > 0) yield events
    if (until !== undefined && (await isBeyond(queries, to, until))) return
  }
}

function matches(data: AuditEvent['data'], { app, about }: AuditFilter): boolean {
  if (app !== undefined && data.appId !== app && data.app !== app) return false
  return about === undefined || about.includes(findSubject(data) ?? '')
}

function readWindow(
  queries: Queries,
  { from, to }: { readonly from: number; readonly to: number },
  { about, types, since, until }: AuditFilter,
) {
  return queries
    .selectFrom('audit_events')
    .select(['seq', 'at', 'type', 'data', 'hash'])
    .where('seq', '>=', from)
    .where('seq', '<=', to)
    .$if(about !== undefined, (query) => query.where('about', 'in', about ?? []))
    .$if(types !== undefined, (query) => query.where('type', 'in', types ?? []))
    .$if(since !== undefined, (query) => query.where('at', '>=', since ?? 0))
    .$if(until !== undefined, (query) => query.where('at', '<=', until ?? 0))
    .orderBy('seq')
    .execute()
}

/** A place before every event since a time. There is no index on the time, but events are nearly in that order. */
async function findFirstAt(
  queries: Queries,
  ends: { readonly first: number; readonly last: number },
  since: number,
): Promise<number> {
  let { first, last } = ends
  while (first < last) {
    const middle = Math.floor((first + last) / 2)
    if (await isBeyond(queries, middle, since - 2 * clockSlack)) last = middle
    else first = middle + 1
  }
  return first
}

/** Whether the first event from a place on is so much later than a time that no earlier one follows. */
async function isBeyond(queries: Queries, seq: number, at: number): Promise<boolean> {
  const row = await queries
    .selectFrom('audit_events')
    .select('at')
    .where('seq', '>=', seq)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row === undefined || row.at > at + clockSlack
}
