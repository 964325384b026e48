/**
 * A PostgreSQL for one scene only, as durable as a real one, whose processes can be killed and frozen. It restarts with the
 * same data at the same address.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPort } from '../../scripts/testing/ports.ts'
import { startPostgresIn } from '../../scripts/testing/postgres.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export interface ChaosPostgres {
  readonly url: string
  /** SIGKILL to all of its processes at once. Does not wait for their end, because they may hang on a disk that is off. */
  kill(): Promise<void>
  /** Starts it again, and waits until it accepts connections. */
  start(): Promise<void>
  /** SIGSTOP to all of its processes: connections stay open, and nothing is answered. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

const forChaos = ['-c', 'max_connections=60', '-c', 'shared_buffers=32MB']

export async function startChaosPostgres(
  t: Scope,
  {
    folder: given,
    options = [],
  }: { readonly folder?: string; readonly options?: readonly string[] } = {},
): Promise<ChaosPostgres> {
  const folder = given ?? (await makeFolder(t))
  const wantedPort = await findPort()
  const start = () => startPostgresIn({ folder, options: [...forChaos, ...options], wantedPort })
  let running = await start()
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await listProcesses(running.pid)) endQuietly(pid, name)
  }
  t.after(async () => {
    await signal('SIGCONT')
    await running.close()
  })
  return {
    url: running.url,
    kill: () => signal('SIGKILL'),
    async start() {
      // After a kill, this waits until the process is gone.
      await running.close()
      running = await start()
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

/** Makes a folder that is removed at the end. */
export async function makeFolder(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-chaos-postgres-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.on('exit', remove)
  t.after(() => {
    process.off('exit', remove)
    remove()
  })
  return folder
}

/** The process first, then its descendants. */
async function listProcesses(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const children = tasks.map((task) =>
    readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => ''),
  )
  const below = (await Promise.all(children)).join(' ').split(/\s+/).filter(Boolean).map(Number)
  return [pid, ...(await Promise.all(below.map(listProcesses))).flat()]
}

function endQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // The process has ended meanwhile.
  }
}
