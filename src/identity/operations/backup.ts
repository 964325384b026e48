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
  type StagedBackup,
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
import { requireSafe } from '../../platform/storage/backup/safe-folder.ts'
import type { OnRows } from '../../platform/storage/backup/table-store.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDatabase, type StorageConfig } from '../../platform/storage/open.ts'
import type { KeySource } from '../audit/keys.ts'
import { type ChainState, verifyAudit } from '../audit/verify.ts'

export interface BackupOptions {
  readonly storage: StorageConfig
  readonly file: string
  readonly now: () => number
  /** Opens the keyring with the key of the audit log, from a database that has only the rows about sealing keys. */
  readonly openKeyring: (db: Database) => Promise<KeySource>
  readonly onRows?: OnRows
  /** Public keys; none: the backup is not encrypted. */
  readonly recipients?: readonly string[]
  /** The folder of the backup before it is encrypted, so that it is never unencrypted in the folder of the file. */
  readonly workFolder: string
  /** With PostgreSQL: root trusts the owner of this file. */
  readonly keyFile?: string | undefined
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
  const isPlain = recipients.length === 0
  requireSafe(dirname(file), options)
  if (!isPlain) requireSafe(workFolder, options)
  await requireFree(file)
  await checkRecipients(recipients)
  const target = dirname(resolve(file))
  return await inWorkFolder(isPlain ? target : workFolder, async (folder) => {
    const work = join(folder, 'backup')
    let keyring: KeySource | undefined
    let audit: ChainState | undefined
    const note = await writeBackup({
      ...options,
      file: work,
      async findKey(db) {
        keyring = await openKeyring(db)
        return deriveBackupKey(keyring)
      },
      async inspect(db) {
        if (keyring !== undefined) audit = await verifyAudit(db, keyring)
      },
    })
    if (audit === undefined) throw new Error('the backup was not looked at')
    if (isPlain) await placeFile(work, file)
    else await placeEncrypted(work, file, recipients)
    return { note, audit }
  })
}

/** The key that authenticates backups. It comes from the key file, so write access to a backup is not enough to forge one. */
const deriveBackupKey = (keyring: KeySource): Uint8Array => keyring.derive('backups')

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

export interface BackupSource {
  readonly file: string
  /** Secret keys, one of which decrypts the backup; absent: it is not encrypted. */
  readonly secrets?: readonly string[] | undefined
  /** Whether a file is used of which nothing shows that it was made with these keys; absent: no. */
  readonly acceptUnverified?: boolean
}

export interface RestoreOptions<Result, Keys extends KeySource> {
  readonly storage: StorageConfig
  readonly backup: BackupSource
  /** The folder for the copy that will replace the database. */
  readonly workFolder: string
  /** With PostgreSQL: root trusts the owner of this file. */
  readonly keyFile?: string | undefined
  readonly replace: boolean
  /** Called with a database that has only the rows about sealing keys, in the schema of the backup, and then with all of it. */
  readonly openKeyring: (db: Database) => Promise<Keys>
  readonly onRows?: OnRows
  /** Changes the restored database before it replaces the present one. */
  readonly settle: (db: Database, note: BackupNote | undefined, keyring: Keys) => Promise<Result>
}

export interface Restored<Result> extends StagedBackup {
  readonly audit: ChainState
  readonly settled: Result
}

/** However this ends, the database is either the one before or the restored one. */
export async function restoreBackup<Result, Keys extends KeySource>(
  options: RestoreOptions<Result, Keys>,
): Promise<Restored<Result>> {
  const { backup, workFolder, onRows, openKeyring, settle } = options
  requireSafe(backup.file, options)
  requireSafe(workFolder, options)
  await mkdir(workFolder, { recursive: true, mode: 0o700 })
  // Another user may have made it meanwhile.
  requireSafe(workFolder, options)
  return await inWorkFolder(workFolder, async (folder) => {
    const staged = join(folder, 'restored.db')
    const { note, isVerified } = await stageBackup(await openPlain(backup, folder), staged, {
      acceptUnverified: backup.acceptUnverified ?? false,
      findKey: async (db) => deriveBackupKey(await openKeyring(db)),
      ...(onRows && { onRows }),
    })
    const database = await openDatabase({
      storage: { type: 'sqlite', file: staged },
      log: silentLog,
    })
    try {
      const keyring = await openKeyring(database.db)
      const audit = await verifyAudit(database.db, keyring)
      const settled = await settle(database.db, note, keyring)
      await database.close()
      await installStaged({ ...options, staged })
      return { note, isVerified, audit, settled }
    } finally {
      await database.close()
    }
  })
}

/** The path of the backup itself, or of a decrypted copy. */
async function openPlain({ file, secrets }: BackupSource, folder: string): Promise<string> {
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
