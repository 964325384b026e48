/**
 * Apps at hosts of their own, each behind a real proxy with TLS, and the login at another host: what a browser sees in an
 * installation with forward-auth. All of it is on 127.0.0.1, where browsers are led by `resolverRules`.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPort } from '../../scripts/testing/ports.ts'
import { type Scope, writeEmptyDatabase } from '../../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { type AppInput, createApps } from '../../src/identity/apps/apps.ts'
import { acrPassword } from '../../src/identity/policy/assurance.ts'
import { createSessions } from '../../src/identity/sessions/sessions.ts'
import { addToGroup } from '../../src/identity/users/groups.ts'
import { createHasher } from '../../src/identity/users/hasher.ts'
import { createUsers } from '../../src/identity/users/users.ts'
import { start } from '../../src/main.ts'
import { configSchema } from '../../src/platform/config/schema.ts'
import { createCookies } from '../../src/platform/http/cookies.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import type { Log } from '../../src/platform/kernel/log.ts'
import { createRowBinding } from '../../src/platform/storage/bound-rows.ts'
import { createCertificate } from './certificate.ts'
import type { LoggedError } from './in-process.ts'
import { type ProxyName, startProxy } from './proxies.ts'
import { type RecordingApp, startRecordingApp } from './recording-app.ts'
import { startTlsFront } from './tls-front.ts'

export const loginHost = 'login.example.org'
export const loginOrigin = `https://${loginHost}`

export interface StagedApp {
  readonly app: RecordingApp
  /** Where its proxy listens. */
  readonly port: number
}

/** The login and nothing else; `addApp` puts apps beside it. */
export async function setForwardAuthStage(t: Scope, clock = systemClock) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-forward-auth-'))
  await writeEmptyDatabase(join(folder, 'einlass.db'))
  const port = await findPort()
  const errors: LoggedError[] = []
  const running = await start({
    config: configSchema.parse({
      listen: { host: '127.0.0.1', port },
      storage: { type: 'sqlite', file: join(folder, 'einlass.db') },
      key_file: join(folder, 'einlass.key'),
      trusted_proxies: ['127.0.0.1/32'],
      sessions: { idle: '2h', absolute: '12h' },
    }),
    publicUrl: loginOrigin,
    log: createErrorLog(errors),
    clock,
  })
  t.after(async () => {
    await running.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const { platform } = running.parts
  const { db } = platform.database
  const users = createUsers(platform)
  const apps = createApps({ ...platform, protocols })
  const loginPort = await startTlsFront(t, createCertificate(loginHost), {
    findTarget: () => port,
  })
  const rules = [`MAP ${loginHost}:443 127.0.0.1:${loginPort}`]

  return {
    db,
    apps,
    errors,
    limits: running.parts.config.sessions,
    /** Where Einlass itself listens. */
    origin: `http://127.0.0.1:${port}`,
    resolverRules: () => `--host-resolver-rules=${rules.join(',')}`,

    async addUser(username: string, password: string, groups: readonly string[] = []) {
      const hasher = createHasher({ cores: 1, log: createErrorLog(errors) })
      const { id } = await users.create(db, {
        username,
        displayName: `${username} Müller`,
        email: `${username}@example.org`,
        passwordHash: await hasher.hash(password),
      })
      for (const group of groups) await addToGroup(db, id, group)
      return id
    },

    /** The cookie of a browser that has logged in with a password. */
    async signIn(userId: string, acr: string = acrPassword): Promise<string> {
      const limits = running.parts.config.sessions
      const sessions = createSessions({ ...platform, db, rows: createRowBinding(platform), limits })
      const proof = { amr: ['pwd'], acr, authenticatedAt: platform.clock.now() }
      const client = { address: null, userAgent: null }
      const { token } = await sessions.create(db, { userId, client, ...proof })
      return createCookies({ secure: true }).set('session', token).split(';', 1)[0] ?? ''
    },

    /** An app that asks for a password and no more, behind a proxy of its own. */
    async addApp(
      proxy: ProxyName,
      host: string,
      input: Partial<AppInput> = {},
    ): Promise<StagedApp> {
      const app = await startRecordingApp(t)
      const proxyPort = await findPort()
      await startProxy(t, proxy, {
        folder: join(folder, host),
        host,
        port: proxyPort,
        einlass: port,
        app: app.port,
        certificate: createCertificate(host),
      })
      rules.push(`MAP ${host}:443 127.0.0.1:${proxyPort}`)
      await apps.create(db, {
        id: host,
        protocol: 'forward-auth',
        name: `App of ${proxy}`,
        policy: { secondFactor: 'none' },
        ...input,
        settings: { addresses: [`https://${host}`], ...input.settings },
      })
      return { app, port: proxyPort }
    },
  }
}

export type ForwardAuthStage = Awaited<ReturnType<typeof setForwardAuthStage>>

function createErrorLog(errors: LoggedError[]): Log {
  return {
    debug() {},
    info() {},
    warn() {},
    error: (entry, message) => void errors.push({ message, entry }),
  }
}
