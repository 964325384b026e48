/** A restore or a manual change brings back an old mark: everything continues with the later key. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import {
  openSealingScene,
  openStored,
  operator,
  storeSealed,
} from '../../dev/test-support/sealing-scene.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { addKey, loadKeys } from '../../platform/storage/key-file.ts'
import { readEarlierKeys, readSealingState } from '../../platform/storage/sealing-state.ts'
import { createAudit } from '../audit/audit.ts'
import { readAudit } from '../audit/chain.ts'
import { verifyAudit } from '../audit/verify.ts'
import { makeBackup, restoreBackup } from './backup.ts'
import { followLaterKey } from './later-key.ts'

class Killed extends Error {}

type Scene = Awaited<ReturnType<typeof openSealingScene>>

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-later-key-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Takes the rows as they are now, and gives what puts them back. */
async function keepRows(db: Database, names: readonly string[]): Promise<() => Promise<void>> {
  const rows = await db.selectFrom('settings').selectAll().execute()
  return async () => {
    for (const name of names) {
      const value = rows.find((row) => row.name === name)?.value ?? '[]'
      await db.updateTable('settings').set({ value }).where('name', '=', name).execute()
    }
  }
}

async function countKeys({ db }: Scene): Promise<Record<string, number>> {
  const rows = await db.selectFrom('signing_keys').select('private_key_sealed').execute()
  const ids = rows.map(({ private_key_sealed: sealed }) => sealed.split('.')[1] ?? '')
  return Object.fromEntries(ids.map((id) => [id, ids.filter((one) => one === id).length]))
}

async function swapLines(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  await chmod(file, 0o600)
  await writeFile(file, `${lines.reverse().join('\n')}\n`)
  await chmod(file, 0o400)
}

/** Servers start at once, a rotation ends what was begun, and the earlier key leaves. */
async function assertGoesForward(scene: Scene, earlier: string, later: string): Promise<void> {
  const { db } = scene
  const stored = await openStored(db, await scene.openKeyring())
  // A command that was run before any server.
  assert.equal((await scene.openKeyring()).sealingKey, later)
  const nodes = ['one', 'two', 'three']
  const servers = await Promise.all(nodes.map((node) => scene.startServer(node)))
  for (const { keyring, findProblem } of servers)
    assert.deepEqual([keyring.sealingKey, findProblem()], [later, undefined])
  const state = await readSealingState(db)
  assert.ok(readEarlierKeys(await loadKeys(scene.file), state)?.includes(earlier))
  const before = await countKeys(scene)
  for (const [index, { keyring }] of servers.entries()) await storeSealed(db, keyring, `n${index}`)
  const after = await countKeys(scene)
  assert.equal(after[earlier], before[earlier])
  const looks = servers.map(({ look }) => look)
  const ended = await (await scene.command({}, looks)).rotate(operator)
  assert.deepEqual(ended.type === 'done' && [ended.keyId, ended.broken], [later, []])
  scene.passMinute()
  await (await scene.command()).retire(operator, earlier)
  const keyring = await scene.openKeyring()
  assert.equal(keyring.sealingKey, later)
  assert.equal((await openStored(db, keyring)).length, stored.length + 6)
  assert.equal((await verifyAudit(db, keyring)).type, 'intact')
}

