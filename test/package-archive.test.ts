// The archive, as a machine gets it that has nothing else: unpacked into an empty root, and run by a user without rights.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { buildArchive, hashSha256, listArchived } from '../scripts/packaging/archive.ts'
import { gatherProgram, type Program } from '../scripts/packaging/program-files.ts'
import { writeTar } from '../scripts/packaging/tar.ts'
import { findPort } from '../scripts/testing/ports.ts'
import { launchChromium } from './support/browser.ts'
import { createEmptyRoot, listNativeFiles, spawnIn } from './support/empty-root.ts'
import { stopProcess } from './support/installation.ts'
import { addErika, logInAsErika, runInstalled, untilUp } from './support/packed-login.ts'

const root = resolve(import.meta.dirname, '..')
const time = 1_700_000_000

let out: string
let archive: string
let program: Program
before(async () => {
  out = await mkdtemp(join(tmpdir(), 'einlass-archive-'))
  program = await gatherProgram(root, time)
  archive = await buildArchive(program, { out, time, level: 1 })
})
after(() => rm(out, { recursive: true, force: true }))

test('the archive starts in an empty root as an unprivileged user, and a login completes', async (t) => {
  const { folder, addLibrariesFor, addOwnFolder } = await createEmptyRoot(t)
  execFileSync('tar', ['xzf', archive, '-C', folder])
  const name = `einlass-${program.version}`
  await addLibrariesFor(await listNativeFiles(join(folder, name)))
  await addOwnFolder('data')
  const port = await findPort()
  const url = `http://localhost:${port}`
  const config = `public_url: ${url}
listen: { port: ${port} }
storage: { file: /data/einlass.db }
key_file: /data/einlass.key
default_policy: { second_factor: none }
`
  await writeFile(join(folder, 'data/einlass.yaml'), config)
  const start = (args: readonly string[]) =>
    spawnIn(folder, [`/${name}/einlass`, ...args], {
      env: { EINLASS_CONFIG: '/data/einlass.yaml' },
    })
  assert.equal(await runInstalled(start, ['--version']), `einlass ${program.version}\n`)

  const server = start(['serve'])
  t.after(() => stopProcess(server))
  await untilUp(server, url)
  await addErika(start)
  await logInAsErika(url)
  assert.equal((await fetch(`${url}/authenticator`)).status, 200)
  assert.equal((await fetch(`${url}/oidc/jwks`)).status, 200)
  await showPassword(url)
  assert.equal(await stopProcess(server), 0)
})

/** Scripts of pages are functions of the program, which are bundled again for a packed one. */
async function showPassword(url: string): Promise<void> {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (line) => {
      if (line.type() === 'error') problems.push(line.text())
    })
    await page.goto(`${url}/login`)
    await page.fill('input[name=password]', 'Regenschirm')
    await page.getByRole('button', { name: /anzeigen|show/i }).click()
    assert.equal(await page.getAttribute('input[name=password]', 'type'), 'text')
    assert.deepEqual(problems, [])
  } finally {
    await browser.close()
  }
}

test('a packed program starts from a few files that are bundled from its sources', () => {
  const bundle = program.entries.filter(({ path }) => path.startsWith('src/bundle/'))
  const start = bundle.find(({ path }) => /\/server-[\w-]{8}\.js$/.test(path))
  assert.ok(start?.type === 'file')
  const text = start.content.toString()
  assert.ok(text.includes('function createLocalDirectory('))
  // Each would be dozens of files more.
  assert.doesNotMatch(text, /^import .* from '(?:kysely|zod|pino)'/m)
  assert.ok(bundle.some(({ path }) => path === 'src/bundle/process.js'))
})

test('the same sources give the same bytes, and all files have the same time and owner', async () => {
  const packed = await readFile(archive)
  // No time and no name in the header of gzip.
  assert.deepEqual([...packed.subarray(3, 8)], [0, 0, 0, 0, 0])
  const again = Buffer.concat([...writeTar(listArchived(await gatherProgram(root, time)), time)])
  assert.equal(hashSha256(again), hashSha256(gunzipSync(packed)))
  const listing = execFileSync('tar', ['tzvf', archive, '--utc', '--full-time'], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  for (const line of listing.trim().split('\n'))
    assert.match(line, /^[-dl]\S+ 0\/0 +\d+ 2023-11-14 22:13:20 einlass-/)
})

test('the archive has only what the program runs: no tests, development tools or build tools', () => {
  const paths = program.entries.map(({ path }) => path)
  const own = paths.filter((path) => !path.startsWith('node_modules/'))
  assert.deepEqual(
    own.filter((path) => /\.test\.ts$|test-support|vectors/.test(path)),
    [],
  )
  for (const name of ['typescript', 'playwright-core', '@biomejs/biome', 'esbuild'])
    assert.equal(paths.includes(`node_modules/${name}/package.json`), false, name)
  for (const path of ['einlass', 'src/cli/cli.js', 'node_modules/.bin/node', 'LICENSE'])
    assert.ok(paths.includes(path), path)
})

const readText = (path: string): string => {
  const entry = program.entries.find((one) => one.path === path)
  assert.ok(entry?.type === 'file')
  return entry.content.toString()
}

test('the archive contains every page that its README links', () => {
  const links = [...readText('README.md').matchAll(/\]\(([^)#\s]+\.md)/g)].map(([, link]) => link)
  assert.ok(links.includes('SECURITY.md'))
  const paths = new Set(program.entries.map(({ path }) => path))
  assert.deepEqual(
    links.filter((link = '') => !link.includes('://') && !paths.has(link)),
    [],
  )
})

test('the bill of materials names each package of the archive once, with version, licence and hash', () => {
  const bill = JSON.parse(readText('sbom.cdx.json'))
  assert.deepEqual([bill.bomFormat, bill.specVersion], ['CycloneDX', '1.6'])
  const refs: string[] = bill.components.map((one: { purl: string }) => one.purl)
  assert.equal(new Set(refs).size, refs.length)
  const manifests = program.entries.filter(({ path }) =>
    /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path),
  )
  assert.equal(refs.length, manifests.length)
  for (const { name, version, licenses, hashes } of bill.components) {
    assert.match(version, /^\d+\.\d+\.\d+/, name)
    assert.match(licenses[0].expression, /^[(A-Z0-9]/, name)
    assert.match(hashes[0].content, /^[0-9a-f]{128}$/, name)
  }
  assert.equal(bill.metadata.component.version, JSON.parse(readText('package.json')).version)
})

test('the archive contains the licences of all packages and of Node', () => {
  const licences = readText('THIRD-PARTY-LICENCES.txt')
  for (const { name, version, licence } of program.packages)
    assert.ok(licences.includes(`${name} ${version} (${licence})`), name)
  assert.match(licences, /Node\.js is licensed for use as follows/)
})
