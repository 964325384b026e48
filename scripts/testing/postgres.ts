// A private PostgreSQL for one test run: in a temporary folder, on a free port of 127.0.0.1, without
// durability, ended by its own process id. It touches no installed cluster and no service. Measurements keep their data in a
// folder of their own, and have a durable one.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { chown, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { findPort } from './ports.ts'
import { execute } from './steps.ts'

export type PrivatePostgres = { url: string; close: () => Promise<void> }

/** The program folder of the newest PostgreSQL, with a slash at its end. */
export const findBinaries = async (): Promise<string> => {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  const newest = versions.map(Number).sort((a, b) => b - a)[0]
  // On other systems than Debian the binaries are on the PATH.
  return newest === undefined ? '' : `${join(root, String(newest), 'bin')}/`
}

/** PostgreSQL refuses to run as root, so it runs as the user its package made. */
export const findUser = async (): Promise<{ uid: number; gid: number } | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  const ask = async (option: string) => {
    const { code, output } = await execute('id', [option, 'postgres'], {
      folder: '/',
      timeout: 10_000,
    })
    if (code !== 0) throw new Error(`there is no user postgres: ${output}`)
    return Number(output)
  }
  return { uid: await ask('-u'), gid: await ask('-g') }
}

const place = (port: number) => ['-h', '127.0.0.1', '-p', String(port), '-k', '']

const forTests = [
  ...['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off'],
  ...['-c', 'max_connections=200', '-c', 'shared_buffers=32MB', '-c', 'autovacuum=off'],
]

type User = { uid: number; gid: number } | undefined

const initialize = async (binaries: string, folder: string, user: User): Promise<void> => {
  const data = join(folder, 'data')
  const { code, output } = await execute(
    `${binaries}initdb`,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { folder, timeout: 120_000, ...user },
  )
  if (code !== 0) throw new Error(`initdb failed: ${output}`)
}

const waitUntilReady = (server: ChildProcessByStdio<null, null, Readable>): Promise<void> =>
  new Promise((done, failed) => {
    let output = ''
    server.on('error', failed)
    server.on('exit', () => failed(new Error(`PostgreSQL did not start: ${output}`)))
    server.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000)
      if (/ready to accept (?:read-only )?connections/.test(output)) done()
    })
  })

/** Starts it and waits until it accepts connections; throws with its output when it does not. */
export const startPostgres = async (): Promise<PrivatePostgres> => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-postgres-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.on('exit', remove)
  const { url, close } = await startPostgresIn({ folder, options: forTests })
  return {
    url,
    close: async () => {
      await close()
      process.off('exit', remove)
      remove()
    },
  }
}

/**
 * Starts it with its data in a permanent folder; creates the data if they are missing.
 * @param before a command that starts it, such as taskset
 * @param wantedPort absent: a free port
 */
export const startPostgresIn = async ({
  folder,
  options,
  before = [],
  wantedPort,
}: {
  folder: string
  options: readonly string[]
  before?: readonly string[]
  wantedPort?: number
}): Promise<PrivatePostgres & { pid: number }> => {
  const binaries = await findBinaries()
  const user = await findUser()
  if (user) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  if (!existsSync(data)) await initialize(binaries, folder, user)
  const port = wantedPort ?? (await findPort())
  const [command = '', ...args] = [...before, `${binaries}postgres`, '-D', data, ...place(port)]
  const server = spawn(command, [...args, ...options], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  })
  const kill = () => server.kill('SIGKILL')
  process.prependListener('exit', kill)
  const ended = new Promise<void>((done) => server.on('exit', () => done()))
  await waitUntilReady(server)
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid: server.pid ?? 0,
    close: async () => {
      // SIGINT: end the sessions and stop, without waiting for a client that forgot to close.
      server.kill('SIGINT')
      await ended
      process.off('exit', kill)
    },
  }
}
