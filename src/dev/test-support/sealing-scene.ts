/** For tests of rotations: servers and commands on one database, each with a key file of its own or the same one. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAudit } from '../../identity/audit/audit.ts'
import { followLaterKey } from '../../identity/operations/later-key.ts'
import {
  createSealingKeyOperations,
  type SealingKeyOptions,
} from '../../identity/operations/sealing-keys.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { ChangingKeyring } from '../../platform/kernel/keyring.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database, OpenDatabase } from '../../platform/storage/database.ts'
import { openKeySource, type SealingKeySource } from '../../platform/storage/key-source.ts'
import { createKeyWatch } from '../../platform/storage/key-watch.ts'
import { openKeyring } from '../../platform/storage/keys.ts'
import { readNodeKeys } from '../../platform/storage/node-keys.ts'
import type { Scope } from './on-each-engine.ts'

export const operator = { type: 'administrator', name: 'cli:test' } as const

export async function openSealingScene(t: Scope, { db }: Pick<OpenDatabase, 'db'>) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-sealing-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'einlass.key')
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const config = (keyFile: string) => configSchema.parse({ key_file: keyFile })
  await openKeyring(config(file), db)
  return {
    ...{ db, file, clock },
    /** A key file of another machine, as it is now. */
    async copyKeys(): Promise<string> {
      const copy = join(folder, `${random.uuid()}.key`)
      await copyFile(file, copy)
      return copy
    },
    openKeyring: (keyFile = file) => openKeyring(config(keyFile), db, { create: false }),
    /** A server that looks when the test says so. */
    async startServer(node: string, keyFile = file, changes: Partial<SealingKeySource> = {}) {
      const keyring = await openKeyring(config(keyFile), db, { create: false })
      await followLaterKey({ db, keyring, audit: createAudit({ clock, keyring }), clock }, 'start')
      const source = { ...openKeySource(config(keyFile)), ...changes }
      const nodes = { own: node, isGone: async () => false }
      const database = { db, nodes }
      const findBrokenRow = async () => undefined
      const parts = { database, keyring, source, clock, log, host: node, findBrokenRow }
      const watch = createKeyWatch(parts)
      await watch.look()
      return { keyring, ...watch }
    },
    /** A command, whose keyring is opened as it begins. `looks` of servers happen while it waits. */
    async command(
      changes: Partial<SealingKeyOptions> = {},
      looks: readonly (() => unknown)[] = [],
    ) {
      const keyring = await openKeyring(config(file), db, { create: false })
      let turns = 0
      return createSealingKeyOperations({
        ...{ db, keyring, clock, random, source: openKeySource(config(file)) },
        audit: createAudit({ clock, keyring }),
        findNodes: () => readNodeKeys(db),
        async pause() {
          for (const look of looks) await look()
          turns += 1
          return turns < 5
        },
        ...changes,
      })
    },
    passMinute() {
      clock.time += minutes(1)
    },
  }
}

/** Stores a value sealed in a column of its own, and one inside of JSON. */
export async function storeSealed(
  db: Database,
  keyring: ChangingKeyring,
  id: string,
): Promise<void> {
  const seal = (context: string) => keyring.seal(context, Buffer.from(`secret of ${id}`))
  await db
    .insertInto('signing_keys')
    .values({
      ...{ id, purpose: 'test', algorithm: 'none', kid: null, certificate: null },
      private_key_sealed: seal(`signing_keys/${id}/private_key_sealed`),
      ...{ created_at: 0, signs_from: 0, retired_at: null },
    })
    .execute()
  const model = 'BackchannelAuthenticationRequest'
  const held = seal(`oidc_records/${id}/held`)
  // Anybody can send what looks like a sealed value.
  const params = { scope: `v1.${keyring.sealingKey}.AAAA` }
  await db
    .insertInto('oidc_records')
    .values({
      ...{ model, id, payload: JSON.stringify({ held, ...params }) },
      ...{ grant_id: null, login_session: null, client_id: null, expires_at: null },
      consumed_at: null,
    })
    .execute()
}

/** Every stored value as it opens. Throws when one does not. */
export async function openStored(db: Database, keyring: ChangingKeyring): Promise<string[]> {
  const opened: string[] = []
  const open = (context: string, sealed: string) =>
    opened.push(Buffer.from(keyring.open(context, sealed)).toString())
  const keys = db.selectFrom('signing_keys').selectAll().where('purpose', '=', 'test')
  for (const { id, private_key_sealed: sealed } of await keys.execute())
    open(`signing_keys/${id}/private_key_sealed`, sealed)
  for (const { id, payload } of await db.selectFrom('oidc_records').selectAll().execute())
    open(`oidc_records/${id}/held`, JSON.parse(payload).held)
  return opened.sort()
}
