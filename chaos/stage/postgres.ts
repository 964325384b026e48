/**
 * A PostgreSQL of one scene alone, as durable as a real one, whose processes can be killed and frozen. It is started anew over the
 * same data.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgresIn } from '../../scripts/testing/postgres.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export interface ChaosPostgres {
  readonly url: string
}

const options = ['-c', 'max_connections=60', '-c', 'shared_buffers=32MB']

export async function startChaosPostgres(t: Scope): Promise<ChaosPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-chaos-postgres-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.on('exit', remove)
  t.after(() => {
    process.off('exit', remove)
    remove()
  })
  const { url, close } = await startPostgresIn({ folder, options })
  t.after(close)
  return { url }
}
