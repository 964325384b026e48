/**
 * The end of an upgrade from a program that gave rows no codes (storage/bound-rows.ts): gives every row its code, as it is, and has
 * the database say that rows without one are refused from now on. Owns the order: older programs are kept out first.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { ChangingKeyring } from '../../platform/kernel/keyring.ts'
import { createRowBinding } from '../../platform/storage/bound-rows.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRows } from '../../platform/storage/row-walk.ts'
import { setOldestProgram } from '../../platform/storage/schema.ts'
import {
  firstToBind,
  lockSealingState,
  readSealingState,
  writeBoundMark,
} from '../../platform/storage/sealing-state.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { By } from '../audit/event.ts'
import { sealingEvents } from './events.ts'

export interface BindRowsOptions {
  readonly db: Database
  /** The keyring from `openKeyring`. */
  readonly keyring: ChangingKeyring
  readonly audit: Audit
  readonly clock: Clock
}

/** Returns how many rows got a code; `undefined`: the database says already that all have one. */
export async function bindAllRows(options: BindRowsOptions, by: By): Promise<number | undefined> {
  const { db, keyring, audit } = options
  if (!keyring.acceptsUnboundRows) return undefined
  await setOldestProgram(db, firstToBind)
  const bound = await bindRows(db, createRowBinding({ keyring }))
  await transact(db, async (tx) => {
    await lockSealingState(tx)
    await writeBoundMark(tx, keyring, await readSealingState(tx))
    await audit.record(tx, sealingEvents.rowsBound, { rows: bound, by })
  })
  keyring.refuseUnboundRows()
  return bound
}
