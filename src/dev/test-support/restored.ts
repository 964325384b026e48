/** For tests: goes back to a state of before as a restore does, on the database that a test has open. */
import { protocols } from '../../faces/protocols/index.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { beginEpoch } from '../../login/epoch.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { openTables } from '../../platform/storage/backup/open-tables.ts'
import {
  type Row,
  sumTables,
  type Table,
  type TableSum,
} from '../../platform/storage/backup/table-store.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { StorageConfig } from '../../platform/storage/open.ts'

export interface EarlierState {
  readonly at: number
  readonly rows: readonly (readonly [Table, readonly Row[]])[]
}

export async function rememberState(storage: StorageConfig, clock: Clock): Promise<EarlierState> {
  const store = await openTables(storage, 'read')
  try {
    const rows: [Table, Row[]][] = []
    for (const table of store.tables)
      rows.push([table, (await Array.fromAsync(store.read(table))).flat()])
    return { at: clock.now(), rows }
  } finally {
    await store.close()
  }
}

export interface GoBackOptions {
  readonly db: Database
  readonly storage: StorageConfig
  readonly clock: Clock
  readonly audit: Audit
  readonly notify: Notify
}

/** All rows are those of the earlier state; then the epoch of the restore begins. */
export async function goBack(state: EarlierState, options: GoBackOptions) {
  const store = await openTables(options.storage, 'write')
  try {
    await store.empty()
    for (const [table, rows] of state.rows) if (rows.length > 0) await store.write(table, rows)
    await store.commit()
  } finally {
    await store.close()
  }
  return await beginEpoch({
    ...options,
    random,
    now: options.clock.now(),
    backupAt: state.at,
    by: 'cli:root',
    voidOthers: protocols.flatMap(({ voidEarlier }) => voidEarlier ?? []),
  })
}

/** What all tables hold, to compare. */
export async function readSums(storage: StorageConfig): Promise<readonly TableSum[]> {
  const store = await openTables(storage, 'read')
  try {
    return await sumTables(store)
  } finally {
    await store.close()
  }
}
