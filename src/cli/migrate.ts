/** `einlass migrate`: the one command that changes the schema of the database. */
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { listContracts } from '../platform/storage/migrate.ts'
import {
  describePlace,
  lookAtSchema,
  openDatabase,
  type StorageConfig,
} from '../platform/storage/open.ts'
import { explainSchema, type Schema } from '../platform/storage/schema.ts'
import { takeServerLock } from '../platform/storage/server-lock.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { absentText } from './database.ts'

export const migrate = defineCommand({
  name: 'migrate',
  operands: [],
  summary:
    'Brings the database to the schema of this program, completely or not at all. With PostgreSQL, servers of the previous release continue to work meanwhile.',
  options: {
    'dry-run': { type: 'boolean', help: 'List the migrations, and change nothing' },
  },
  async run({ values, configFile, io, reply }) {
    const { storage } = usableConfig(configFile, io).config
    const place = describePlace(storage)
    const migrations = listMissing(await look(storage, place), place)
    if (migrations.length === 0) {
      const text = `The database ${place} needs no migration.`
      reply({ type: 'current', migrations, contracts: [] }, text)
      return exit.ok
    }
    const isDry = values['dry-run'] === true
    if (!isDry) await change(storage, io)
    const contracts = listContracts(migrations)
    const lines = [
      `${isDry ? 'To be done' : 'Done'} in the database ${place}:`,
      ...migrations.map((name) => `  ${name}`),
      ...contracts.map(({ version }) => `Afterwards it is for Einlass ${version} and newer only.`),
    ]
    reply({ type: isDry ? 'planned' : 'done', migrations, contracts }, lines.join('\n'))
    return exit.ok
  },
})

async function look(storage: StorageConfig, place: string): Promise<Schema> {
  try {
    return await lookAtSchema({ storage, log })
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.code !== 'not_found') throw cause
    throw new Fault('unavailable', absentText(place), { cause })
  }
}

/** The missing migrations in the order in which they are applied. A database of a newer program lacks none. */
function listMissing(schema: Schema, place: string): readonly string[] {
  if (schema.type === 'older' || schema.type === 'empty') return schema.missing
  const fault = explainSchema(schema, place)
  if (fault !== undefined) throw fault
  return []
}

async function change(storage: StorageConfig, { stderr }: Pick<Io, 'stderr'>): Promise<void> {
  // A server that runs on the file would meet tables that it does not know. Its next start migrates by itself.
  const lock = storage.type === 'sqlite' ? takeServerLock(storage.file) : undefined
  try {
    // An operator who waits sees for whom.
    const warn = (_: object, message: string) => void stderr.write(`${message}\n`)
    const { close } = await openDatabase({ storage, log: { ...log, warn } })
    await close()
  } finally {
    lock?.release()
  }
}
