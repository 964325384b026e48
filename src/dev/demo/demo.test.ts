import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadConfig } from '../../platform/config/load.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { takeServerLock } from '../../platform/storage/server-lock.ts'
import {
  checkUnused,
  createFarewell,
  createWelcome,
  demoSettings,
  startDemo,
  writeConfig,
} from './demo.ts'
import type { Mailbox } from './mailbox.ts'

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-demo-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const isUnavailable = (text: RegExp) => (error: unknown) =>
  error instanceof Fault && error.code === 'unavailable' && text.test(error.message)

test('if one of its ports is in use, the demo fails with a hint to PORT and leaves no lock on its data', async (t) => {
  const folder = await folderFor(t)
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const expected = isUnavailable(/Port \d+ is taken.*PORT=\d+ npm run demo/)
  for (const first of [port, port - 1, port - 3])
    await assert.rejects(startDemo({ folder, port: first, log: silentLog }), expected)
  checkUnused(folder)
})

test('a second demo on the same data fails and reports the first one', async (t) => {
  const folder = await folderFor(t)
  const lock = takeServerLock(join(folder, 'einlass.db'))
  assert.throws(() => checkUnused(folder), isUnavailable(/A demo runs already with the data in \//))
  lock.release()
  checkUnused(folder)
})

test('commands in the folder of the demo find its configuration and its database', async (t) => {
  const folder = await folderFor(t)
  const settings = demoSettings(folder, 8080, 2525)
  await writeConfig(folder, settings)
  const file = join(folder, 'einlass.yaml')
  const loaded = loadConfig({
    file,
    env: {},
    readFile: (path) => readFileSync(path, 'utf8'),
    serving: true,
  })
  assert.ok(loaded.type === 'ok')
  assert.deepEqual(loaded.config, configSchema.parse(settings))
  const { storage } = loaded.config
  assert.equal(storage.type === 'sqlite' && storage.file, join(folder, 'einlass.db'))
  assert.match(readFileSync(file, 'utf8'), /^# The configuration of the demo/)
})

test('the commands that the demo prints fit the way in which it was started', () => {
  const demo = { publicUrl: 'http://localhost:8080', apps: [], mailbox: { url: '' } as Mailbox }
  const byNpm = { npm_lifecycle_event: 'demo', EINLASS_COMMAND: './einlass' }
  for (const say of [createFarewell, (env: typeof byNpm) => createWelcome(demo, env)]) {
    assert.match(say(byNpm), /begin anew: npm run demo -- --fresh\n/)
    assert.match(
      say({ ...byNpm, npm_lifecycle_event: '' }),
      /begin anew: \.\/einlass demo --fresh\n/,
    )
  }
  assert.match(createWelcome(demo, byNpm), /\n {2}http:\/\/localhost:8080\/authenticator\n/)
  assert.match(createWelcome(demo, byNpm), /cd \/.*demo-data\n {2}\/.*\/einlass user list\n/)
  assert.match(createFarewell(byNpm), /has ended\. Its data is kept in \/.*demo-data\.\n/)
})
