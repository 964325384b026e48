import assert from 'node:assert/strict'
import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Engine, onEachEngine, type Scope } from '../../dev/test-support/on-each-engine.ts'
import {
  openSealingScene,
  openStored,
  operator,
  storeSealed,
} from '../../dev/test-support/sealing-scene.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { addKey, loadKeys, removeKey } from '../../platform/storage/key-file.ts'
import { openKeySource } from '../../platform/storage/key-source.ts'
import { openKeyring } from '../../platform/storage/keys.ts'
import { checkKeyring } from '../../platform/storage/sealing-state.ts'
import { readAudit } from '../audit/chain.ts'
import { verifyAudit } from '../audit/verify.ts'
import type { SealingRotation } from './sealing-keys.ts'

onEachEngine((engine) => {
  test(`a rotation replaces the sealing key, and the earlier key can be retired (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db, file } = scene
    const server = await scene.startServer('one')
    const first = server.keyring.sealingKey
    const name = server.keyring.derive('saml persistent name')
    for (const id of ['a', 'b']) await storeSealed(db, server.keyring, id)
    const rotation = await (await scene.command({}, [server.look])).rotate(operator)
    assert.equal(rotation.type, 'done')
    const { sealingKey } = server.keyring
    assert.notEqual(sealingKey, first)
    // Two in columns, two inside of JSON, and the naming secret.
    assert.deepEqual(rotation, {
      ...{ type: 'done', keyId: sealingKey, isNew: true, moved: 5, broken: [], unused: [first] },
    })
    const early = (await scene.command()).retire(operator, first)
    await assert.rejects(early, /Try again in a minute/)
    scene.passMinute()
    const { file: retired } = await (await scene.command()).retire(operator, first)
    assert.match(await readFile(`${retired}`, 'utf8'), new RegExp(`^einlass-key-v1 ${first} `))
    await server.look()
    assert.deepEqual(
      server.keyring.keys.map(({ id }) => id),
      [sealingKey],
    )
    const keyring = await scene.openKeyring()
    assert.deepEqual(await loadKeys(file), keyring.keys)
    assert.deepEqual(
      await openStored(db, keyring),
      ['a', 'a', 'b', 'b'].map((id) => `secret of ${id}`),
    )
    assert.deepEqual(keyring.derive('saml persistent name'), name)
    const types = (await readAudit(db, { limit: 9 })).map(({ type }) => type)
    assert.deepEqual(types, ['sealing_key_rotated', 'sealing_key_retired'])
    assert.equal((await verifyAudit(db, keyring)).type, 'intact')
  })

  test(`no server seals with a key that another server does not have (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const elsewhere = await scene.copyKeys()
    const [one, two] = [await scene.startServer('one'), await scene.startServer('two', elsewhere)]
    const first = one.keyring.sealingKey
    const looks = [one.look, two.look]
    const waiting = await (await scene.command({}, looks)).rotate(operator)
    assert.equal(waiting.type, 'waiting')
    assert.deepEqual(waiting.type === 'waiting' && waiting.nodes.map(({ host }) => host), ['two'])
    assert.deepEqual([one.keyring.sealingKey, two.keyring.sealingKey], [first, first])
    assert.deepEqual([one.findProblem(), two.findProblem()], [undefined, undefined])
    const listed = await (await scene.command()).listKeys()
    assert.deepEqual(
      listed.map(({ state }) => state),
      ['seals', 'waits'],
    )
    await copyOver(scene.file, elsewhere)
    const done = await (await scene.command({}, looks)).rotate(operator)
    assert.equal(done.type, 'done')
    assert.equal(done.keyId, waiting.keyId)
    assert.deepEqual([one.keyring.sealingKey, two.keyring.sealingKey], [done.keyId, done.keyId])
  })

  test(`a server that hangs during a rotation prevents the retirement of the earlier key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('hangs')
    const first = server.keyring.sealingKey
    let looks = 0
    const once = async () => {
      looks += 1
      if (looks === 1) await server.look()
    }
    const waiting = await (await scene.command({}, [once])).rotate(operator)
    assert.deepEqual(waiting.type === 'waiting' && [waiting.seals, waiting.nodes.length], [true, 1])
    scene.passMinute()
    await assert.rejects((await scene.command()).retire(operator, first), /is needed|still seals/)
    const ended = await (await scene.command({}, [server.look])).rotate(operator)
    assert.deepEqual(ended.type === 'done' && [ended.isNew, ended.unused], [false, [first]])
  })

  test(`a rotation waits when a server without the new key starts during it (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const elsewhere = await scene.copyKeys()
    let asked = 0
    const findNodes = async () => {
      asked += 1
      // Not there yet when the command looks first, and there when it decides.
      return asked === 1 ? [] : [{ node: 'late', host: 'late', fingerprints: [], sealsWith: '' }]
    }
    const rotation = await (await scene.command({ findNodes })).rotate(operator)
    assert.equal(rotation.type, 'waiting')
    const late = await scene.startServer('late', elsewhere)
    assert.equal(late.findProblem(), undefined)
    assert.equal((await scene.openKeyring()).sealingKey, late.keyring.sealingKey)
  })

  test(`a key that values need cannot be retired, and neither can the sealing key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const before = await scene.openKeyring()
    await (await scene.command()).rotate(operator)
    await storeSealed(db, before, 'late')
    scene.passMinute()
    const { retire, rotate } = await scene.command()
    const refused = retire(operator, before.sealingKey)
    await assert.rejects(refused, /signing_keys.private_key_sealed 1, oidc_records.payload 1/)
    const again = await rotate(operator)
    assert.deepEqual(again.type === 'done' && [again.isNew, again.moved], [false, 2])
    await assert.rejects(retire(operator, again.keyId), /seals\. First let another one/)
    await assert.rejects(retire(operator, 'nobody'), { code: 'not_found' })
    await retire(operator, before.sealingKey)
    assert.equal((await openStored(db, await scene.openKeyring())).length, 2)
  })

  test(`a key that was added on another machine prevents a rotation until it is retired (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const elsewhere = await scene.copyKeys()
    await scene.startServer('one', elsewhere)
    const waiting = await (await scene.command()).rotate(operator)
    assert.equal(waiting.type, 'waiting')
    await copyOver(elsewhere, scene.file)
    const { rotate, retire } = await scene.command({ findNodes: async () => [] })
    await assert.rejects(
      rotate(operator),
      new RegExp(`The key ${waiting.keyId} was added on another`),
    )
    await retire(operator, waiting.keyId)
    const rotation = await rotate(operator)
    assert.equal(rotation.type, 'done')
    assert.notEqual(rotation.keyId, waiting.keyId)
  })

  test(`a key whose line was deleted by hand is required only while a value needs it (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db, file } = scene
    const before = await scene.openKeyring()
    await (await scene.command()).rotate(operator)
    await storeSealed(db, before, 'late')
    await removeKey(file, before.sealingKey)
    const config = configSchema.parse({ key_file: file })
    const refused = (error: unknown) =>
      JSON.stringify(error).includes(`the database needs ${before.sealingKey}`)
    await assert.rejects(openKeyring(config, db), refused)
    await db.deleteFrom('signing_keys').execute()
    await db.deleteFrom('oidc_records').execute()
    await assert.rejects(scene.openKeyring(), refused)
    const keyring = await openKeyring(config, db)
    assert.equal(keyring.keys.length, 1)
    assert.equal((await scene.openKeyring()).sealingKey, keyring.sealingKey)
  })

  test(`a rotation names a value that was changed by hand, and moves the others (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const keyring = await scene.openKeyring()
    for (const id of ['good', 'wrong']) await storeSealed(db, keyring, id)
    const sealed = keyring.seal('signing_keys/other/private_key_sealed', Buffer.from('x'))
    const update = db.updateTable('signing_keys').set({ private_key_sealed: sealed })
    await update.where('id', '=', 'wrong').execute()
    const { rotate } = await scene.command()
    const rotation = await rotate(operator)
    assert.ok(rotation.type === 'done')
    assert.deepEqual(rotation.broken, ['signing_keys wrong private_key_sealed'])
    assert.equal(rotation.moved, 4)
    // It holds back its own key, and no rotation.
    const again = await (await scene.command()).rotate(operator)
    assert.deepEqual(again.type === 'done' && [again.isNew, again.moved], [true, 4])
    scene.passMinute()
    const { retire } = await scene.command()
    await retire(operator, rotation.keyId)
    await assert.rejects(retire(operator, keyring.sealingKey), /private_key_sealed 1/)
  })

  test(`the order of the lines does not decide which key is the later one (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db, file } = scene
    const before = await scene.openKeyring()
    const server = await scene.startServer('one')
    const { keyId } = await (await scene.command({}, [server.look])).rotate(operator)
    await storeSealed(db, before, 'late')
    const [first, last] = (await readFile(file, 'utf8')).trim().split('\n')
    await writeLines(file, `${last}\n${first}\n`)
    assert.equal((await loadKeys(file))[0].id, before.sealingKey)
    await server.look()
    assert.equal(server.findProblem(), undefined)
    assert.equal((await scene.openKeyring()).sealingKey, keyId)
  })

  test(`a rotation at the same time as others succeeds or reports the other command (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    await storeSealed(scene.db, await scene.openKeyring(), 'a')
    const commands = [await scene.command(), await scene.command(), await scene.command()]
    const ends = await Promise.allSettled(commands.map(({ rotate }) => rotate(operator)))
    for (const end of ends) {
      if (end.status === 'rejected') assert.match(`${end.reason}`, /Another command/)
    }
    assert.equal((await openStored(scene.db, await scene.openKeyring())).length, 2)
  })

  test(`a rotation accepts a key that another command on the same machine has just added (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    // It does not look, so the rotation waits for it.
    await scene.startServer('one')
    const source = openKeySource(configSchema.parse({ key_file: scene.file }))
    const others: SealingRotation[] = []
    const slow = {
      ...source,
      async read() {
        const keys = await source.read()
        if (others.length === 0) others.push(await (await scene.command()).rotate(operator))
        return keys
      },
    }
    const { type, keyId } = await (await scene.command({ source: slow })).rotate(operator)
    assert.deepEqual([type, keyId], ['waiting', others[0]?.keyId])
  })

  test(`a database from before the naming secret keeps its derived names after a rotation (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const { db } = scene
    const [key] = await loadKeys(scene.file)
    for (const name of ['naming_secret', 'key_check'])
      await db.deleteFrom('settings').where('name', '=', name).execute()
    await checkKeyring(db, createKeyring({ keys: [key], random }))
    const before = (await scene.openKeyring()).derive('oidc pairwise subjects')
    const { sealingKey } = await scene.openKeyring()
    await (await scene.command()).rotate(operator)
    scene.passMinute()
    await (await scene.command()).retire(operator, sealingKey)
    assert.deepEqual((await scene.openKeyring()).derive('oidc pairwise subjects'), before)
  })

  test(`every value opens after any sequence of commands, killed at any step (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const act = fc.oneof(
      fc.record({ type: fc.constant('rotate' as const), killAt: fc.option(fc.nat({ max: 9 })) }),
      fc.record({ type: fc.constant('retire' as const), killAt: fc.option(fc.nat({ max: 6 })) }),
      fc.record({ type: fc.constant('store' as const), killAt: fc.constant(null) }),
      fc.record({ type: fc.constant('add' as const), killAt: fc.constant(null) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 10 }), async (acts) => {
        await play(database, acts)
      }),
      { numRuns: 15, endOnFailure: true },
    )
  })
})

interface Act {
  readonly type: 'rotate' | 'retire' | 'store' | 'add'
  /** The step of the command at which its process ends; `null`: at none. */
  readonly killAt: number | null
}

class Killed extends Error {}

async function play(database: Awaited<ReturnType<Engine['open']>>, acts: readonly Act[]) {
  const { db } = database
  const ends: (() => unknown)[] = []
  const scope: Scope = { after: (end: () => unknown) => void ends.push(end) } as Scope
  for (const table of ['settings', 'signing_keys', 'oidc_records', 'node_keys'] as const)
    await db.deleteFrom(table).execute()
  const scene = await openSealingScene(scope, database)
  const server = await scene.startServer('one')
  const name = server.keyring.derive('names')
  await storeSealed(db, server.keyring, 'first')
  let stored = 1
  for (const { type, killAt } of acts) {
    scene.passMinute()
    if (type === 'store') {
      await storeSealed(db, server.keyring, `${stored}`)
      stored += 1
    } else if (type === 'add') await addKey(scene.file, random)
    else await runKilled({ scene, look: server.look, type, killAt })
    await server.look()
    assert.equal(server.findProblem(), undefined)
    const keyring = await scene.openKeyring()
    assert.equal(keyring.sealingKey, server.keyring.sealingKey)
    assert.equal((await openStored(db, keyring)).length, stored * 2)
    assert.equal((await openStored(db, server.keyring)).length, stored * 2)
    assert.deepEqual(keyring.derive('names'), name)
  }
  // One more command completes the rotation: after it, values need only the sealing key.
  await (await scene.command({}, [server.look])).rotate(operator)
  const listed = await (await scene.command()).listKeys()
  for (const key of listed) if (key.values.length > 0) assert.equal(key.state, 'seals')
  for (const end of ends) await end()
}

interface Killing {
  readonly scene: Awaited<ReturnType<typeof openSealingScene>>
  readonly look: () => Promise<void>
  readonly type: Act['type']
  readonly killAt: number | null
}

async function runKilled({ scene, look, type, killAt }: Killing): Promise<void> {
  let steps = 0
  const step = () => {
    if (steps === killAt) throw new Killed()
    steps += 1
  }
  const { db, clock } = scene
  const earlier = (await (await scene.command()).listKeys()).find(
    ({ state }) => state === 'earlier',
  )
  const command = await scene.command(
    {
      // Each transaction of the command is a step, before it and after it.
      db: new Proxy(db, {
        get(target, property) {
          if (property === 'transaction') step()
          const value: unknown = Reflect.get(target, property, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }),
      clock: {
        now() {
          step()
          return clock.now()
        },
      },
    },
    [look],
  )
  try {
    if (type === 'rotate') await command.rotate(operator, step)
    else if (earlier !== undefined) await command.retire(operator, earlier.id)
  } catch (error) {
    if (!(error instanceof Killed) && !(error instanceof Fault)) throw error
  }
}

async function writeLines(file: string, text: string): Promise<void> {
  await chmod(file, 0o600)
  await writeFile(file, text)
  await chmod(file, 0o400)
}

async function copyOver(from: string, to: string): Promise<void> {
  await chmod(to, 0o600)
  await copyFile(from, to)
  await chmod(to, 0o400)
}
