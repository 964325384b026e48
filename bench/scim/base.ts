// A system that provisions users, with a small and a large group on either database.

import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { startPostgresIn } from '../../scripts/testing/postgres.ts'
import { createProvisionedGroups } from '../../src/identity/provisioning/groups.ts'
import { createProvisioningTokens } from '../../src/identity/provisioning/tokens.ts'
import { systemClock as clock } from '../../src/platform/kernel/clock.ts'
import { silentLog as log } from '../../src/platform/kernel/log.ts'
import { systemRandom as random } from '../../src/platform/kernel/random.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import { openDatabase, type StorageConfig } from '../../src/platform/storage/open.ts'
import { serverCore } from '../process.ts'
import { fill } from '../users/fill.ts'
import type { EngineName } from '../users/fixture.ts'
import { makeId } from '../users/population.ts'

export const sizes = { few: 60, many: 60_000 } as const
export type Size = keyof typeof sizes

export type ScimBase = {
  /** Each makes 3,000 requests a minute. */
  tokens: string[]
  groups: Record<Size, string>
  /** Users who are in neither group. */
  outsiders: string[]
}

const source = 'bench'
const tokenCount = 60
const outsiderCount = 20

/** @param members of the large group */
export const makeScimBase = async (
  storage: StorageConfig,
  members: number = sizes.many,
): Promise<ScimBase> => {
  await fill(storage, members + outsiderCount)
  const outsiders = Array.from({ length: outsiderCount }, (_, at) => makeId('usr', members + at))
  const { db, close } = await openDatabase({ storage, log })
  try {
    await sql`insert into provisioned_users (user_id, source) select id, ${source} from users`.execute(
      db,
    )
    await db.deleteFrom('user_groups').where('user_id', 'in', outsiders).execute()
    const few = Array.from({ length: sizes.few }, (_, at) => makeId('usr', at))
    await db
      .insertInto('user_groups')
      .values(few.map((user_id) => ({ user_id, name: 'few' })))
      .execute()
    const groups = createProvisionedGroups({ clock, random })
    const addGroup = async (displayName: string) =>
      (await groups.create(db, { source, displayName, externalId: undefined })).id
    const made = { few: await addGroup('few'), many: await addGroup('staff') }
    const tokens = await makeTokens(db)
    await sql`analyze`.execute(db)
    return { tokens, groups: made, outsiders }
  } finally {
    await close()
  }
}

const makeTokens = async (db: Database): Promise<string[]> => {
  const tokens = createProvisioningTokens({ clock, random })
  const token = { source, networks: [], takesOver: false }
  const verified = { verifiedMailDomains: [], verifiesPhoneNumbers: false }
  const secrets: string[] = []
  while (secrets.length < tokenCount)
    secrets.push((await tokens.create(db, { ...token, ...verified }, 'bench')).secret)
  return secrets
}

export type ScimStorage = {
  storage: StorageConfig
  /** Of a database server of its own. */
  pid: number | undefined
  close: () => Promise<void>
}

/** Durable, on the core of the server. */
export const openScimStorage = async (folder: string, engine: EngineName): Promise<ScimStorage> => {
  if (engine === 'sqlite') {
    const file = join(folder, 'einlass.db')
    return { storage: { type: 'sqlite', file }, pid: undefined, close: async () => {} }
  }
  const data = join(folder, 'postgres')
  // Its user has to get to its data.
  await chmod(folder, 0o711)
  await mkdir(data)
  const before = ['taskset', '-c', serverCore]
  const { url, pid, close } = await startPostgresIn({ folder: data, options: [], before })
  return { storage: { type: 'postgres', url }, pid, close }
}
