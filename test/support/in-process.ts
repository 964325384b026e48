/** The whole server inside the process of a test, on SQLite unless it gets another storage, with what it logs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPort } from '../../scripts/testing/ports.ts'
import { type Scope, writeEmptyDatabase } from '../../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import { createHasher } from '../../src/identity/users/hasher.ts'
import { createUsers } from '../../src/identity/users/users.ts'
import { start } from '../../src/main.ts'
import { type Config, configSchema } from '../../src/platform/config/schema.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import type { Log } from '../../src/platform/kernel/log.ts'

export interface LoggedError {
  readonly message: string
  readonly entry: object
}

export const erika = { username: 'erika', password: 'Regenschirm im Mai' }

/** The public address of a server that listens on a port of this machine. */
type FindAddress = (port: number) => Promise<string>

/**
 * With one user and one app, of the id `wiki`.
 * @param host of the public address; browsers have passkeys for a name only, such as `localhost`. Or what gives the address
 */
export async function startInProcess(
  t: Scope,
  config: ConfigParts = {},
  clock = systemClock,
  host: string | FindAddress = '127.0.0.1',
) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  await writeEmptyDatabase(join(folder, 'einlass.db'))
  const port = await findPort()
  const publicUrl = typeof host === 'string' ? `http://${host}:${port}` : await host(port)
  const errors: LoggedError[] = []
  const notes: LoggedError[] = []
  const warnings: LoggedError[] = []
  const log: Log = {
    debug() {},
    info: (entry, message) => void notes.push({ message, entry }),
    warn: (entry, message) => void warnings.push({ message, entry }),
    error: (entry, message) => void errors.push({ message, entry }),
  }
  const running = await start({
    config: buildConfig(folder, port, config),
    publicUrl,
    log,
    clock,
  })
  t.after(async () => {
    await running.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const { parts, server } = running
  const { db } = parts.platform.database
  const hasher = createHasher({ cores: 1, log })
  await createUsers(parts.platform).create(db, {
    username: erika.username,
    displayName: 'Erika Mustermann',
    passwordHash: await hasher.hash(erika.password),
  })
  await createApps({ ...parts.platform, protocols }).create(db, {
    id: 'wiki',
    name: 'Wiki',
    settings: { redirectUris: ['https://wiki.example.org/callback'] },
    policy: { secondFactor: 'none' },
  })
  return { publicUrl, db, parts, server, errors, notes, warnings }
}

export type ConfigParts = Readonly<Record<string, unknown>>

function buildConfig(folder: string, port: number, config: ConfigParts): Config {
  return configSchema.parse({
    listen: { host: '127.0.0.1', port },
    storage: { type: 'sqlite', file: join(folder, 'einlass.db') },
    key_file: join(folder, 'einlass.key'),
    app_networks: ['127.0.0.0/8'],
    push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
    ...config,
  })
}
