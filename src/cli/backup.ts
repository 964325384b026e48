/** `einlass backup`: writes the whole database to one file while servers run. */
import { makeBackup } from '../identity/operations/backup.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import type { Io } from '../platform/kernel/io.ts'
import type { BackupNote } from '../platform/storage/backup/backup-file.ts'
import { noteBackup } from '../platform/storage/backup/last-backup.ts'
import { openKeySource, readOnce } from '../platform/storage/key-source.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import { describePlace, nameDatabase, type StorageConfig } from '../platform/storage/open.ts'
import { listNeededKeys, readSealingState } from '../platform/storage/sealing-state.ts'
import { findWorkFolder } from './backup-folder.ts'
import { createProgress } from './backup-progress.ts'
import { describeAudit } from './backup-words.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const backup = defineCommand({
  name: 'backup',
  operands: ['FILE'],
  summary:
    'Writes the whole database into a new file, reads it back and compares. Servers can run and write meanwhile. The file does not contain the key file.',
  options: {
    to: {
      type: 'string',
      multiple: true,
      value: 'KEY',
      help: 'Encrypt it to this public key of age (age1…), see backup-key',
    },
  },
  async run({ operands: [file = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { storage } = config
    const source = readOnce(openKeySource(config))
    let keys: readonly string[] = []
    const recipients = values.to ?? []
    const { note, audit } = await makeBackup({
      storage,
      file,
      recipients,
      workFolder: findWorkFolder(storage),
      now: clock.now,
      async openKeyring(db) {
        keys = listNeededKeys(await readSealingState(db))
        return await openKeyring(config, db, { create: false, source })
      },
      onRows: createProgress(io, clock, 'rows copied'),
    })
    const isNoted = await tryToNote(storage, note, io)
    const rows = note.sums.reduce((total, sum) => total + sum.rows, 0)
    const madeAt = new Date(note.madeAt).toISOString()
    const isEncrypted = recipients.length > 0
    const tables = note.sums.length
    const result = { file, madeAt, rows, tables, isEncrypted, audit, keys, isNoted }
    reply(
      result,
      `The backup ${file} has all of ${describePlace(storage)} as of ${madeAt}: ${rows} rows of ${tables} tables. It was read back and compared.
${describeAudit(audit)}
${isEncrypted ? 'It is encrypted: a restore needs the secret key (--key).' : 'It is not encrypted: whoever reads it has the password hashes and addresses of all users.'}
To use it, a restore needs the sealing keys of today as well (${keys.join(', ')}), which are not in it: keep a copy of ${source.name} elsewhere.`,
    )
    return exit.ok
  },
})

/** Notes the backup. If the database accepts no writes, the backup is still complete and valid. */
async function tryToNote(
  storage: StorageConfig,
  note: BackupNote,
  { stderr }: Pick<Io, 'stderr'>,
): Promise<boolean> {
  try {
    await noteBackup(storage, note)
    return true
  } catch (error) {
    const named = nameDatabase(error, storage)
    const reason = named instanceof Error ? named.message : String(named)
    stderr.write(
      `The backup was made, but its time could not be noted in the database, so the metrics show an earlier one: ${reason}\n`,
    )
    return false
  }
}
