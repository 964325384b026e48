/**
 * The target of the faults: one or two server processes over one database, and what can be read from outside. Owns the files,
 * the processes and the configuration. faults/ has the faults, load/ what people do.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findPacked } from '../../scripts/packaging/packed.ts'
import { findPort } from '../../scripts/testing/ports.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import { verifyAudit } from '../../src/identity/audit/verify.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import { createKeyring, type Keyring } from '../../src/platform/kernel/keyring.ts'
import { silentLog } from '../../src/platform/kernel/log.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'
import type { OpenDatabase } from '../../src/platform/storage/database.ts'
import { loadOrCreateKeys } from '../../src/platform/storage/key-file.ts'
import { openDatabase, openEngine, type StorageConfig } from '../../src/platform/storage/open.ts'
import { checkKeyring } from '../../src/platform/storage/sealing-state.ts'
import type { Later } from '../../test/support/installation.ts'
import { useEarlierSchema } from './earlier-schema.ts'
import { type Node, spawnNode } from './node.ts'
import type { Release } from './release.ts'

export const redirectUri = 'https://notes.example/callback'

export interface StageOptions {
  /** The folder for configuration and key; `storage` says where the database is. */
  readonly folder: string
  readonly storage: StorageConfig
  readonly nodes: number
  /** The environment of the servers. */
  readonly env?: NodeJS.ProcessEnv
  /** Absent: this program in its packaged form, and its schema. */
  readonly release?: Release
  /** What the configuration of a node says besides or instead. */
  readonly settings?: NodeSettings
}

export type NodeSettings = (node: number) => Readonly<Record<string, unknown>>

export interface Stage {
  readonly publicUrl: string
  readonly keyring: Keyring
  /** The secret of the app that people enter. */
  /** Opens the database only while `work` runs, so that a server finds it as a crash left it. */
  inspect<Result>(work: (database: OpenDatabase) => Promise<Result>): Promise<Result>
  /**
   * Begins to start the node; it is up when its `ready` resolves.
   * @param program absent: the program of the stage
   */
  start(node: number, program?: string): Promise<Node>
  /** The configuration file of a node that was started. */
  findConfig(node: number): string
  /** The running process of a node; `undefined`: it has ended. */
  running(node: number): Node | undefined
  /** The addresses at which nodes accept requests. */
  listUrls(): readonly string[]
  /** Throws unless every event of the audit log is intact. Resolves with their number. */
  verifyAudit(): Promise<number>
}

export async function openStage(
  later: Later,
  { folder, storage, nodes, env = {}, release, settings = () => ({}) }: StageOptions,
): Promise<Stage> {
  await mkdir(folder, { recursive: true })
  const keyFile = join(folder, 'einlass.key')
  const keyring = createKeyring({
    keys: await loadOrCreateKeys({ file: keyFile }),
    random: systemRandom,
  })
  async function inspect<Result>(work: (database: OpenDatabase) => Promise<Result>) {
    const open = release === undefined ? openDatabase : openEngine
    const database = await open({ storage, log: silentLog })
    try {
      if (release === undefined) return await work(database)
      return await work({ ...database, db: await useEarlierSchema(database.db) })
    } finally {
      await database.close()
    }
  }
  await release?.migrate(storage)
  const parts = { clock: systemClock, random: systemRandom, keyring, protocols }
  await inspect(async ({ db }) => {
    await checkKeyring(db, keyring)
    await createApps(parts).create(db, {
      ...{ id: 'notes', name: 'Notes', protocol: 'oidc' },
      // Only the refresh tokens of such an app are used once.
      settings: { redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' },
      policy: { secondFactor: 'none' },
    })
  })
  const ports = await Promise.all(Array.from({ length: nodes }, () => findPort()))
  const publicUrl = `http://127.0.0.1:${ports[0]}`
  const running = new Map<number, Node>()

  const findConfig = (index: number) => join(folder, `node-${index}.yaml`)

  const ownProgram = release?.program ?? (await findProgram())

  async function start(index: number, program = ownProgram): Promise<Node> {
    const port = ports[index] ?? 0
    const file = findConfig(index)
    const configuration = configure({ publicUrl, port, storage, keyFile })
    await writeFile(file, stringify({ ...configuration, ...settings(index) }))
    const node = spawnNode({ file, url: `http://127.0.0.1:${port}`, env, program })
    running.set(index, node)
    void node.ended.then(() => {
      if (running.get(index) === node) running.delete(index)
    })
    return node
  }

  later(async () => {
    await Promise.all([...running.values()].map((node) => node.end('SIGKILL')))
  })

  return {
    ...{ publicUrl, keyring, inspect, start, findConfig },
    running: (index) => running.get(index),
    listUrls: () => [...running.values()].filter((node) => node.isReady()).map(({ url }) => url),
    async verifyAudit() {
      const state = await inspect(({ db }) => verifyAudit(db, keyring))
      if (state.type === 'broken')
        throw new Error(`the audit log is broken at ${state.seq}: ${state.reason}`)
      return state.events
    },
  }
}

/** The command of `einlass`, for node, in its production form: it starts in a third of the time of its sources. */
export const findProgram = async (): Promise<string> => join(await findPacked(), 'src/cli/cli.js')

interface Configuration {
  readonly publicUrl: string
  readonly port: number
  readonly storage: StorageConfig
  readonly keyFile: string
}

function configure({ publicUrl, port, storage, keyFile }: Configuration) {
  return {
    public_url: publicUrl,
    listen: { host: '127.0.0.1', port },
    ...{ storage, key_file: keyFile },
    app_networks: ['127.0.0.0/8'],
    default_policy: { second_factor: 'optional' },
    // No session ends by its age during a run.
    sessions: { idle: '25h', absolute: '26h' },
    push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
  }
}
