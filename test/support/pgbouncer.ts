/** A PgBouncer in transaction mode for tests, in front of the PostgreSQL of the run, with fewer connections than its clients have. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { isListening } from './is-listening.ts'

/** @param database the URL of a database of PostgreSQL */
export async function startPgBouncer(t: Scope, database: string) {
  const { hostname, port, username, pathname } = new URL(database)
  const folder = await mkdtemp(join(tmpdir(), 'einlass-pgbouncer-'))
  // It runs as another user when the tests run as root, which it refuses.
  await chmod(folder, 0o755)
  const own = await findPort()
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
`,
  )
  let running: ChildProcess | undefined

  async function start(): Promise<void> {
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
    running = spawn('pgbouncer', [...user, '-q', config], { stdio: 'ignore' })
    for (let times = 0; !(await isListening(own)); times += 1) {
      if (times > 1200 || running.exitCode !== null) throw new Error('PgBouncer did not start')
      await sleep(25)
    }
  }

  async function stop(): Promise<void> {
    const ending = running
    running = undefined
    if (ending === undefined || ending.exitCode !== null) return
    const ended = once(ending, 'exit')
    ending.kill('SIGKILL')
    await ended
  }

  await start()
  t.after(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  return { url: `postgres://${username}@127.0.0.1:${own}${pathname}`, start, stop }
}
