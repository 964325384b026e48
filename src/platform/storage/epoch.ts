/**
 * The epoch of a database begins when it is restored from a backup. What was handed out before and can be used once, or was a
 * login, is worth nothing in it: nobody knows what became of it between the backup and the restore. Owns the row that says
 * which epoch it is.
 */
import { z } from 'zod'
import type { Queries } from './database.ts'
import { readSetting, writeSetting } from './settings.ts'

const setting = 'epoch'

const shape = z.object({
  id: z.string().min(1),
  /** Milliseconds since the epoch of Unix, as `backupAt`. */
  beganAt: z.number(),
  /** What was committed later was lost. `null`: the backup does not say it. */
  backupAt: z.number().nullable(),
})

export type Epoch = z.output<typeof shape>

/** `undefined`: the database was never restored. */
export async function readEpoch(queries: Queries): Promise<Epoch | undefined> {
  return shape.optional().parse(await readSetting(queries, setting))
}

export async function writeEpoch(queries: Queries, epoch: Epoch): Promise<void> {
  await writeSetting(queries, setting, epoch)
}
