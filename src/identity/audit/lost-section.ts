/** The events that a restored database has lost, from an export or from the database that it replaces. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type AuditEvent, canonicalJson, chainStart, keyedHash } from './chain.ts'
import { isPseudonym } from './erase.ts'
import { type ListedEvent, listAudit } from './list.ts'

const fact = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])

const shape = z.object({
  seq: z.int().positive(),
  // The last one that a Date can be (ECMA-262, 21.4.1.1).
  at: z.int().nonnegative().max(8_640_000_000_000_000),
  type: z.string(),
  data: z.record(z.string(), fact),
  hash: z.string(),
})

/** The last event of the backup. */
export interface Junction {
  readonly seq: number
  readonly hash: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** `undefined`: the backup has no event. */
export async function findJunction(queries: Queries): Promise<Junction | undefined> {
  return await queries
    .selectFrom('audit_events')
    .select(['seq', 'hash', 'at'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Reads what `einlass audit list --json` has written. Throws Fault `bad_request` with the line that cannot be read, and for a
 * file without events, which would say that nothing was taken away since.
 */
export function readExport(text: string): ListedEvent[] {
  const events = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return shape.parse(JSON.parse(line))
    } catch (cause) {
      const found = `Line ${index + 1} is no event of "einlass audit list --json".`
      throw new Fault('bad_request', found, { cause })
    }
  })
  if (events.length === 0)
    throw new Fault('bad_request', 'The file of --ends has no events. Nothing was changed.')
  return events
}

export async function readSection(queries: Queries, after: number): Promise<ListedEvent[]> {
  return (await Array.fromAsync(listAudit(queries, { after }))).flat()
}

export interface Section {
  /** The events after the junction, each once and in their order. */
  readonly events: readonly ListedEvent[]
  /** The newest event that the backup has too, as it is there; `undefined`: it has none of them. */
  readonly common: { readonly at: number } | undefined
}

/**
 * Throws Fault `conflict` if the newest of the events that the backup has too is different there: events of another log say
 * nothing about this one.
 */
export async function cutSection(
  queries: Queries,
  events: readonly ListedEvent[],
  junction: Junction | undefined,
): Promise<Section> {
  const last = junction?.seq ?? 0
  const newest = events.findLast(({ seq }) => seq <= last)
  const common =
    newest &&
    (await queries
      .selectFrom('audit_events')
      .select(['at', 'hash'])
      .where('seq', '=', newest.seq)
      .executeTakeFirst())
  const later = events
    .filter(({ seq }) => seq > last)
    .sort((one, other) => one.seq - other.seq)
    .filter((event, index, all) => !isDeepStrictEqual(event, all[index - 1]))
  // The backup may have deleted an event so early. Then only later events can be compared.
  const isOther = common === undefined ? later.length === 0 : common.hash !== newest?.hash
  if (isOther) throw new Fault('conflict', 'The events are not of the log that the backup has.')
  return { events: later, common }
}

export interface Verified {
  /** Events that cannot be verified: those from which a user was erased, and all after such an event or a missing one. */
  readonly unclear: ReadonlySet<AuditEvent>
  /** The time of the last event that is certain, in milliseconds since the epoch: others could hide that later ones are cut off. */
  readonly until: number
}

/**
 * Verifies that each event is as the log had it: others can write where an export lies. Throws Fault `conflict` for one that was
 * changed. After a restore, numbers are used again under the same key, so a right hash shows only which event comes before: only
 * an unbroken row of events from the junction on is of this log.
 * @param section from `cutSection`
 * @param key from `deriveEventKey`
 */
export function verifySection(
  { events, common }: Section,
  junction: Junction | undefined,
  key: Uint8Array,
): Verified {
  let previous = { seq: junction?.seq ?? 0, hash: junction?.hash ?? chainStart }
  let until = common?.at ?? junction?.at ?? 0
  let isLinked = true
  const unclear = new Set<AuditEvent>()
  for (const event of events) {
    const { seq, at, type, data, hash } = event
    const follows = seq === previous.seq + 1
    const isRight =
      hash === keyedHash(key, previous.hash, { seq, at, type, data: canonicalJson(data) })
    if (follows && !isRight && !Object.values(data).flat().some(isPseudonym))
      throw new Fault(
        'conflict',
        `The event ${seq} in the file of --ends was changed. Nothing was changed in the database. To restore with the events before it, remove it and all later ones from the file.`,
      )
    isLinked &&= follows && isRight
    if (isLinked) until = at
    else unclear.add(event)
    previous = { seq, hash }
  }
  return { unclear, until }
}

export interface Gap {
  readonly from: number
  readonly to: number
}

/** The events that a section does not have, after the junction or between two of its events: an export may have lost lines. */
export function findGaps(
  section: readonly AuditEvent[],
  junction: Junction | undefined,
): readonly Gap[] {
  const gaps: Gap[] = []
  let last = junction?.seq ?? 0
  for (const { seq } of section) {
    if (seq > last + 1) gaps.push({ from: last + 1, to: seq - 1 })
    last = seq
  }
  return gaps
}
