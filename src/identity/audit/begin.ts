/** What a server does with the audit trail at its start: it goes on under the key, also after events without a key. */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createAudit } from './audit.ts'
import { keyedHash, plainHash } from './chain.ts'
import { trailEvents } from './events.ts'
import { deriveEventKey, type KeySource } from './keys.ts'

/** Anchors events from before there was a key. Logs an error when the newest event was changed. */
export async function beginAudit(parts: {
  readonly db: Database
  readonly clock: Clock
  readonly keyring: KeySource
  readonly log: Log
}): Promise<void> {
  const { db, keyring, log } = parts
  const newest = await db
    .selectFrom('audit_events')
    .selectAll()
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (newest === undefined) return
  const { hash, previous_hash: previous, seq } = newest
  if (hash === keyedHash(deriveEventKey(keyring), previous, newest)) return
  if (hash !== plainHash(previous, newest)) {
    log.error({ seq }, 'the newest event of the audit log was changed: run einlass audit verify')
    return
  }
  await createAudit(parts).record(db, trailEvents.keyed, { events: seq })
}