onEachEngine((engine) => {
  test(`after a restore under a server that seals with a later key, servers start with that key (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    const scene = await openSealingScene(t, database)
    const { db, clock } = scene
    const server = await scene.startServer('runs')
    const name = server.keyring.derive('names')
    const earlier = server.keyring.sealingKey
    await storeSealed(db, server.keyring, 'in the backup')
    const workFolder = await openFolder(t)
    const file = join(workFolder, 'backup')
    const openKeyring = async () => server.keyring
    await makeBackup({ storage, file, workFolder, now: clock.now, openKeyring })
    const { keyId } = await (await scene.command({}, [server.look])).rotate(operator)
    const settle = () => Promise.resolve()
    await restoreBackup({
      storage,
      backup: { file },
      workFolder,
      replace: true,
      openKeyring,
      settle,
    })
    await storeSealed(db, server.keyring, 'before the server has noticed')
    await server.look()
    assert.match(`${server.findProblem()}`, /Start it again/)
    await server.stop()
    await assertGoesForward(scene, earlier, keyId)
    const events = await readAudit(db, { limit: 9 })
    // Of the servers that started at once, one has written it.
    assert.deepEqual(
      events.map(({ type }) => type),
      ['sealing_key_rotated', 'sealing_key_retired'],
    )
    assert.deepEqual((await scene.openKeyring()).derive('names'), name)
  })

  for (const rows of [['key_check'], ['key_check', 'naming_secret', 'sealing_keys']])
    test(`after old rows are put back, no earlier key seals and no start fails: ${rows} (${engine.name})`, async (t) => {
      const scene = await openSealingScene(t, await engine.open(t))
      const first = await scene.openKeyring()
      const earlier = first.sealingKey
      await storeSealed(scene.db, first, 'a')
      const putBack = await keepRows(scene.db, rows)
      const { keyId } = await (await scene.command()).rotate(operator)
      await storeSealed(scene.db, first, 'late')
      await putBack()
      await assertGoesForward(scene, earlier, keyId)
    })

  test(`with all servers stopped, a rotation after an old mark was put back uses the later key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const before = await scene.openKeyring()
    await storeSealed(db, before, 'a')
    const putBack = await keepRows(db, ['key_check', 'naming_secret', 'sealing_keys'])
    const { keyId } = await (await scene.command()).rotate(operator)
    await storeSealed(db, before, 'late')
    await putBack()
    const ended = await (await scene.command()).rotate(operator)
    assert.deepEqual(ended.type === 'done' && [ended.isNew, ended.keyId], [false, keyId])
    const said = readEarlierKeys(await loadKeys(scene.file), await readSealingState(db))
    assert.deepEqual(said, [before.sealingKey])
    const next = await (await scene.command()).rotate(operator)
    assert.ok(next.type === 'done' && next.isNew && next.keyId !== keyId)
    assert.deepEqual(next.unused.toSorted(), [before.sealingKey, keyId].toSorted())
    assert.equal((await openStored(db, await scene.openKeyring())).length, 4)
  })

  test(`a start that dies while it rewrites the mark changes nothing, and the next start rewrites it (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db, clock } = scene
    await storeSealed(db, await scene.openKeyring(), 'a')
    const putBack = await keepRows(db, ['key_check'])
    const { keyId } = await (await scene.command()).rotate(operator)
    await putBack()
    const state = await readSealingState(db)
    const keyring = await scene.openKeyring()
    const audit = { ...createAudit({ clock, keyring }), record: () => Promise.reject(new Killed()) }
    await assert.rejects(followLaterKey({ db, keyring, audit, clock }, 'start'), Killed)
    assert.deepEqual(await readSealingState(db), state)
    const server = await scene.startServer('one')
    assert.deepEqual([server.keyring.sealingKey, server.findProblem()], [keyId, undefined])
    assert.notEqual((await readSealingState(db)).check, state.check)
  })

  test(`the key of a mark that was put back cannot be retired until another key has the mark (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const { sealingKey } = await scene.openKeyring()
    await storeSealed(db, await scene.openKeyring(), 'a')
    const putBack = await keepRows(db, ['key_check'])
    const { keyId } = await (await scene.command()).rotate(operator)
    scene.passMinute()
    await putBack()
    const early = (await scene.command()).retire(operator, sealingKey)
    await assert.rejects(early, /Try again in a minute/)
    scene.passMinute()
    await (await scene.command()).retire(operator, sealingKey)
    assert.equal((await scene.openKeyring()).sealingKey, keyId)
  })

  test(`a mark without a list of earlier keys stays valid, in any order of the lines (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const before = await scene.openKeyring()
    const { keyId } = await (await scene.command()).rotate(operator)
    await storeSealed(db, before, 'late')
    const keyring = createKeyring({ keys: (await scene.openKeyring()).keys, random })
    // As an earlier program has written it.
    const mark = Buffer.from('einlass, with a naming secret')
    const value = keyring.seal('settings/key_check/value', mark)
    await db.updateTable('settings').set({ value }).where('name', '=', 'key_check').execute()
    await swapLines(scene.file)
    assert.equal((await loadKeys(scene.file))[0].id, before.sealingKey)
    const server = await scene.startServer('one')
    assert.deepEqual([server.keyring.sealingKey, server.findProblem()], [keyId, undefined])
  })

  test(`no rotation picks a superseded key, in any order of the lines (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const { sealingKey } = await scene.openKeyring()
    await (await scene.command()).rotate(operator)
    await db.deleteFrom('settings').where('name', '=', 'sealing_keys').execute()
    await swapLines(scene.file)
    const { keyId } = await (await scene.command()).rotate(operator)
    assert.notEqual(keyId, sealingKey)
  })

  test(`a key that was given up before it sealed anything never becomes the sealing key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db, file } = scene
    await scene.startServer('one', await scene.copyKeys())
    const waiting = await (await scene.command()).rotate(operator)
    assert.equal(waiting.type, 'waiting')
    const text = await readFile(file, 'utf8')
    await (await scene.command()).retire(operator, waiting.keyId)
    const { keyId } = await (await scene.command({ findNodes: async () => [] })).rotate(operator)
    // The line of the one that was given up is there again, and a value that it has sealed.
    const line = text.split('\n').find((one) => one.includes(` ${waiting.keyId} `))
    await chmod(file, 0o600)
    await writeFile(file, `${await readFile(file, 'utf8')}${line}\n`)
    await chmod(file, 0o400)
    const found = await loadKeys(file)
    const [key] = found.filter(({ id }) => id === waiting.keyId)
    await storeSealed(db, createKeyring({ keys: key === undefined ? [] : [key], random }), 'x')
    assert.equal((await scene.openKeyring()).sealingKey, keyId)
  })

  test(`an added key that has sealed nothing does not become the sealing key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { sealingKey } = await scene.openKeyring()
    await addKey(scene.file, random)
    assert.equal((await scene.startServer('one')).keyring.sealingKey, sealingKey)
  })
})
