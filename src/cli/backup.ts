/** `einlass backup`: writes the whole database to one file while servers run. */
import { makeBackup } from '../identity/operations/backup.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { noteBackup, seriesName } from '../platform/storage/backup/last-backup.ts'
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
    series: {
      type: 'string',
      value: 'NAME',
      help: 'The job that makes it: the metrics show the age of each series, so that a job that fails is noticed',
    },
    'instead-of': {
      type: 'string',
      value: 'NAME',
      help: 'A series whose job has ended: the metrics no longer show it',
    },
  },
  async run({ operands: [file = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { storage } = config
    const source = readOnce(openKeySource(config))
    let keys: readonly string[] = []
    const recipients = values.to ?? []
    const { series, 'instead-of': replaced } = values
    requireSeriesName('--series', series)
    requireSeriesName('--instead-of', replaced)
    const { note, audit } = await makeBackup({
      storage,
      file,
      recipients,
      workFolder: findWorkFolder(storage),
      keyFile: source.file,
      now: clock.now,
      async openKeyring(db) {
        keys = listNeededKeys(await readSealingState(db))
        return await openKeyring(config, db, { create: false, source })
      },
      onRows: createProgress(io, clock, 'rows copied'),
    })
    const { madeAt } = note
    const isNoted = await tryToNote(
      () => noteBackup(storage, { madeAt, series }, replaced),
      storage,
      io,
    )
    const rows = note.sums.reduce((total, sum) => total + sum.rows, 0)
    const time = new Date(madeAt).toISOString()
    const isEncrypted = recipients.length > 0
    const tables = note.sums.length
    const result = { file, madeAt: time, series, rows, tables, isEncrypted, audit, keys, isNoted }
    reply(
      result,
      `The backup ${file} has all of ${describePlace(storage)} as of ${time}: ${rows} rows of ${tables} tables. It was read back and compared.
${describeAudit(audit)}
${isEncrypted ? 'It is encrypted: a restore needs the secret key (--key).' : 'It is not encrypted: whoever reads it has the password hashes and addresses of all users.'}
To use it, a restore needs the sealing keys of today as well (${keys.join(', ')}), which are not in it: keep a copy of ${source.name} elsewhere.`,
    )
    return exit.ok
  },
})

function requireSeriesName(option: string, name: string | undefined): void {
  if (name === undefined || seriesName.test(name)) return
  const text = `${option}\n  found:   ${name}\n  allowed: 1 to 40 letters, digits, _ and -`
  throw new Fault('bad_request', text)
}

/** Notes the backup. If the database accepts no writes, the backup is still complete and valid. */
async function tryToNote(
  note: () => Promise<void>,
  storage: StorageConfig,
  { stderr }: Pick<Io, 'stderr'>,
): Promise<boolean> {
  try {
    await note()
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
