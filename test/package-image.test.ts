// The image, unpacked by umoci, which has nothing to do with what made it, and run by its entry point: with a read-only root, as
// a user without rights, and without a shell.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { buildImage } from '../scripts/packaging/image.ts'
import { gatherProgram, type Program } from '../scripts/packaging/program-files.ts'
import { findPort } from '../scripts/testing/ports.ts'
import { stopProcess } from './support/installation.ts'
import { addErika, logInAsErika, runInstalled, untilUp } from './support/packed-login.ts'

const root = resolve(import.meta.dirname, '..')
const script = resolve(import.meta.dirname, 'support/container.sh')
const time = 1_700_000_000
const user = 65_532

interface Process {
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly user: { readonly uid: number; readonly gid: number }
  readonly cwd: string
}

let folder: string
let program: Program
let image: string
let rootfs: string
/** How umoci reads the configuration of the image. */
let container: Process
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlass-image-'))
  program = await gatherProgram(root, time)
  image = await buildImage(root, program, { out: folder, time, level: 1 })
  const layout = join(folder, 'layout')
  await mkdir(layout)
  execFileSync('tar', ['xf', image, '-C', layout])
  const bundle = join(folder, 'bundle')
  execFileSync('umoci', ['unpack', '--image', `${layout}:${program.version}`, bundle])
  rootfs = join(bundle, 'rootfs')
  container = JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8')).process
  for (const name of ['dev', 'proc']) await mkdir(join(rootfs, name), { recursive: true })
  await mkdir(join(folder, 'data'))
  await chown(join(folder, 'data'), user, user)
})
after(() => rm(folder, { recursive: true, force: true }))

/** A container of the image. `more` is its environment beside that of the image. */
function startContainer(args: readonly string[], more: NodeJS.ProcessEnv): ChildProcess {
  const { uid, gid } = container.user
  assert.deepEqual([uid, gid], [user, user])
  const env = Object.fromEntries(container.env.map((one) => one.split(/=(.*)/s, 2)))
  const place = [rootfs, join(folder, 'data'), `${uid}`, container.cwd]
  return spawn('/usr/bin/unshare', ['--mount', script, ...place, ...args], {
    env: { ...env, PATH: '/usr/sbin:/usr/bin', ...more },
  })
}

test('a container starts by its entry point with a read-only root, and a login completes', async (t) => {
  const port = await findPort()
  const url = `http://localhost:${port}`
  const env = {
    EINLASS_PUBLIC_URL: url,
    EINLASS_LISTEN_PORT: `${port}`,
    EINLASS_DEFAULT_POLICY_SECOND_FACTOR: 'none',
  }
  const server = startContainer(container.args, env)
  t.after(() => stopProcess(server))
  const start = (args: readonly string[]) => startContainer(['/usr/bin/einlass', ...args], env)
  const isReady = async () =>
    (await once(startContainer(['/usr/bin/einlass-ready'], env), 'exit'))[0]
  await untilUp(server, url)
  assert.equal(await isReady(), 0)
  assert.equal(await runInstalled(start, ['--version']), `einlass ${program.version}\n`)
  await addErika(start)
  await logInAsErika(url)
  assert.equal((await fetch(`${url}/authenticator`)).status, 200)
  assert.deepEqual((await readdir(join(folder, 'data/data'))).includes('einlass.key'), true)
  assert.equal(await stopProcess(server), 0)
  assert.equal(await isReady(), 1)
})

test('the image has no shell, no setuid or world-writable file, and the licences of all packages', async () => {
  assert.deepEqual((await readdir(join(rootfs, 'usr/bin'))).sort(), ['einlass', 'einlass-ready'])
  const find = (...args: string[]) => execFileSync('find', [rootfs, ...args], { encoding: 'utf8' })
  assert.equal(find('-perm', '/6000'), '')
  assert.equal(find('-perm', '-o+w', '-not', '-type', 'l', '-not', '-path', '*/tmp'), '')
  assert.equal(find('-user', `${user}`, '-not', '-path', '*/var/lib/einlass'), '')
  const bill = JSON.parse(await readFile(join(rootfs, 'opt/einlass/sbom.cdx.json'), 'utf8'))
  const debian = bill.components.filter(({ purl }: { purl: string }) => purl.startsWith('pkg:deb/'))
  assert.ok(debian.some(({ name }: { name: string }) => name === 'libc6'))
  for (const { name } of debian) await readFile(join(rootfs, `usr/share/doc/${name}/copyright`))
})

test('the image has a version label, and the same sources and system give the same image', async () => {
  const out = join(folder, 'again')
  await mkdir(out)
  const again = await buildImage(root, program, { out, time, level: 1 })
  assert.ok((await readFile(again)).equals(await readFile(image)))
  const config = execFileSync('skopeo', [
    'inspect',
    '--config',
    `oci:${folder}/layout:${program.version}`,
  ])
  const { Labels: labels, User: runsAs } = JSON.parse(config.toString()).config
  assert.equal(labels['org.opencontainers.image.version'], program.version)
  assert.equal(runsAs, `${user}:${user}`)
})
