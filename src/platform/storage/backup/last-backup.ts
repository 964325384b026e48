/**
 * When the newest backup of a database was made, for the metrics of its servers. A backup says so itself, when it was read back and is
 * where it belongs. Owns the row that has the time. Where a backup is, and whether it is still there, is not known here.
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

/** By how much the clocks of two machines may differ: a node that is further off is not ready. */
const clockTolerance = minutes(1)

/** In milliseconds since the epoch of Unix: what was committed later is not in the backup. */
const shape = z.object({ madeAt: z.number() })

type LastBackup = Pick<BackupNote, 'madeAt'>

/** Also in a database that has the schema of another program, as a backup can be made of it. */
export async function noteBackup(storage: StorageConfig, { madeAt }: LastBackup): Promise<void> {
  const database = await openEngine({ storage, log: silentLog })
  try {
    await writeLastBackup(database.db, { madeAt })
  } finally {
    await database.close()
  }
}

/** The last one to end counts, not the one with the latest time: a clock that was ahead once would hide all later ones. */
async function writeLastBackup(queries: Queries, { madeAt }: LastBackup): Promise<void> {
  await writeSetting(queries, setting, { madeAt })
}

/** `undefined`: no backup was made yet. In a restored database the row is the one of the backup, which does not count. */
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
 * Without a sample as long as there is no backup, and for one of a time that is still to come: a clock was wrong, and nobody knows how
 * old it is. The same on every node, as it is read from the database.
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
