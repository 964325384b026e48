/** What `einlass app test` leaves at a running server: one event, and nothing that looks like a broken app or an attack. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { run } from '../src/cli/run.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { readAudit } from '../src/identity/audit/chain.ts'
import { startInProcess } from './support/in-process.ts'

/** The server with its metrics, and the command on the same database. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-app-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [file, keyFile] = [join(folder, 'einlass.db'), join(folder, 'einlass.key')]
  const started = await startInProcess(t, {
    storage: { type: 'sqlite', file },
    key_file: keyFile,
    metrics: { port: 0 },
  })
  const { publicUrl, parts, db, server } = started
  const env = {
    EINLASS_PUBLIC_URL: publicUrl,
    EINLASS_STORAGE_FILE: file,
    EINLASS_KEY_FILE: keyFile,
  }
  return {
    db,
    publicUrl,
    apps: createApps({ ...parts.platform, protocols }),
    /** The command as a process of its own, which can get signals. */
    spawnTest: (id: string) =>
      spawn(process.execPath, [join(import.meta.dirname, '../src/cli/cli.js'), 'app', 'test', id], {
        env: { ...env, PATH: process.env.PATH },
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    async test(id: string) {
      const stream = () => new PassThrough({ highWaterMark: 1024 * 1024, encoding: 'utf8' })
      const [stdout, stderr] = [stream(), stream()]
      const code = await run(['app', 'test', id], {
        ...{ stdout, stderr },
        stdin: Object.assign(Readable.from(['']), { isTTY: false }),
        env,
        readFile: () => {
          throw Object.assign(new Error('no file'), { code: 'ENOENT' })
        },
        readMode: () => 0o600,
      })
      return { code, stdout: `${stdout.read()}`, stderr: `${stderr.read()}` }
    },
    async listRefused(): Promise<string[]> {
      assert.ok(server.metrics)
      const { port } = server.metrics.address() as AddressInfo
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return text
        .split('\n')
        .filter((line) => /^einlass_app_requests_refused_total\{.*\} [1-9]/.test(line))
    },
  }
}

/** An app that takes everything. */
async function startApp(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(request.url?.startsWith('/logout') === true ? 400 : 200).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('app test leaves one event with its result, and no refusals in the audit log and the metrics', async (t) => {
  const { db, apps, publicUrl, test, listRefused } = await setUp(t)
  const url = await startApp(t)
  const oidc = {
    redirectUris: [`${url}/callback`],
    backchannelLogoutUri: `${url}/logout`,
    ciba: true,
  }
  for (const [protocol, settings] of [
    ['oidc', oidc],
    ['saml', { entityId: `${url}/metadata`, consumerUrls: [`${url}/acs`] }],
    ['wsfed', { realms: [`${url}/owa/`] }],
  ] as const)
    await apps.create(db, { id: protocol, protocol, name: protocol, settings })
  const [last] = (await readAudit(db, { limit: 1000 })).slice(-1)
  for (const id of ['oidc', 'saml', 'wsfed']) assert.ok([0, 1].includes((await test(id)).code), id)
  assert.deepEqual(await listRefused(), [])
  const events = (await readAudit(db, { limit: 1000 })).filter(({ seq }) => seq > (last?.seq ?? 0))
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.appId]),
    ['oidc', 'saml', 'wsfed'].map((id) => ['app_tested', id]),
  )
  for (const { data } of events) {
    assert.match(`${data.by}`, /^cli:/)
    assert.equal(
      data.result,
      Number(data.wrong) > 0 ? 'wrong' : Number(data.warnings) > 0 ? 'warnings' : 'right',
    )
  }
  // A request like those of the test, without a mark.
  const foreign = new URLSearchParams({ client_id: 'oidc', redirect_uri: `${url}/other` })
  await fetch(`${publicUrl}/oidc/auth?response_type=code&${foreign}`)
  assert.equal((await listRefused()).length, 1)
})

test('app test shows its findings also when their event cannot be stored', async (t) => {
  const { db, apps, test } = await setUp(t)
  const settings = { realms: ['https://app.example.org/owa/'] }
  await apps.create(db, { id: 'owa', protocol: 'wsfed', name: 'owa', settings })
  await sql`create trigger no_event before insert on audit_events when new.type = 'app_tested'
    begin select raise(abort, 'no event'); end`.execute(db)
  const { code, stdout, stderr } = await test('owa')
  assert.equal(code, 1)
  assert.match(stderr, /no event/)
  assert.match(stdout, /^(ok|look|WRONG) /m)
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`app test leaves its event when ${signal} interrupts it`, async (t) => {
    const { db, apps, spawnTest, listRefused } = await setUp(t)
    const app = createServer().listen(0, '127.0.0.1')
    await once(app, 'listening')
    t.after(() => app.close().closeAllConnections())
    const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    const settings = { redirectUris: [`${url}/callback`] }
    await apps.create(db, { id: 'slow', protocol: 'oidc', name: 'slow', settings })
    const asked = once(app, 'request')
    const child = spawnTest('slow')
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => (output.stdout += chunk))
    child.stderr.on('data', (chunk) => (output.stderr += chunk))
    const ended = once(child, 'close')
    // It has sent all its requests to the login, and the app never answers.
    await asked
    child.kill(signal)
    assert.deepEqual(await ended, [code, null])
    assert.equal(output.stdout, '')
    assert.match(output.stderr, new RegExp(signal))
    const events = (await readAudit(db, { limit: 1000 })).filter(
      ({ type }) => type === 'app_tested',
    )
    assert.deepEqual(
      events.map(({ data }) => [data.appId, data.result, data.wrong]),
      [['slow', 'interrupted', undefined]],
    )
    assert.deepEqual(await listRefused(), [])
  })
}
