/** Backups and their restore, with the audit log of each checked. Owns the order of steps; the files are the storage's. */
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { silentLog } from '../../platform/kernel/log.ts'
import {
  type BackupNote,
  stageBackup,
  writeBackup,
} from '../../platform/storage/backup/backup-file.ts'
import { inWorkFolder, placeFile, requireFree } from '../../platform/storage/backup/files.ts'
import { installStaged } from '../../platform/storage/backup/install.ts'
import type { OnRows } from '../../platform/storage/backup/table-store.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDatabase, type StorageConfig } from '../../platform/storage/open.ts'
import { type ChainState, verifyAudit } from '../audit/verify.ts'

export interface BackupOptions {
  readonly storage: StorageConfig
  readonly file: string
  readonly now: () => number
  readonly onRows?: OnRows
}

export interface MadeBackup {
  readonly note: BackupNote
  /** Of the log in the backup, which is the log of the database. */
  readonly audit: ChainState
}

/** Throws Fault `conflict` when the file is there already. The file has its name only when all of it is written and read back. */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { file } = options
  await requireFree(file)
  return await inWorkFolder(dirname(resolve(file)), async (folder) => {
    const work = join(folder, 'backup')
    let audit: ChainState | undefined
    const note = await writeBackup({
      ...options,
      file: work,
      inspect: async (db) => {
        audit = await verifyAudit(db)
      },
    })
    if (audit === undefined) throw new Error('the backup was not looked at')
    await placeFile(work, file)
    return { note, audit }
  })
}

export interface RestoreOptions<Result> {
  readonly storage: StorageConfig
  /** The backup. */
  readonly file: string
  /** Where the copy is made that takes the place of the database. */
  readonly workFolder: string
  readonly replace: boolean
  readonly onRows?: OnRows
  /** What becomes of the restored state before it is the state. */
  readonly settle: (db: Database, note: BackupNote | undefined) => Promise<Result>
}

export interface Restored<Result> {
  /** `undefined`: it was a plain copy of a database. */
  readonly note: BackupNote | undefined
  readonly audit: ChainState
  readonly settled: Result
}

/** Whatever ends it, the database is the one of before or the restored one. */
export async function restoreBackup<Result>(
  options: RestoreOptions<Result>,
): Promise<Restored<Result>> {
  const { file, workFolder, onRows, settle } = options
  await mkdir(workFolder, { recursive: true, mode: 0o700 })
  return await inWorkFolder(workFolder, async (folder) => {
    const staged = join(folder, 'restored.db')
    const note = await stageBackup(file, staged, onRows)
    const database = await openDatabase({
      storage: { type: 'sqlite', file: staged },
      log: silentLog,
    })
    try {
      const audit = await verifyAudit(database.db)
      const settled = await settle(database.db, note)
      await database.close()
      await installStaged({ ...options, staged })
      return { note, audit, settled }
    } finally {
      await database.close()
    }
  })
}
