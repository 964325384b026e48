/** Copies a whole database into another one, of the same or the other engine, while nobody uses either. */
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../kernel/fault.ts'
import { silentLog } from '../../kernel/log.ts'
import { listMigrations } from '../migrate.ts'
import { describePlace, nameDatabase, openDatabase, type StorageConfig } from '../open.ts'
import { takeServerLock } from '../server-lock.ts'
import { inWorkFolder, isThere, placeFile } from './files.ts'
import { giveToOwner, requireEmpty } from './install.ts'
import { openTables } from './open-tables.ts'
import { createSchemaFile } from './schema-file.ts'
import { copyRows, type OnRows, type TableStore, type TableSum } from './table-store.ts'

export interface CopyOptions {
  readonly from: StorageConfig
  readonly to: StorageConfig
  readonly onRows?: OnRows
}

/**
 * Reads one state of the source, and compares every row of the target with it before the commit. Throws `Fault('unavailable')`
 * when a server uses one of the two, `Fault('conflict')` when the target has data.
 */
export async function copyDatabase(options: CopyOptions): Promise<readonly TableSum[]> {
  const { from, to } = options
  if (from.type === 'sqlite' && !(await isThere(from.file))) throw noDatabase(from)
  const releases: (() => void)[] = []
  try {
    for (const storage of [from, to]) releases.push(await requireUnused(storage))
    const source = await openTables(from, 'read')
    try {
      requireNewest(source, from)
      return await copyInto(source, options)
    } finally {
      await source.close()
    }
  } finally {
    for (const release of releases) release()
  }
}

/** Resolves with a function that lets servers use the database again. */
async function requireUnused(storage: StorageConfig): Promise<() => void> {
  if (storage.type === 'sqlite') return takeServerLock(storage.file).release
  const { countServers } = await import('./postgres-tables.ts')
  const count = await countServers(storage.url).catch((error: unknown) => {
    throw nameDatabase(error, storage)
  })
  if (count === 0) return () => {}
  const text = `The database ${describePlace(storage)} is used by servers (${count}): what they write meanwhile would be lost. End them first.`
  throw new Fault('unavailable', text)
}

const noDatabase = (storage: StorageConfig): Fault =>
  new Fault('not_found', `There is no database of Einlass at ${describePlace(storage)}.`)

function requireNewest({ migrations }: TableStore, storage: StorageConfig): void {
  if (migrations.length === 0) throw noDatabase(storage)
  if (migrations.join() === listMigrations().join()) return
  const text = `The database ${describePlace(storage)} does not have the schema of this program (${migrations.at(-1)}).`
  throw new Fault('conflict', text)
}

async function copyInto(
  source: TableStore,
  { to, onRows }: CopyOptions,
): Promise<readonly TableSum[]> {
  if (to.type === 'sqlite' && !(await isThere(to.file)))
    return await copyIntoNew(source, to.file, onRows)
  // Sets up an empty database.
  await (await openDatabase({ storage: to, log: silentLog })).close()
  return await fill(source, to, onRows)
}

/** The file gets its name only when it is complete. */
async function copyIntoNew(
  source: TableStore,
  file: string,
  onRows: OnRows | undefined,
): Promise<readonly TableSum[]> {
  return await inWorkFolder(dirname(resolve(file)), async (folder) => {
    const work = join(folder, 'copied.db')
    await createSchemaFile(work, source.migrations)
    const sums = await fill(source, { type: 'sqlite', file: work }, onRows)
    for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true })
    await giveToOwner(dirname(resolve(file)), [work])
    await placeFile(work, file)
    return sums
  })
}

async function fill(
  source: TableStore,
  to: StorageConfig,
  onRows: OnRows | undefined,
): Promise<readonly TableSum[]> {
  const target = await openTables(to, 'write')
  try {
    await requireEmpty(target, to)
    const sums = await copyRows(source, target, { onRows })
    await target.commit()
    return sums
  } finally {
    await target.close()
  }
}
