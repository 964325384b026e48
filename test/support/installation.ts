/**
 * An installation of Einlass for one test: a folder, a configuration file, a database, and any number of server
 * processes over it. Everything is ended and removed after the test.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { stringify } from 'yaml'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { type AppInput, createApps, type SavedApp } from '../../src/identity/apps/apps.ts'
import { createHasher } from '../../src/identity/users/hasher.ts'
import type { User } from '../../src/identity/users/user.ts'
import { createUsers, type NewUser } from '../../src/identity/users/users.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import { createKeyring, type Keyring } from '../../src/platform/kernel/keyring.ts'
import { silentLog } from '../../src/platform/kernel/log.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import { loadOrCreateKeys } from '../../src/platform/storage/key-file.ts'
import { openDatabase, type StorageConfig } from '../../src/platform/storage/open.ts'
import { checkKeyring } from '../../src/platform/storage/sealing-state.ts'

export interface InstallationOptions {
  /** `postgres` needs EINLASS_TEST_POSTGRES. Default `sqlite`. */
  readonly storage?: 'sqlite' | 'postgres'
  /** Where the processes reach a PostgreSQL, by its URL; absent: there. */
  readonly findStorage?: (url: string) => Promise<Readonly<Record<string, unknown>>>
  /** Parts of the configuration file besides listen, public_url, storage and key_file. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Where browsers and phones reach it, when something stands before the processes. */
  readonly publicUrl?: string
  /** Of the processes, beside what every process has. */
  readonly env?: NodeJS.ProcessEnv
}

export interface Installation {
  readonly keyring: Keyring
  /** The address for browsers and phones. The first process listens there, and later the one that replaces it. */
  readonly publicUrl: string
  /** The same data that the processes have, to fill and to look at. */
  readonly db: Database
  readonly storage: StorageConfig
  addUser(user: NewUser & { readonly password: string }): Promise<User>
  addApp(input: AppInput): Promise<SavedApp>
  /** Runs a command of `einlass` over the same data and gives what it printed. Throws unless it succeeds. */
  command(args: readonly string[], stdin?: string): Promise<string>
  /** Starts a command that asks something, with the configuration of the servers. */
  converse(args: readonly string[]): Promise<Conversation>
  /** Starts a process of `einlass serve` and waits until it takes requests. Absent: a port that is free. */
  serve(port?: number): Promise<ServerProcess>
}

export interface Conversation {
  /** Waits until its standard error has this. */
  untilAsked(pattern: RegExp): Promise<void>
  type(line: string): void
  /** What it has written to standard error so far. */
  asked(): string
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string }>
}

export interface ServerProcess {
  /** Where this process listens, an origin. */
  readonly url: string
  readonly pid: number
  /** What it has written so far: JSON lines and whatever else. */
  output(): string
  /** SIGTERM unless said otherwise, and waits for the end. Gives the exit code; `null`: the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** The exit code, when it ends by itself. */
  readonly ended: Promise<number | null>
}

const run = promisify(execFile)
/** Nothing of the settings of the person who runs the tests. */
export function inheritEnv(): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  return { PATH, HOME, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) }
}

/** The command of `einlass`, for node. */
export const cli = resolve(import.meta.dirname, '../../src/cli/cli.js')

