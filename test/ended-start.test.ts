/** A signal that ends the server while it starts. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cli, inheritEnv } from './support/installation.ts'

interface Starting {
  readonly folder: string
  readonly child: ChildProcess
  readonly ended: Promise<readonly unknown[]>
  output(): string
  untilSaid(text: string): Promise<void>
}

/** `einlass serve` with this configuration. */
async function startServer(t: TestContext, storage: object): Promise<Starting> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-start-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'einlass.json')
  const config = {
    public_url: 'https://login.example.org',
    listen: { host: '127.0.0.1', port: 0 },
    key_file: join(folder, 'einlass.key'),
    storage,
  }
  await writeFile(file, JSON.stringify(config))
  const child = spawn(process.execPath, [cli, 'serve', '--config', file], {
    env: inheritEnv(),
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    ...{ folder, child, ended },
    output: () => output,
    async untilSaid(text) {
      while (!output.includes(text)) {
        assert.equal(child.exitCode, null, output)
        await Promise.race([once(child.stdout, 'data'), ended])
      }
    },
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends a server that waits for its database`, async (t) => {
    const storage = { type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none', wait: '10m' }
    const { folder, child, ended, output, untilSaid } = await startServer(t, storage)
    await untilSaid('waiting for the database')
    child.kill(signal)
    assert.deepEqual(await ended, [0, null], output())
    assert.match(output(), new RegExp(`"signal":"${signal}".*is going down`))
    assert.deepEqual(await readdir(folder), ['einlass.json'])
  })
}

test('SIGTERM ends a server that has just begun to listen as it ends one that runs', async (t) => {
  const { child, ended, output, untilSaid } = await startServer(t, {
    type: 'sqlite',
    file: 'einlass.db',
  })
  await untilSaid('Einlass is up')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null], output())
  assert.match(output(), /is going down/)
})
