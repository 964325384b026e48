import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { instantHasher } from './dev/test-support/login.ts'
import { onEachEngine } from './dev/test-support/on-each-engine.ts'
import { protocols } from './faces/protocols/index.ts'
import { createSigningKeys } from './faces/protocols/signing-keys.ts'
import { createApps } from './identity/apps/apps.ts'
import type { Directory } from './identity/users/directory.ts'
import { addToGroup } from './identity/users/groups.ts'
import { createLocalDirectory } from './identity/users/local/directory.ts'
import { createUsers } from './identity/users/users.ts'
import { findEmptyGroups, findUnreachableApps, listGaps, runServe, start } from './main.ts'
import { configSchema } from './platform/config/schema.ts'
import type { Io } from './platform/kernel/io.ts'
import { createKeyring } from './platform/kernel/keyring.ts'
import { silentLog as log } from './platform/kernel/log.ts'
import { watchForEnd } from './platform/kernel/process-end.ts'
import { systemRandom } from './platform/kernel/random.ts'

test('a start warns if mail or a push sender is not configured', () => {
  const [mail, push, ...others] = listGaps(configSchema.parse({}))
  assert.match(`${mail}`, /^mail is not configured/)
  assert.match(`${push}`, /^no push sender is configured \(push\.senders\)/)
  assert.deepEqual(others, [])
  const { push: none } = configSchema.parse({})
  const config = configSchema.parse({
    mail: { from: 'login@example.org', smtp: { host: 'mail.example.org' } },
    push: { senders: { fcm: { service_account_file: 'fcm.json' } } },
  })
  assert.deepEqual(listGaps(config), [])
  const authenticator = { ...config.authenticator, enabled: true }
  // With this app a phone confirms without any sender.
  for (const asleep of [
    { ...config, authenticator },
    { ...config, push: none, authenticator },
  ]) {
    const [phones, ...more] = listGaps(asleep)
    assert.match(`${phones}`, /^no phone with the Einlass authenticator is woken/)
    assert.deepEqual(more, [])
  }
})

onEachEngine((engine) => {
  test(`a start names the apps that require a level that no user can reach (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const random = systemRandom
    const keyring = createKeyring({ keys: [{ id: 'a', key: new Uint8Array(32).fill(1) }], random })
    const platform = { database, clock: { now: () => 5 }, random, keyring }
    const apps = createApps({ ...platform, protocols })
    const settings = { redirectUris: ['https://app.example.org/callback'] }
    const strict = { secondFactor: 'required', level: 'phishing_resistant' } as const
    await apps.create(database.db, { id: 'bank', name: 'Bank', settings, policy: strict })
    await apps.create(database.db, { id: 'wiki', name: 'Wiki', settings })
    const found = (url: string) =>
      findUnreachableApps({ platform, config: configSchema.parse({ public_url: url }) })
    assert.deepEqual(await found('https://login.example.org'), [])
    const [first, ...others] = await found('https://192.0.2.7')
    assert.equal(first?.app, 'bank')
    assert.match(`${first?.text}`, /level phishing_resistant needs passkeys, .* Nobody gets in/)
    assert.deepEqual(others, [])
  })

  test(`a server does not start if a row that every login needs cannot be decrypted (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    const { db } = database
    const folder = await mkdtemp(join(tmpdir(), 'einlass-start-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const config = configSchema.parse({
      ...{ storage, key_file: join(folder, 'einlass.key'), listen: { port: 0 } },
    })
    const publicUrl = 'https://login.example.org'
    const run = () => start({ config, publicUrl, log })
    const running = await run()
    const { clock, keyring } = running.parts.platform
    await createSigningKeys({ db, clock, random: systemRandom, keyring, publicUrl }).find('oidc')
    await running.stop()
    const rows = await db.selectFrom('signing_keys').selectAll().execute()
    await db.updateTable('signing_keys').set({ private_key_sealed: 'v1.a.b' }).execute()
    await assert.rejects(run(), /^Fault: The server does not start: the row key_oidc_ES256 of the/)
    for (const row of rows)
      await db.updateTable('signing_keys').set(row).where('id', '=', row.id).execute()
    const naming = db.updateTable('settings').where('name', '=', 'naming_secret')
    await naming.set({ value: 'v1.a.b' }).execute()
    await assert.rejects(run(), (error: unknown) => {
      assert.match(JSON.stringify(error), /the row naming_secret of the table settings/)
      return true
    })
  })

  test(`a start that was ended leaves nothing open, and the next one succeeds (${engine.name})`, async (t) => {
    const { storage } = await engine.openPlace(t)
    const folder = await mkdtemp(join(tmpdir(), 'einlass-start-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const keyFile = join(folder, 'einlass.key')
    const config = configSchema.parse({ storage, key_file: keyFile, listen: { port: 0 } })
    const options = { config, publicUrl: 'https://login.example.org', log }
    const ended = start({ ...options, signal: AbortSignal.abort('SIGTERM') })
    await assert.rejects(ended, (reason) => reason === 'SIGTERM')
    assert.deepEqual(await readdir(folder), [])
    await (await start(options)).stop()
  })

  test(`a server that cannot complete its start leaves nothing open (${engine.name})`, async (t) => {
    const { storage } = await engine.openPlace(t)
    const folder = await mkdtemp(join(tmpdir(), 'einlass-start-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const port = await findFreePort()
    const config = configSchema.parse({
      ...{ public_url: 'https://login.example.org', storage, listen: { port } },
      key_file: join(folder, 'einlass.key'),
    })
    const write = () => {
      throw new Error('a stand-in for an outage')
    }
    const io: Io = {
      ...{ stdin: process.stdin, stdout: new PassThrough().resume(), env: {} },
      ...{ stderr: Object.assign(new PassThrough(), { write }) },
      ...{ readFile: () => '', readMode: () => undefined },
    }
    const ending = watchForEnd()
    t.after(ending.stop)
    const options = { config, warnings: [], readConfig: () => config, ending }
    await assert.rejects(runServe(options, io), /a stand-in for an outage/)
    // Needs the port and, with SQLite, the lock of the file.
    const running = await start({ config, publicUrl: 'https://login.example.org', log })
    await running.stop()
  })

  test(`a start names groups of the two-person rule without members, if the directory can tell (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const { db } = database
    const clock = { now: () => 5 }
    const user = { username: 'erika', displayName: 'Erika', passwordHash: 'none' }
    const users = createUsers({ clock, random: systemRandom })
    const { id } = await users.create(db, user)
    await addToGroup(db, id, 'board')
    const config = configSchema.parse({ service_desk: { two_people_groups: ['board', 'Board'] } })
    const directory = createLocalDirectory({ users, hasher: instantHasher, clock })
    const find = (answers: Directory) =>
      findEmptyGroups({ parts: { config, platform: { database } }, server: { directory: answers } })
    assert.deepEqual(await find(directory), ['Board'])
    const { hasMembers: _, ...others } = directory
    assert.deepEqual(await find(others), [])
    const hasMembers = async () => ({ type: 'unavailable' }) as const
    assert.deepEqual(await find({ ...others, hasMembers }), [])
  })
})

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