export async function createInstallation(
  t: Scope,
  { storage = 'sqlite', config = {}, env = {}, ...options }: InstallationOptions = {},
): Promise<Installation> {
  // Apps of tests are on this machine.
  const common = { app_networks: ['127.0.0.0/8'], ...config }
  const folder = await mkdtemp(join(tmpdir(), 'einlass-installation-'))
  const later = createEnds(t)
  later(() => rm(folder, { recursive: true, force: true }))
  const place =
    storage === 'postgres'
      ? { type: 'postgres' as const, url: await createPostgresDatabase(later) }
      : { type: 'sqlite' as const, file: join(folder, 'einlass.db') }
  const found = place.type === 'postgres' ? await options.findStorage?.(place.url) : undefined
  const configured = { ...place, ...found }
  const keyFile = join(folder, 'einlass.key')
  const database = await openDatabase({ storage: place, log: silentLog })
  later(() => database.close())
  const keyring = createKeyring({
    keys: await loadOrCreateKeys({ file: keyFile }),
    random: systemRandom,
  })
  await checkKeyring(database.db, keyring)
  const parts = { clock: systemClock, random: systemRandom, keyring }
  const users = createUsers(parts)
  const hasher = createHasher({ cores: 1, log: silentLog })
  const firstPort = await findPort()
  const publicUrl = options.publicUrl ?? `http://127.0.0.1:${firstPort}`
  let started = 0
  let isFirstPortTaken = false

  return {
    ...{ keyring, publicUrl },
    db: database.db,
    storage: place,
    async addUser({ password, ...user }) {
      return await users.create(database.db, {
        ...user,
        passwordHash: await hasher.hash(password),
      })
    },
    addApp: (input) => createApps({ ...parts, protocols }).create(database.db, input),
    async command(args, stdin = '') {
      const settings = {
        ...inheritEnv(),
        EINLASS_PUBLIC_URL: publicUrl,
        EINLASS_KEY_FILE: keyFile,
        EINLASS_STORAGE_TYPE: place.type,
        ...(place.type === 'sqlite'
          ? { EINLASS_STORAGE_FILE: place.file }
          : { EINLASS_STORAGE_URL: place.url }),
      }
      const running = run(process.execPath, [cli, ...args], { env: settings, cwd: folder })
      running.child.stdin?.end(stdin)
      return (await running).stdout
    },
    async converse(args) {
      const file = join(folder, 'command.yaml')
      const whole = { ...common, public_url: publicUrl, storage: configured, key_file: keyFile }
      await writeFile(file, stringify(whole))
      return startConversation(later, [...args, '--config', file])
    },
    async serve(wanted) {
      const port = wanted ?? (isFirstPortTaken ? await findPort() : firstPort)
      started += 1
      const file = join(folder, `node-${started}.yaml`)
      const listen = { host: '127.0.0.1', port }
      const whole = {
        ...common,
        public_url: publicUrl,
        listen,
        storage: configured,
        key_file: keyFile,
      }
      await writeFile(file, stringify(whole))
      if (port === firstPort) isFirstPortTaken = true
      return await startProcess(later, { file, port, env }, () => {
        if (port === firstPort) isFirstPortTaken = false
      })
    },
  }
}

export type Later = (end: () => Promise<void>) => void

/** What was begun last is ended first. */
export function createEnds(t: Scope): Later {
  const ends: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const end of ends.reverse()) await end()
  })
  return (end) => ends.push(end)
}

async function startProcess(
  later: Later,
  { file, port, env }: { readonly file: string; readonly port: number; env: NodeJS.ProcessEnv },
  onEnd: () => void,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [cli, 'serve', '--config', file], {
    env: { ...inheritEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  child.once('exit', onEnd)
  const ended = once(child, 'exit').then(() => child.exitCode)
  const stop = (signal?: NodeJS.Signals) => stopProcess(child, signal)
  later(async () => {
    await stop()
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(child, url, () => output)
  return { url, pid: child.pid ?? 0, output: () => output, stop, ended }
}

/** A command of `einlass` in a process of its own. */
export function startConversation(later: Later, args: readonly string[]): Conversation {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [cli, ...args], { env: { PATH, HOME } })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      written[name] += text
    })
  }
  const closed = once(child, 'close')
  later(async () => {
    child.kill('SIGKILL')
    await closed
  })
  return {
    asked: () => written.stderr,
    async untilAsked(pattern) {
      while (!pattern.test(written.stderr)) {
        if (child.exitCode !== null) throw new Error(`the command has ended: ${written.stderr}`)
        await Promise.race([once(child.stderr, 'data'), closed])
      }
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    ended: closed.then(([code]) => ({ code, stdout: written.stdout })),
  }
}

/** Waits until a server takes requests. Throws when it ends, or after half a minute. */
export async function untilReady(
  child: ChildProcess,
  url: string,
  output: () => string,
): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server has ended:\n${output()}`)
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await new Promise((go) => setTimeout(go, 50))
  }
  throw new Error(`the server does not get ready:\n${output()}`)
}

/** Gives the exit code; `null`: a signal ended it. */
export async function stopProcess(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 40_000)
  await ended
  clearTimeout(impatience)
  return child.exitCode
}

/** The URL of an empty database of its own, dropped after the test. */
export async function createPostgresDatabase(later: Later): Promise<string> {
  const server = process.env.EINLASS_TEST_POSTGRES
  if (server === undefined) {
    throw new Error('EINLASS_TEST_POSTGRES has to be the URL of a PostgreSQL; npm test sets it')
  }
  const name = `einlass_test_${systemRandom.uuid().replaceAll('-', '')}`
  await administer(server, `create database ${name} template template0`)
  later(() => administer(server, `drop database ${name} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
