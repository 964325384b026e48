/**
 * The audit trail as a hash chain: each event's hash covers the hash before it, so that a changed, missing, added or
 * reordered event shows. The hashes are made with a key from the key file, so write access to the table is not enough for a
 * new chain. Owns the format of the chain, appending and reading; verify.ts checks the chain. Features own the events.
 */
import { hmac, sha256 } from '../../platform/kernel/crypto.ts'
import type { AuditEventRow } from '../../platform/storage/audit-tables.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { hasRowLocks } from '../../platform/storage/row-locks.ts'
import { isUnitOfWork, transact, writeLast } from '../../platform/storage/transact.ts'

export type FactValue = string | number | boolean | null | readonly string[]
export type Facts = Readonly<Record<string, FactValue | undefined>>

export interface AuditEvent {
  /** 1, 2, 3 ... without gaps. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: string
  readonly data: Readonly<Record<string, FactValue>>
}

/** The id of the one row of `audit_head`. */
export const head = 1
/** What the first event names as the hash before it. */
export const chainStart = ''

/**
 * JSON with keys sorted by UTF-16 code unit and no white space: one text for one value (RFC 8785 section 3.2).
 * Keys with the value undefined are left out.
 */
export function canonicalJson(value: FactValue | Facts): string {
  if (!isFacts(value)) return JSON.stringify(value)
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const part = value[key]
    if (part === undefined) continue
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(part)}`
  }
  return `{${members}}`
}

function isFacts(value: FactValue | Facts): value is Facts {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** An event to be written. */
export interface NewEvent {
  /** The key of its hash, see keys.ts. */
  readonly key: Uint8Array
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: string
  readonly data: Facts
}

/**
 * Appends one event. A unit of work writes it last, because every other append waits from then to the commit. Otherwise it
 * is written at once, in the caller's transaction or in one of its own. Appends wait for one another.
 */
export async function appendEvent(queries: Queries, event: NewEvent): Promise<void> {
  if (!queries.isTransaction) return await transact(queries, (tx) => appendEvent(tx, event))
  if (!isUnitOfWork(queries)) return await appendAll(queries, [event])
  writeLast(queries, appendAll, event)
}

async function appendAll(queries: Queries, events: readonly NewEvent[]): Promise<void> {
  const newest = await findHead.first(queries, {})
  if (newest === undefined) throw new Error('the audit trail has no head')
  let { seq, hash } = newest
  const rows = events.map(({ key, at, type, data: facts }) => {
    const previous = hash
    seq += 1
    const data = canonicalJson(facts)
    hash = keyedHash(key, previous, { seq, at, type, data })
    const about = findSubject(facts)
    return { seq, at, type, data, previous_hash: previous, hash, about }
  })
  await insertRows(queries, rows)
  await setHead.run(queries, { seq, hash })
}

/** Above this, one statement for many is faster than the prepared one for each. */
const fewRows = 10
const rowsAtOnce = 500

async function insertRows(queries: Queries, rows: readonly AuditEventRow[]): Promise<void> {
  if (rows.length <= fewRows) {
    for (const row of rows) await insertEvent.run(queries, row)
    return
  }
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    await queries
      .insertInto('audit_events')
      .values(rows.slice(from, from + rowsAtOnce))
      .execute()
  }
}

/** Locked, so that the hash stays the newest until the commit. */
const findHead = prepared((queries, _: Slots<Record<never, never>>) =>
  queries
    .selectFrom('audit_head')
    .select(['seq', 'hash'])
    .where('id', '=', head)
    .$if(hasRowLocks(queries), (query) => query.forUpdate()),
)

const insertEvent = prepared((queries, at: Slots<AuditEventRow>) =>
  queries.insertInto('audit_events').values({
    seq: at.seq,
    at: at.at,
    type: at.type,
    data: at.data,
    previous_hash: at.previous_hash,
    hash: at.hash,
    about: at.about,
  }),
)

const setHead = prepared((queries, at: Slots<{ seq: number; hash: string }>) =>
  queries.updateTable('audit_head').set({ seq: at.seq, hash: at.hash }).where('id', '=', head),
)

export interface StoredEvent {
  readonly seq: number
  readonly at: number
  readonly type: string
  /** Canonical JSON. */
  readonly data: string
}

/** HMAC-SHA256 of what an event is hashed as. */
export function keyedHash(key: Uint8Array, previous: string, event: StoredEvent): string {
  return hmac(key, hashedText(previous, event))
}

/** The hash of events from before there was a key: anybody can make it. */
export function plainHash(previous: string, event: StoredEvent): string {
  return sha256(hashedText(previous, event))
}

/**
 * The hash before, a line feed and the canonical JSON of `{at, data, seq, type}`. The stored text of `data` goes in as it is,
 * so that another spelling of the same JSON is a change as well.
 */
function hashedText(previous: string, { seq, at, type, data }: StoredEvent): string {
  return `${previous}\n{"at":${at},"data":${data},"seq":${seq},"type":${JSON.stringify(type)}}`
}

/** Oldest first, from the event after `after` on. */
export async function readAudit(
  queries: Queries,
  { after = 0, limit }: { readonly after?: number; readonly limit: number },
): Promise<AuditEvent[]> {
  const rows = await queries
    .selectFrom('audit_events')
    .select(['seq', 'at', 'type', 'data'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(toEvent)
}

/**
 * Events of these types about one person, newest first.
 * @param about the person's id and their user name, under which failed logins are stored
 */
export async function readAuditAbout(
  queries: Queries,
  wanted: {
    readonly about: readonly string[]
    readonly types: readonly string[]
    /** Milliseconds since the epoch. */
    readonly since: number
    /** Milliseconds since the epoch, of the newest one. */
    readonly until?: number | undefined
    readonly before?: number | undefined
    readonly limit: number
  },
): Promise<AuditEvent[]> {
  const { about, types, since, until, before, limit } = wanted
  const rows = await queries
    .selectFrom('audit_events')
    .select(['seq', 'at', 'type', 'data'])
    .where('about', 'in', about)
    .where('seq', '>', 0)
    .where('type', 'in', types)
    .where('at', '>=', since)
    .$if(until !== undefined, (query) => query.where('at', '<=', until ?? 0))
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toEvent).filter(({ data }) => about.includes(findSubject(data) ?? ''))
}

export function findSubject({ userId, username }: Facts): string | null {
  const about = userId ?? username
  return typeof about === 'string' ? about : null
}

export function toEvent({ seq, at, type, data }: StoredEvent): AuditEvent {
  return { seq, at, type, data: JSON.parse(data) }
}
