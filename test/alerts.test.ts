/**
 * The dashboard and the alert rules in `ops`: they speak of metrics that there are, each alert has its section in the
 * runbook, and a Prometheus that reads a running server raises them.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { glob, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createMetricsServer } from '../src/faces/metrics/metrics.ts'
import {
  createSenderMetrics,
  listSenderMetrics,
} from '../src/login/factors/approval/sending/metrics.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { noteBackup } from '../src/platform/storage/backup/last-backup.ts'
import { openCutLine } from './support/cut-line.ts'
import { startInProcess } from './support/in-process.ts'
import { createEnds, createPostgresDatabase } from './support/installation.ts'
import { ops, startPrometheus } from './support/prometheus.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

const read = (name: string) => readFile(join(ops, name), 'utf8')
const { groups } = parse(await read('alerts.yaml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((one) => one.rules)
const dashboard = JSON.parse(await read('dashboard.json')) as {
  readonly panels: readonly {
    readonly title: string
    readonly targets?: readonly { readonly expr: string }[]
  }[]
}

/** Everything that has metrics is configured. */
async function startServer(t: TestContext) {
  const server = await createPostgresDatabase(createEnds(t))
  const line = await openCutLine(t, server)
  const storage = { type: 'postgres', url: line.url, migrate: true } as const
  const started = await startInProcess(t, {
    storage,
    metrics: { port: 0 },
    mail: { from: 'login@example.org', smtp: { host: '127.0.0.1', port: 1, security: 'none' } },
    events: { webhook: { url: 'http://127.0.0.1:1/', secret: 'a secret of sixteen letters' } },
    audit: {
      heads: { receivers: ['webhook'] },
      receivers: [{ name: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1, transport: 'tcp' }],
    },
    telemetry: { endpoint: 'http://127.0.0.1:1', traces: false },
    networks: [{ name: 'Here', ranges: ['127.0.0.0/8'], shared: true }],
  })
  await noteBackup(storage, { madeAt: Date.now() })
  const { port = 0 } = (started.server.metrics?.address() ?? {}) as Partial<AddressInfo>
  const target = `127.0.0.1:${port}`
  return {
    ...started,
    ...line,
    target,
    read: async () => (await fetch(`http://${target}/metrics`)).text(),
  }
}

const keywords = new Set(
  'abs absent and by count end for histogram_quantile increase label_values last_over_time max min on or rate sum topk unless without le'.split(
    ' ',
  ),
)

/** What an expression names outside of quotes, braces and lists of labels. */
function listNames(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\bby \([^)]*\)/g, '')
    .replace(/\[[^\]]*\]/g, '')
  return (bare.match(/[a-z_][a-z0-9_]*/g) ?? []).filter((name) => !keywords.has(name))
}

/** Each label that is asked for, with the values if they are whole. */
function listSelections(expr: string): { metric: string; label: string }[] {
  return [...expr.matchAll(/([a-z_]+)\{([^}]*)\}/g)].flatMap(([, metric = '', inside = '']) =>
    [...inside.matchAll(/([a-z_]+)[!=]/g)].map(([, label = '']) => ({ metric, label })),
  )
}

const expressions = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  ),
]

test('the dashboard and the rules use only metrics and labels that a server has', async (t) => {
  const server = await startServer(t)
  await fetch(`${server.publicUrl}/login`)
  const text = await server.read()
  const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
  const own = (name: string) => name.replace(/_(bucket|count|sum)$/, '')
  const labels = Map.groupBy(
    [...text.matchAll(/^([a-z_]+)\{(.*)\} /gm)].map(([, metric = '', inside = '']) => ({
      metric,
      inside,
    })),
    ({ metric }) => metric,
  )
  assert.ok(expressions.length > 50)
  for (const { where, expr } of expressions) {
    for (const name of listNames(expr)) {
      if (name !== 'up') assert.ok(names.has(own(name)) || names.has(name), `${where}: ${name}`)
    }
    for (const { metric, label } of listSelections(expr)) {
      // These are of Prometheus.
      if (label === 'instance' || label === 'job') continue
      const samples = labels.get(metric)
      // No directory and no provider is here.
      if (samples === undefined) continue
      assert.ok(
        samples.some(({ inside }) => inside.includes(`${label}=`)),
        `${where}: ${metric} ${label}`,
      )
    }
  }
})

