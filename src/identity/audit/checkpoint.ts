/**
 * Where the audit trail begins after its oldest events were deleted: the number and the hash of the last deleted event,
 * under a key from the key file. The checkpoint moves in the transaction that deletes, so the remaining events follow
 * it without a gap. A row that was written with access to the database alone is found out. Owns the form of the row.
 */
import { z } from 'zod'
import { hmac } from '../../platform/kernel/crypto.ts'
import type { AuditCheckpointRow } from '../../platform/storage/audit-tables.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { hasTable } from '../../platform/storage/has-table.ts'
import { hasRowLocks } from '../../platform/storage/row-locks.ts'
import { firstPlace, type Place } from './place.ts'

/** The id of the one row. */
const only = 1

export interface Checkpoint {
  readonly place: Place
  /** Milliseconds since the epoch; `undefined`: nothing was deleted yet. */
  readonly madeAt: number | undefined
}

const noCheckpoint: Checkpoint = { place: firstPlace, madeAt: undefined }

/**
 * `undefined`: it was not written with this key, or is gone.
 * @param options.isLocked until the transaction ends, nobody else moves it or erases
 */
export async function readCheckpoint(
  queries: Queries,
  key: Uint8Array,
  { isLocked = false }: { readonly isLocked?: boolean } = {},
): Promise<Checkpoint | undefined> {
  if (!(await hasTable(queries, 'audit_checkpoint'))) return noCheckpoint
  const row = await queries
    .selectFrom('audit_checkpoint')
    .selectAll()
    .where('id', '=', only)
    .$if(isLocked && hasRowLocks(queries), (query) => query.forUpdate())
    .executeTakeFirst()
  return row && openRow(row, key)
}

const erasuresShape = z.record(
  z.string(),
  z.strictObject({ from: z.int(), events: z.int(), digest: z.string() }),
)

function openRow(row: Omit<AuditCheckpointRow, 'id'>, key: Uint8Array): Checkpoint | undefined {
  if (row.mac === '') return row.seq === 0 && row.hash === '' ? noCheckpoint : undefined
  if (row.mac !== hmac(key, signedText(row))) return undefined
  const { seq, hash, is_keyed: isKeyed, erasures, made_at: madeAt } = row
  const open = new Map(Object.entries(erasuresShape.parse(JSON.parse(erasures))))
  return { place: { seq, hash, unkeyed: isKeyed ? 0 : undefined, erasures: open }, madeAt }
}

export async function moveCheckpoint(
  queries: Queries,
  key: Uint8Array,
  { place, at }: { readonly place: Place; readonly at: number },
): Promise<void> {
  const row = {
    seq: place.seq,
    hash: place.hash,
    is_keyed: place.unkeyed === undefined ? 0 : 1,
    erasures: JSON.stringify(Object.fromEntries(place.erasures)),
    made_at: at,
  } as const
  await queries
    .updateTable('audit_checkpoint')
    .set({ ...row, mac: hmac(key, signedText(row)) })
    .where('id', '=', only)
    .execute()
}

function signedText(row: Omit<AuditCheckpointRow, 'id' | 'mac' | 'changes'>): string {
  const { seq, hash, is_keyed, erasures, made_at } = row
  return `einlass audit checkpoint\n${JSON.stringify([seq, hash, is_keyed, erasures, made_at])}`
}
