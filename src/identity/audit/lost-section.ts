/** The events that a restored database has lost, from an export or from the database that it replaces. */
import { z } from 'zod'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type AuditEvent, canonicalJson, chainStart, keyedHash } from './chain.ts'
import { isPseudonym } from './erase.ts'
import { type ListedEvent, listAudit } from './list.ts'

const fact = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])

const shape = z.object({
  seq: z.int().positive(),
  at: z.number(),
  type: z.string(),
  data: z.record(z.string(), fact),
  hash: z.string(),
})

/** The last event of the backup. */
export interface Junction {
  readonly seq: number
  readonly hash: string
}

/** `undefined`: the backup has no event. */
export async function findJunction(queries: Queries): Promise<Junction | undefined> {
  return await queries
    .selectFrom('audit_events')
    .select(['seq', 'hash'])
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

/**
 * The events after the junction, in their order. Throws Fault `conflict` if the newest of them that the backup has too is
 * different there: events of another log say nothing about this one.
 */
export async function cutSection(
  queries: Queries,
  events: readonly ListedEvent[],
  junction: Junction | undefined,
): Promise<ListedEvent[]> {
  const last = junction?.seq ?? 0
  const common = events.findLast(({ seq }) => seq <= last)
  const row =
    common &&
    (await queries
      .selectFrom('audit_events')
      .select('hash')
      .where('seq', '=', common.seq)
      .executeTakeFirst())
  if (row !== undefined && row.hash !== common?.hash)
    throw new Fault('conflict', 'The events are not of the log that the backup has.')
  return events.filter(({ seq }) => seq > last).sort((one, other) => one.seq - other.seq)
}

/**
 * Verifies that each event is as the log had it: others can write where an export lies. Returns how many cannot be verified:
 * those after a missing event, and those from which a user was erased. Throws Fault `conflict` for one that was changed.
 * @param section from `cutSection`
 * @param key from `deriveEventKey`
 */
export function verifySection(
  section: readonly ListedEvent[],
  junction: Junction | undefined,
  key: Uint8Array,
): number {
  let previous: Junction = junction ?? { seq: 0, hash: chainStart }
  let unclear = 0
  for (const { seq, at, type, data, hash } of section) {
    const isVerifiable = seq === previous.seq + 1 && !Object.values(data).flat().some(isPseudonym)
    const event = { seq, at, type, data: canonicalJson(data) }
    if (!isVerifiable) unclear += 1
    else if (hash !== keyedHash(key, previous.hash, event))
      throw new Fault(
        'conflict',
        `The event ${seq} in the file of --ends was changed. Nothing was changed in the database. To restore with the events before it, remove it and all later ones from the file.`,
      )
    previous = { seq, hash }
  }
  return unclear
}

export interface Gap {
  readonly from: number
  readonly to: number
}

/**
 * The first events that a section does not have, after the junction or between two of its events: an export may have lost a
 * line. `undefined`: none is missing before its last one.
 */
export function findGap(
  section: readonly AuditEvent[],
  junction: Junction | undefined,
): Gap | undefined {
  let last = junction?.seq ?? 0
  for (const { seq } of section) {
    if (seq > last + 1) return { from: last + 1, to: seq - 1 }
    last = seq
  }
  return undefined
}
