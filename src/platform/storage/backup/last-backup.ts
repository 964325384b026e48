/**
 * When the newest backup of a database was made, and of each series of backups, for the metrics of its servers. A backup notes
 * its time after it was read back and put in its place. Owns the rows with these times. Does not know where a backup is, or
 * whether it still exists.
 */
import { z } from 'zod'
import { createAskedNumber } from '../../kernel/asked-number.ts'
import { type Clock, minutes, seconds } from '../../kernel/clock.ts'
import { type Log, silentLog } from '../../kernel/log.ts'
import type { Metric } from '../../kernel/metric.ts'
import type { Queries } from '../database.ts'
import { readEpoch } from '../epoch.ts'
import { openEngine, type StorageConfig } from '../open.ts'
import { writeSetting } from '../settings.ts'
import type { BackupNote } from './backup-file.ts'

const setting = 'last_backup'

/** How far the clocks of two machines may differ. A node that is further off is not ready. */
const clockTolerance = minutes(1)

/** Milliseconds since the Unix epoch. The backup has nothing that was committed later. */
const shape = z.object({ madeAt: z.number() })

/** `undefined`: the value cannot be read. That is the fault of one row, and the other series still have their age. */
function readTime(value: string): number | undefined {
  try {
    return shape.parse(JSON.parse(value)).madeAt
  } catch {
    return undefined
  }
}

export interface LastBackup extends Pick<BackupNote, 'madeAt'> {
  /** Backups of one job; absent: of no series. */
  readonly series?: string | undefined
}

export const seriesName = /^[A-Za-z0-9][\w-]{0,39}$/

const nameRow = (series: string | undefined): string =>
  series === undefined ? setting : `${setting}/${series}`

/**
 * Works also with the schema of another program version, because such a database can be backed up too.
 * @param replaced a series that has ended
 */
export async function noteBackup(
  storage: StorageConfig,
  backup: LastBackup,
  replaced?: string,
): Promise<void> {
  const database = await openEngine({ storage, log: silentLog })
  try {
    await writeLastBackup(database.db, backup)
    if (replaced !== undefined && replaced !== backup.series)
      await database.db.deleteFrom('settings').where('name', '=', nameRow(replaced)).execute()
  } finally {
    await database.close()
  }
}

/** The last backup to end wins, not the one with the latest time: a clock that was once ahead would hide all later backups. */
async function writeLastBackup(queries: Queries, { madeAt, series }: LastBackup): Promise<void> {
  await writeSetting(queries, nameRow(series), { madeAt })
}

/**
 * The last backup of each series, or the last one of no series if there is no series: then some job is watched, and a backup
 * outside of its series must not hide that it fails. Empty: no backup was made yet. A restored database has the rows of the
 * backup; those rows are ignored. A series whose row cannot be read is missing.
 */
export async function readLastBackups(queries: Queries): Promise<readonly LastBackup[]> {
  const rows = await queries
    .selectFrom('settings')
    .select(['name', 'value'])
    .where('name', 'like', `${setting}%`)
    .orderBy('name')
    .execute()
  const epoch = await readEpoch(queries)
  const found = rows.flatMap(({ name, value }) => {
    if (name !== setting && !name.startsWith(`${setting}/`)) return []
    const madeAt = readTime(value)
    if (epoch !== undefined && madeAt !== undefined && madeAt <= epoch.beganAt) return []
    return [{ madeAt, series: name === setting ? undefined : name.slice(setting.length + 1) }]
  })
  const named = found.filter(({ series }) => series !== undefined)
  const watched = named.length > 0 ? named : found
  return watched.flatMap(({ madeAt, series }) => (madeAt === undefined ? [] : [{ madeAt, series }]))
}

export interface BackupMetricOptions {
  readonly db: Queries
  readonly clock: Clock
  readonly log: Log
}

/**
 * The metric has no sample while there is no backup, nor for a time in the future: then a clock was wrong, and the age is
 * unknown. Every node shows the same, as it is read from the database.
 */
export function measureBackup({ db, clock, log }: BackupMetricOptions): Metric {
  const name = 'einlass_backup_age_seconds'
  const ask = createAskedNumber({ ask: () => readLastBackups(db), name, log })
  return {
    name,
    type: 'gauge',
    help: 'How long ago the newest backup of each series was made; missing as long as there is none.',
    async read() {
      const now = clock.now()
      const known = ((await ask()) ?? []).filter(({ madeAt }) => now - madeAt > -clockTolerance)
      return known.map(({ madeAt, series }) => ({
        labels: series === undefined ? {} : { series },
        value: Math.max(0, now - madeAt) / seconds(1),
      }))
    },
  }
}
