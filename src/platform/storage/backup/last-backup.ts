/**
 * When the newest backup of a database was made, for the metrics of its servers. A backup notes its time after it was read back
 * and put in its place. Owns the row with that time. Does not know where a backup is, or whether it still exists.
 */
import { z } from 'zod'
import { createAskedNumber } from '../../kernel/asked-number.ts'
import { type Clock, minutes, seconds } from '../../kernel/clock.ts'
import { type Log, silentLog } from '../../kernel/log.ts'
import type { Metric } from '../../kernel/metric.ts'
import type { Queries } from '../database.ts'
import { readEpoch } from '../epoch.ts'
import { openEngine, type StorageConfig } from '../open.ts'
import { readSetting, writeSetting } from '../settings.ts'
import type { BackupNote } from './backup-file.ts'

const setting = 'last_backup'

/** How far the clocks of two machines may differ. A node that is further off is not ready. */
const clockTolerance = minutes(1)

/** Milliseconds since the Unix epoch. The backup has nothing that was committed later. */
const shape = z.object({ madeAt: z.number() })

type LastBackup = Pick<BackupNote, 'madeAt'>

/** Works also with the schema of another program version, because such a database can be backed up too. */
export async function noteBackup(storage: StorageConfig, { madeAt }: LastBackup): Promise<void> {
  const database = await openEngine({ storage, log: silentLog })
  try {
    await writeLastBackup(database.db, { madeAt })
  } finally {
    await database.close()
  }
}

/** The last backup to end wins, not the one with the latest time: a clock that was once ahead would hide all later backups. */
async function writeLastBackup(queries: Queries, { madeAt }: LastBackup): Promise<void> {
  await writeSetting(queries, setting, { madeAt })
}

/** `undefined`: no backup was made yet. A restored database has the row of the backup; that row is ignored. */
export async function readLastBackup(queries: Queries): Promise<LastBackup | undefined> {
  const last = shape.optional().parse(await readSetting(queries, setting))
  if (last === undefined) return undefined
  const epoch = await readEpoch(queries)
  return epoch !== undefined && last.madeAt <= epoch.beganAt ? undefined : last
}

export interface BackupMetricOptions {
  readonly db: Queries
  readonly clock: Clock
  readonly log: Log
}

/**
 * The metric has no sample while there is no backup, or when its time is in the future: then a clock was wrong, and its age is
 * unknown. Every node shows the same, as it is read from the database.
 */
export function measureBackup({ db, clock, log }: BackupMetricOptions): Metric {
  const name = 'einlass_backup_age_seconds'
  const ask = createAskedNumber({ ask: () => readLastBackup(db), name, log })
  return {
    name,
    type: 'gauge',
    help: 'How long ago the newest backup was made; missing as long as there is none.',
    async read() {
      const last = await ask()
      const age = last === undefined ? -clockTolerance : clock.now() - last.madeAt
      return age <= -clockTolerance ? [] : [{ labels: {}, value: Math.max(0, age) / seconds(1) }]
    },
  }
}
