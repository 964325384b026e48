/**
 * Erases a person from the audit trail: replaces facts that name the person, some events at a time, each time with an event
 * that says how many and makes the replacements verifiable (erasures.ts). Owns the order; erased-facts.ts owns what is
 * replaced.
 */

import { sql } from 'kysely'
import { hmac } from '../../platform/kernel/crypto.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from './audit.ts'
import { canonicalJson, type Facts, findSubject, toEvent } from './chain.ts'
import { type ErasedPerson, type EraseFacts, judgeAttempt } from './erased-facts.ts'
import { addToErasure, type Erasures, replacedHash } from './erasures.ts'
import { trailEvents } from './events.ts'
import { type AuditKeys, deriveAuditKeys, type KeySource } from './keys.ts'
import { findForm, type ReadEvent } from './place.ts'
import { readEvents } from './read-events.ts'

export interface TrailErasureOptions {
  readonly db: Database
  readonly random: Random
  readonly keyring: KeySource
  readonly audit: Audit
  readonly eraseFacts: EraseFacts
}

export interface ErasedEvents {
  /** How many events were replaced. */
  readonly replaced: number
  /** How many of them had been changed before, so that `audit verify` still finds them. */
  readonly broken: number
  /** How many were left because they have a name of the person but may be about another one. */
  readonly unclear: number
}

/** Events that are read at once. */
const windowSize = 1000
/** Events that are replaced in one transaction. */
const batch = 500

/**
 * A person always gets the same pseudonym, so that events of several erasures belong together and a restore finds who it
 * was.
 */
export function createPseudonym(keyring: KeySource, userId: string): string {
  return `${pseudonymPrefix}${hmac(keyring.derive('audit/pseudonyms'), userId).slice(0, 22)}`
}

/** @param name in its canonical form */
export function hashName(keyring: KeySource, name: string): string {
  return hmac(keyring.derive('audit/names'), name).slice(0, 22)
}

const pseudonymPrefix = 'erased_'

export const isPseudonym = (text: unknown): boolean =>
  typeof text === 'string' && text.startsWith(pseudonymPrefix)

/**
 * Goes through the whole trail, including events that are appended meanwhile. After an interruption, a second run finishes
 * it.
 */
export async function eraseFromTrail(
  options: TrailErasureOptions,
  person: ErasedPerson,
  by: string,
): Promise<ErasedEvents> {
  const { db, eraseFacts } = options
  const keys = deriveAuditKeys(options.keyring)
  let [replaced, broken, unclear, after] = [0, 0, 0, 0]
  for (;;) {
    const events = await readEvents(db, { after, limit: windowSize })
    const last = events.at(-1)
    if (last === undefined) break
    for (const { row } of events) if (judgeAttempt(toEvent(row), person) === 'unclear') unclear += 1
    const named = events.filter(({ row }) => eraseFacts(toEvent(row), person) !== undefined)
    for (let from = 0; from < named.length; from += batch) {
      const part = named.slice(from, from + batch).map(({ row }) => row.seq)
      const done = await replaceEvents({ ...options, keys }, part, { person, by })
      replaced += done.replaced
      broken += done.broken
    }
    after = last.row.seq
  }
  // Written even if the trail had no event of the person, so that a restore can repeat the erasure.
  if (replaced === 0) await replaceEvents({ ...options, keys }, [], { person, by })
  return { replaced, broken, unclear }
}

type Replacing = TrailErasureOptions & { readonly keys: AuditKeys }

interface Wish {
  readonly person: ErasedPerson
  readonly by: string
}

function replaceEvents(
  { db, random, audit, keys, eraseFacts }: Replacing,
  seqs: readonly number[],
  { person, by }: Wish,
): Promise<Omit<ErasedEvents, 'unclear'>> {
  return transact(db, async (tx) => {
    await lockTrail(tx)
    const erasure = random.uuid()
    let erasures: Erasures = new Map()
    let [replaced, broken] = [0, 0]
    for (const event of await readAgain(tx, seqs)) {
      const facts = eraseFacts(toEvent(event.row), person)
      if (facts === undefined) continue
      const replacement = await replaceEvent(tx, keys, event, { facts, erasure })
      replaced += 1
      if (replacement === undefined) broken += 1
      else erasures = addToErasure(erasures, replacement)
    }
    const { events = 0, digest = '' } = erasures.get(erasure) ?? {}
    await audit.record(tx, trailEvents.erased, {
      userId: person.pseudonym,
      ...{ erasure, events, digest, by },
      ...(person.nameHashes.length > 0 && { names: person.nameHashes }),
    })
    return { replaced, broken }
  })
}

/** Until the transaction ends, no other erasure and no retention changes the trail. */
async function lockTrail(queries: Queries): Promise<void> {
  await queries.updateTable('audit_checkpoint').set({ changes: sql<number>`changes + 1` }).execute()
}

/** Those that are still there, oldest first. */
async function readAgain(queries: Queries, seqs: readonly number[]): Promise<ReadEvent[]> {
  const [first, last] = [seqs[0], seqs.at(-1)]
  if (first === undefined || last === undefined) return []
  const wanted = new Set(seqs)
  const events = await readEvents(queries, { after: first - 1, upTo: last, limit: windowSize })
  return events.filter(({ row }) => wanted.has(row.seq))
}

/** `undefined`: the event had been changed before, and stays so, as nobody can say what it was. */
async function replaceEvent(
  queries: Queries,
  keys: AuditKeys,
  event: ReadEvent,
  { facts, erasure }: { readonly facts: Facts; readonly erasure: string },
) {
  const { row, replacements } = event
  const form = findForm(event, keys)
  const data = canonicalJson(facts)
  await queries
    .updateTable('audit_events')
    .set({ data, about: findSubject(facts) })
    .where('seq', '=', row.seq)
    .execute()
  if (form === undefined) return undefined
  const replacement = {
    seq: row.seq,
    turn: replacements.length + 1,
    erasure,
    hash: replacedHash(keys.erasures, form, row.previous_hash, { ...row, data }),
  }
  await queries.insertInto('audit_replacements').values(replacement).execute()
  return replacement
}
