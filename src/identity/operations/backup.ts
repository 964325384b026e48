/**
 * Makes and restores backups, and verifies the audit log in each. Owns the order of the steps; the storage owns the
 * files.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../platform/kernel/fault.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import {
  checkRecipients,
  decryptFile,
  encryptFile,
  findAgeForm,
} from '../../platform/storage/backup/age.ts'
import {
  type BackupNote,
  stageBackup,
  writeBackup,
} from '../../platform/storage/backup/backup-file.ts'
import {
  inWorkFolder,
  placeFile,
  requireFree,
  requireThere,
} from '../../platform/storage/backup/files.ts'
import { installStaged } from '../../platform/storage/backup/install.ts'
import type { OnRows } from '../../platform/storage/backup/table-store.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDatabase, type StorageConfig } from '../../platform/storage/open.ts'
import type { KeySource } from '../audit/keys.ts'
import { type ChainState, verifyAudit } from '../audit/verify.ts'

export interface BackupOptions {
  readonly storage: StorageConfig
  readonly file: string
  readonly now: () => number
  /** Opens the keyring with the key of the audit log. */
  readonly openKeyring: (db: Database) => Promise<KeySource>
  readonly onRows?: OnRows
  /** Public keys; none: the backup is not encrypted. */
  readonly recipients?: readonly string[]
  /** The folder of the backup before it is encrypted, so that it is never unencrypted in the folder of the file. */
  readonly workFolder: string
}

export interface MadeBackup {
  readonly note: BackupNote
  /** The state of the log in the backup, which is the log of the database. */
  readonly audit: ChainState
}

/**
 * Throws Fault `conflict` when the file already exists. The file gets its name only after all of it is written and read
 * back.
 */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { file, recipients = [], workFolder, openKeyring } = options
  await requireFree(file)
  await checkRecipients(recipients)
  const target = dirname(resolve(file))
  const isPlain = recipients.length === 0
  return await inWorkFolder(isPlain ? target : workFolder, async (folder) => {
    const work = join(folder, 'backup')
    let audit: ChainState | undefined
    const note = await writeBackup({
      ...options,
      file: work,
      inspect: async (db) => {
        audit = await verifyAudit(db, await openKeyring(db))
      },
    })
    if (audit === undefined) throw new Error('the backup was not looked at')
    if (isPlain) await placeFile(work, file)
    else await placeEncrypted(work, file, recipients)
    return { note, audit }
  })
}

async function placeEncrypted(
  plain: string,
  file: string,
  recipients: readonly string[],
): Promise<void> {
  await inWorkFolder(dirname(resolve(file)), async (folder) => {
    const encrypted = join(folder, 'encrypted')
    await encryptFile(plain, encrypted, recipients)
    await placeFile(encrypted, file)
  })
}

export interface RestoreOptions<Result> {
  readonly storage: StorageConfig
  /** The file of the backup. */
  readonly file: string
  /** Secret keys, one of which decrypts the backup; absent: it is not encrypted. */
  readonly secrets?: readonly string[] | undefined
  /** The folder for the copy that will replace the database. */
  readonly workFolder: string
  readonly replace: boolean
  readonly openKeyring: (db: Database) => Promise<KeySource>
  readonly onRows?: OnRows
  /** Changes the restored database before it replaces the present one. */
  readonly settle: (db: Database, note: BackupNote | undefined) => Promise<Result>
}

export interface Restored<Result> {
  /** `undefined`: the backup was a plain copy of a database. */
  readonly note: BackupNote | undefined
  readonly audit: ChainState
  readonly settled: Result
}

/** However this ends, the database is either the one before or the restored one. */
export async function restoreBackup<Result>(
  options: RestoreOptions<Result>,
): Promise<Restored<Result>> {
  const { workFolder, onRows, openKeyring, settle } = options
  await mkdir(workFolder, { recursive: true, mode: 0o700 })
  return await inWorkFolder(workFolder, async (folder) => {
    const staged = join(folder, 'restored.db')
    const note = await stageBackup(await openPlain(options, folder), staged, onRows)
    const database = await openDatabase({
      storage: { type: 'sqlite', file: staged },
      log: silentLog,
    })
    try {
      const audit = await verifyAudit(database.db, await openKeyring(database.db))
      const settled = await settle(database.db, note)
      await database.close()
      await installStaged({ ...options, staged })
      return { note, audit, settled }
    } finally {
      await database.close()
    }
  })
}

/** The path of the backup itself, or of a decrypted copy. */
async function openPlain(
  { file, secrets }: Pick<RestoreOptions<unknown>, 'file' | 'secrets'>,
  folder: string,
): Promise<string> {
  await requireThere(file)
  const form = await findAgeForm(file)
  if (form === 'none') return file
  if (form === 'text') throw new Fault('conflict', `${file} is armored: decrypt it with age first.`)
  if (secrets === undefined)
    throw new Fault('conflict', `${file} is encrypted: --key FILE names the secret key.`)
  const plain = join(folder, 'plain')
  await decryptFile(file, plain, secrets)
  return plain
}
