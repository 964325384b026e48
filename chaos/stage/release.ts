/** An earlier version of the program: a checkout of its commit, and its schema in an empty database. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { silentLog as log } from '../../src/platform/kernel/log.ts'
import { migrate, migrations } from '../../src/platform/storage/migrate.ts'
import { openEngine, type StorageConfig } from '../../src/platform/storage/open.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')

export interface Release {
  /** The commit. */
  readonly name: string
  /** Its command, for node. */
  readonly program: string
  /** Gives an empty database its schema. */
  migrate(storage: StorageConfig): Promise<void>
}

/**
 * Nothing was released yet, so this is the first program with keyed audit events. With an earlier one the log would be reported
 * as broken, because events without a key would follow events with one.
 */
const before = 'b8fe1ac0'

/** Needs the history of the repository. */
export async function checkOutRelease(t: Scope): Promise<Release> {
  const git = async (...args: string[]) => (await run('git', ['-C', root, ...args])).stdout.trim()
  const name = before
  const folder = join(await mkdtemp(join(tmpdir(), 'einlass-release-')), name)
  await git('worktree', 'add', '--detach', folder, name)
  t.after(async () => {
    await git('worktree', 'remove', '--force', folder)
    await rm(resolve(folder, '..'), { recursive: true, force: true })
  })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const known = await git('ls-tree', '--name-only', name, 'src/platform/storage/migrations/')
  return {
    name,
    program: join(folder, 'src/cli/cli.js'),
    async migrate(storage) {
      const database = await openEngine({ storage, log })
      try {
        const list = Object.fromEntries(
          Object.entries(migrations).filter(([one]) => known.includes(`/${one}.ts`)),
        )
        await migrate(database, { list })
      } finally {
        await database.close()
      }
    },
  }
}
