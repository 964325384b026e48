/**
 * The epoch of a database begins when it is restored from a backup. One-time values and logins of the epoch before are invalid
 * in it: nobody knows what became of them between the backup and the restore. Owns the row with the current epoch.
 */
import { z } from 'zod'
import type { Queries } from './database.ts'
import { readSetting, writeSetting } from './settings.ts'

/** The name of the row. */
export const epochRow = 'epoch'

const shape = z.object({
  id: z.string().min(1),
  /** Milliseconds since the Unix epoch, like `backupAt`. */
  beganAt: z.number(),
  /** Everything that was committed later was lost. `null`: the backup does not say when it was made. */
  backupAt: z.number().nullable(),
})

export type Epoch = z.output<typeof shape>

/** `undefined`: the database was never restored. */
export async function readEpoch(queries: Queries): Promise<Epoch | undefined> {
  return shape.optional().parse(await readSetting(queries, epochRow))
}

export async function writeEpoch(queries: Queries, epoch: Epoch): Promise<void> {
  await writeSetting(queries, epochRow, epoch)
}
