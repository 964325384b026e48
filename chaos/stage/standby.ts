/**
 * A PostgreSQL with a standby that confirms each commit, and one address in front of both, like a proxy or a moving address.
 */
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { findBinaries, findUser } from '../../scripts/testing/postgres.ts'
import { execute } from '../../scripts/testing/steps.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { type ChaosPostgres, makeFolder, startChaosPostgres } from './postgres.ts'
import { startRelay } from './relay.ts'

export interface Pair {
  /** The address of the current primary. */
  readonly url: string
  /** Kills the primary, promotes the standby, and directs the address to it. */
  failOver(): Promise<void>
}

export async function startPair(t: Scope): Promise<Pair> {
  const primary = await startChaosPostgres(t)
  const folder = await makeFolder(t)
  await copyPrimary(primary, folder)
  const standby = await startChaosPostgres(t, { folder })
  await query(primary.url, "alter system set synchronous_standby_names = '*'")
  await query(primary.url, 'select pg_reload_conf()')
  const relay = await startRelay(t, new URL(primary.url).port)
  return {
    url: relay.url(primary.url),
    async failOver() {
      await primary.kill()
      await query(standby.url, 'select pg_promote(true, 60)')
      relay.leadTo(new URL(standby.url).port)
    },
  }
}

/** Makes a copy of the data, which follows the primary once it is started. */
async function copyPrimary({ url }: ChaosPostgres, folder: string): Promise<void> {
  const user = await findUser()
  const data = join(folder, 'data')
  await mkdir(data, { mode: 0o700 })
  if (user !== undefined) for (const one of [folder, data]) await chown(one, user.uid, user.gid)
  const { port } = new URL(url)
  const args = ['-D', data, '-h', '127.0.0.1', '-p', port, '-U', 'postgres', '-R', '-c', 'fast']
  const command = `${await findBinaries()}pg_basebackup`
  const { code, output } = await execute(command, args, { folder, timeout: 120_000, ...user })
  if (code !== 0) throw new Error(`no standby: ${output}`)
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
