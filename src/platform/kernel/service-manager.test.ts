import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Log } from './log.ts'
import { createServiceManager } from './service-manager.ts'

const pid = 4711
/** No process has this many files open. */
const lostDescriptor = `${'x:'.repeat(99_990)}notify`

function open(env: NodeJS.ProcessEnv) {
  const warnings: string[] = []
  const warn = (_entry: object, text: string) => void warnings.push(text)
  const log: Log = { debug() {}, info() {}, warn, error() {} }
  return { warnings, manager: createServiceManager({ env, pid, log, now: () => 12n }) }
}

/** A systemd-notify that writes down what it is given. */
async function fakeProgram(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-notify-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const program = join(folder, 'systemd-notify')
  await writeFile(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${folder}/said\n`)
  await chmod(program, 0o755)
  const said = async () => (await readFile(join(folder, 'said'), 'utf8')).trim().split('\n')
  return { PATH: `${folder}:/usr/bin:/bin`, said }
}

test('without a service manager, there is no notification and no warning', async () => {
  const { warnings, manager } = open({ WATCHDOG_USEC: '1' })
  await manager.ready()
  await manager.reloading()
  await manager.stopping()
  assert.deepEqual(warnings, [])
})

test('a descriptor for another process is not used', async (t) => {
  const { PATH, said } = await fakeProgram(t)
  const LISTEN_FDNAMES = lostDescriptor
  const env = { PATH, NOTIFY_SOCKET: '/run/notify', LISTEN_PID: '1', LISTEN_FDNAMES }
  const { warnings, manager } = open(env)
  await manager.ready()
  await manager.reloading()
  assert.deepEqual(await said(), [
    '/run/notify READY=1',
    '/run/notify RELOADING=1 MONOTONIC_USEC=12',
  ])
  assert.deepEqual(warnings, [])
})

test('if the descriptor does not work, the program systemd-notify sends the message', async (t) => {
  const { PATH, said } = await fakeProgram(t)
  const LISTEN_FDNAMES = lostDescriptor
  const env = { PATH, NOTIFY_SOCKET: '/run/notify', LISTEN_PID: `${pid}`, LISTEN_FDNAMES }
  const { warnings, manager } = open(env)
  await manager.stopping()
  assert.deepEqual(await said(), ['/run/notify STOPPING=1'])
  await manager.ready()
  assert.deepEqual(await said(), ['/run/notify STOPPING=1'], 'nothing follows')
  assert.deepEqual(warnings, [])
})

test('a service manager that cannot be notified causes only a warning', async () => {
  const { warnings, manager } = open({ PATH: '/nowhere', NOTIFY_SOCKET: '/run/notify' })
  await manager.ready()
  assert.deepEqual(warnings, ['the service manager could not be notified'])
})