test('the page about monitoring describes every metric of the server, and no metric that does not exist', async (t) => {
  const text = await (await startServer(t)).read()
  const served = [...text.matchAll(/^# TYPE (einlass_\S+)/gm)].map(([, name = '']) => name)
  const page = await readFile(join(ops, '../docs/monitoring.md'), 'utf8')
  const described = [...page.matchAll(/^\| `(einlass_\w+)`/gm)].map(([, name = '']) => name)
  const whereConfigured = ['einlass_tickets_total']
  assert.deepEqual(
    served.filter((name) => !described.includes(name)),
    [],
  )
  assert.deepEqual(
    described.filter((name) => !served.includes(name) && !whereConfigured.includes(name)),
    [],
  )
})

test('each alert has a section of the runbook, and each section names existing alerts', async () => {
  const runbook = await readFile(join(ops, '../docs/runbook.md'), 'utf8')
  const sections = new Map(
    runbook
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.split('\n', 1)[0]?.toLowerCase().replaceAll(' ', '-') ?? '', text]),
  )
  for (const { alert, annotations } of rules) {
    const [file, anchor = ''] = annotations.runbook_url.split('#')
    assert.equal(file, '/usr/share/doc/einlass/docs/runbook.md')
    assert.match(sections.get(anchor) ?? '', new RegExp(`\\*${alert}\\.?\\*`), anchor)
  }
  for (const [anchor, text] of sections) {
    const named = [...text.matchAll(/\*(Einlass\w+)\.?\*/g)].map(([, name = '']) => name)
    assert.ok(named.length > 0, anchor)
    for (const name of named)
      assert.ok(
        rules.some(({ alert }) => alert === name),
        name,
      )
  }
})

test('every page names only metrics and alerts that exist', async () => {
  const root = join(ops, '..')
  const pages = [
    'README.md',
    'CHANGELOG.md',
    ...(await Array.fromAsync(glob('docs/**/*.md', { cwd: root }))),
  ]
  const page = await readFile(join(root, 'docs/monitoring.md'), 'utf8')
  // That these are the server's is another test.
  const metrics = [...page.matchAll(/^\| `(einlass_\w+)`/gm)].map(([, name = '']) => name)
  const alerts = rules.map(({ alert }) => alert)
  assert.ok(pages.length > 40)
  for (const path of pages) {
    const text = await readFile(join(root, path), 'utf8')
    for (const [name] of text.matchAll(/\beinlass_[a-z_]+_(total|seconds|bytes)\b/g))
      assert.ok(metrics.includes(name), `${path}: ${name}`)
    for (const [, name = ''] of text.matchAll(/\*(Einlass[A-Z]\w+)\.?\*/g))
      assert.ok(alerts.includes(name), `${path}: ${name}`)
  }
})

test('promtool accepts the rules, and the tests of the rules pass', () => {
  const run = (...args: string[]) => spawnSync('promtool', args, { cwd: ops, encoding: 'utf8' })
  for (const args of [
    ['check', 'rules', 'alerts.yaml'],
    ['check', 'config', 'prometheus.yaml'],
    ['test', 'rules', 'alerts.test.yaml'],
  ]) {
    const { status, stdout, stderr, error } = run(...args)
    assert.equal(error, undefined)
    assert.equal(status, 0, `${stdout}${stderr}`)
  }
})

test('Prometheus raises no alert for a healthy server, and one when many logins are refused', async (t) => {
  const { publicUrl, target } = await startServer(t)
  const prometheus = await startPrometheus(t, target)
  await prometheus.untilSeen('einlass_login_ends_total')
  // Nobody takes the events, and no head is out yet; nothing else is wrong.
  assert.deepEqual(await prometheus.listFiring(), [])
  for (let index = 0; index < 40; index += 1) {
    const browser = createPlainBrowser(publicUrl)
    const page = await browser.get('/login')
    await browser.answer(page, { username: `nobody${index}`, password: 'a wrong password' })
  }
  await prometheus.untilFiring('EinlassLoginsRefusedInNumbers')
})

test('Prometheus raises alerts when PostgreSQL is unreachable, and the server still serves its metrics', async (t) => {
  const { cut, target, read: readMetrics } = await startServer(t)
  const prometheus = await startPrometheus(t, target)
  await prometheus.untilSeen('einlass_ready')
  cut()
  await prometheus.untilFiring('EinlassNotReady')
  await prometheus.untilFiring('EinlassDatabaseFailing')
  const text = await readMetrics()
  assert.match(text, /^einlass_ready 0$/m)
  assert.match(text, /^einlass_queue_length{queue="passwords"} 0$/m)
})

test('Prometheus raises an alert when many messages of one provider fail', async (t) => {
  const pushes = createSenderMetrics()
  const fcm = pushes.forProvider('fcm')
  const server = createMetricsServer({ metrics: listSenderMetrics(pushes), log: silentLog })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const prometheus = await startPrometheus(t, `127.0.0.1:${port}`)
  await prometheus.untilSeen('einlass_pushes_total')
  for (let index = 0; index < 10; index += 1) {
    fcm.handedOver(200)
    fcm.failed()
  }
  await prometheus.untilFiring('EinlassPushesFailing')
})
