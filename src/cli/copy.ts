/** `einlass copy`: copies the database from SQLite to PostgreSQL, or back. */
import { verifyAudit } from '../identity/audit/verify.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { copyDatabase } from '../platform/storage/backup/copy-database.ts'
import { requireSafe } from '../platform/storage/backup/safe-folder.ts'
import { openKeySource } from '../platform/storage/key-source.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import { describePlace, openDatabase, type StorageConfig } from '../platform/storage/open.ts'
import { createProgress } from './backup-progress.ts'
import { describeAudit } from './backup-words.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const copy = defineCommand({
  name: 'copy',
  operands: [],
  summary:
    'Copies all of a database into an empty one, for example from SQLite to PostgreSQL, and compares every row. No server may use them meanwhile. The key file stays the same.',
  options: {
    from: {
      type: 'string',
      value: 'PLACE',
      help: 'An SQLite file, or postgres://USER@HOST/DATABASE with the password in PGPASSWORD; else the configured database',
    },
    to: { type: 'string', value: 'PLACE', help: 'The target, in the same form' },
  },
  async run({ values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const from = values.from === undefined ? config.storage : readPlace(values.from)
    if (values.to === undefined)
      throw new Fault('bad_request', '--to is missing: where to copy to.')
    const to = readPlace(values.to)
    if (describePlace(from) === describePlace(to))
      throw new Fault('bad_request', '--from and --to are the same database.')
    const data = { storage: config.storage, keyFile: openKeySource(config).file }
    for (const storage of [from, to]) if (storage.type === 'sqlite') requireSafe(storage.file, data)
    const sums = await copyDatabase({ from, to, onRows: createProgress(io, clock, 'rows copied') })
    const rows = sums.reduce((total, sum) => total + sum.rows, 0)
    const audit = await verifyCopy(config, to)
    reply(
      { from: describePlace(from), to: describePlace(to), rows, tables: sums.length, audit },
      `All of ${describePlace(from)} is in ${describePlace(to)}: ${rows} rows of ${sums.length} tables, each compared.
${describeAudit(audit)}
Name the new database in the configuration, keep the key file, and start no server on the earlier one any more.`,
    )
    return exit.ok
  },
})

function readPlace(typed: string): StorageConfig {
  const isUrl = /^postgres(ql)?:\/\//.test(typed)
  return isUrl ? { type: 'postgres', url: typed } : { type: 'sqlite', file: typed }
}

async function verifyCopy(config: Config, storage: StorageConfig) {
  const database = await openDatabase({ storage, log, create: false })
  try {
    const keyring = await openKeyring(config, database.db, { create: false })
    return await verifyAudit(database.db, keyring)
  } finally {
    await database.close()
  }
}
