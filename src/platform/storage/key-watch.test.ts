import assert from 'node:assert/strict'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { openSealingScene, operator } from '../../dev/test-support/sealing-scene.ts'
import { createKeyring } from '../kernel/keyring.ts'
import { systemRandom as random } from '../kernel/random.ts'
import { loadKeys, makeKeyLine } from './key-file.ts'
import { readNodeKeys } from './node-keys.ts'
import { writeCheck } from './sealing-state.ts'

async function overwrite(file: string, text: string): Promise<void> {
  await chmod(file, 0o600)
  await writeFile(file, text)
  await chmod(file, 0o400)
}

onEachEngine((engine) => {
  test(`a server publishes which keys it has, and deletes that when it ends (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    const [said] = await readNodeKeys(scene.db)
    assert.deepEqual([said?.node, said?.sealsWith], ['one', server.keyring.sealingKey])
    await server.stop()
    assert.deepEqual(await readNodeKeys(scene.db), [])
  })

  test(`a server that was recorded as gone publishes again which keys it has (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    await scene.db.deleteFrom('node_keys').execute()
    await server.look()
    assert.equal((await readNodeKeys(scene.db)).length, 1)
  })

  test(`a server without the sealing key reports the problem until it has the key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const elsewhere = await scene.copyKeys()
    const frozen = await scene.startServer('frozen', elsewhere)
    // As if this server could not be reached when the others were asked.
    const rotation = await (await scene.command({ findNodes: async () => [] })).rotate(operator)
    await frozen.look()
    const problem = `${frozen.findProblem()}`
    assert.match(problem, new RegExp(`the database needs ${rotation.keyId}, and there is `))
    await assert.rejects(scene.openKeyring(elsewhere), (error: unknown) => {
      assert.match(JSON.stringify(error), new RegExp(`the database needs ${rotation.keyId}`))
      return true
    })
    await overwrite(elsewhere, await readFile(scene.file, 'utf8'))
    await frozen.look()
    assert.equal(frozen.findProblem(), undefined)
    assert.equal(frozen.keyring.sealingKey, rotation.keyId)
  })

  test(`a key file that is broken, open to others or gone does not affect a running server (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    const { sealingKey } = server.keyring
    const text = await readFile(scene.file, 'utf8')
    for (const broken of ['', 'half a line', text.slice(0, -9)]) {
      await overwrite(scene.file, broken)
      await server.look()
      assert.equal(server.findProblem(), undefined)
      assert.equal(server.keyring.sealingKey, sealingKey)
    }
    await overwrite(scene.file, text)
    await chmod(scene.file, 0o444)
    await server.look()
    assert.equal(server.keyring.sealingKey, sealingKey)
    await rm(scene.file)
    await server.look()
    assert.equal(server.findProblem(), undefined)
    assert.equal(server.keyring.sealingKey, sealingKey)
  })

  test(`running servers still have a key that was removed from the file before it was retired (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    const first = server.keyring.sealingKey
    await (await scene.command({}, [server.look])).rotate(operator)
    const [, last = ''] = (await readFile(scene.file, 'utf8')).split('\n')
    await overwrite(scene.file, `${last}\n`)
    await server.look()
    assert.equal(server.findProblem(), undefined)
    assert.ok(server.keyring.keys.some(({ id }) => id === first))
  })

  test(`a wrong line with the id of a key is not accepted as that key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const elsewhere = await scene.copyKeys()
    const [one, two] = [await scene.startServer('one'), await scene.startServer('two', elsewhere)]
    const looks = [one.look, two.look]
    const waiting = await (await scene.command({}, looks)).rotate(operator)
    const wrong = makeKeyLine(random).replace(/ \w+ /, ` ${waiting.keyId} `)
    await overwrite(elsewhere, `${await readFile(elsewhere, 'utf8')}${wrong}\n`)
    const still = await (await scene.command({}, looks)).rotate(operator)
    assert.deepEqual(still.type === 'waiting' && still.nodes.map(({ node }) => node), ['two'])
    await assert.rejects(scene.openKeyring(elsewhere), (error: unknown) => {
      assert.match(JSON.stringify(error), /is another one than the database had under this id/)
      return true
    })
  })

  test(`a server names a key row that was changed by hand (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    const value = server.keyring.seal('settings/other/value', Buffer.from('x'))
    const update = scene.db.updateTable('settings').set({ value })
    await update.where('name', '=', 'naming_secret').execute()
    await server.look()
    assert.match(
      `${server.findProblem()}`,
      /^the row naming_secret of the table settings cannot be/,
    )
    await scene.db.insertInto('settings').values({ name: 'sealing_keys', value: '[{' }).execute()
    await server.look()
    assert.match(`${server.findProblem()}`, /^the row sealing_keys of the table settings cannot be/)
  })

  test(`a command is run again when the database names a key that is missing, and at a reload (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const elsewhere = await scene.copyKeys()
    let runs = 0
    const server = await scene.startServer('one', elsewhere, {
      isCheap: false,
      async read() {
        runs += 1
        return await loadKeys(elsewhere)
      },
    })
    for (let times = 0; times < 3; times += 1) await server.look()
    assert.equal(runs, 0)
    await (await scene.command({}, [server.look])).rotate(operator)
    assert.equal(runs, 1)
    await overwrite(elsewhere, await readFile(scene.file, 'utf8'))
    await server.look()
    assert.equal(runs, 1)
    scene.passMinute()
    await server.look()
    assert.equal(runs, 2)
    await server.readAgain()
    assert.equal(runs, 3)
    const rotation = await (await scene.command({}, [server.look])).rotate(operator)
    assert.equal(rotation.type, 'done')
    assert.equal(server.keyring.sealingKey, rotation.keyId)
  })

  test(`a running server does not go back to an earlier key (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    const before = await scene.db.selectFrom('settings').selectAll().execute()
    const { keyId } = await (await scene.command({}, [server.look])).rotate(operator)
    const idle = await scene.startServer('started after the rotation')
    // Sets all that the database says about keys back to its earlier state.
    for (const { name, value } of before)
      await scene.db.updateTable('settings').set({ value }).where('name', '=', name).execute()
    await scene.db.deleteFrom('settings').where('name', '=', 'sealing_keys').execute()
    for (const { look, findProblem, keyring } of [server, idle]) {
      await look()
      assert.match(`${findProblem()}`, new RegExp(`${keyId} has sealed after it`))
      assert.equal(keyring.sealingKey, keyId)
    }
  })

  test(`a running server does not accept a mark of a key that its own key has replaced (${engine.name})`, async (t) => {
    const scene = await openSealingScene(t, await engine.open(t))
    const server = await scene.startServer('one')
    const earlier = createKeyring({ keys: server.keyring.keys, random })
    const { keyId } = await (await scene.command({}, [server.look])).rotate(operator)
    const idle = await scene.startServer('started after the rotation')
    // An attacker with the earlier key can seal this.
    await writeCheck(scene.db, earlier, [keyId])
    for (const { look, findProblem, keyring } of [server, idle]) {
      await look()
      assert.match(`${findProblem()}`, new RegExp(`${keyId} has sealed after it`))
      assert.equal(keyring.sealingKey, keyId)
    }
  })
})
