// A59: the signal USR1, which opens Node's inspector, and what a crash leaves on the disk. A client of the inspector reads the
// memory of the process, and with it the sealing keys.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findPort } from '../scripts/testing/ports.ts'
import { createTicketAcceptor } from '../src/platform/kerberos/acceptor.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { stopProcess } from './support/installation.ts'
import { untilUp } from './support/packed-login.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The addresses at which a process listens, as the system says. */
function listPorts(pid: number): string[] {
  const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return (
        readlinkSync(`/proc/${pid}/fd/${fd}`)
          .match(/^socket:\[(\d+)\]$/)
          ?.slice(1) ?? []
      )
    } catch {
      return []
    }
  })
  return ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = '']) => state === '0A' && sockets.includes(inode))
      .map(([, address = '']) => address),
  )
}

/** A process of Node without any of our options shows that the signal opens a port on this machine. */
async function untilAnotherOpens(t: TestContext): Promise<void> {
  const script = 'setInterval(() => {}, 1000); console.log("up")'
  const other = spawn(process.execPath, ['--inspect-port=0', '-e', script])
  t.after(() => other.kill('SIGKILL'))
  await once(other.stdout, 'data')
  other.kill('SIGUSR1')
  const [said] = await once(other.stderr, 'data')
  assert.match(`${said}`, /Debugger listening/)
  assert.equal(listPorts(other.pid ?? 0).length, 1)
}

function createServer(t: TestContext, port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'einlass-inspector-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'einlass.yaml')
  writeFileSync(file, `public_url: http://localhost:${port}\nlisten: { port: ${port} }\n`)
  return (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, [...args, 'serve', '--config', file], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.after(() => stopProcess(child))
    return child
  }
}

const cli = join(root, 'src/cli/cli.js')
const starts: readonly (readonly [string, string, readonly string[]])[] = [
  ['the launcher', join(root, 'einlass'), []],
  [
    'the start of the image',
    process.execPath,
    [...read('packaging/image/einlass').matchAll(/^#!\S+ (--\S+)$/gm)].flatMap(([, option = '']) =>
      option === '' ? [] : [option, cli],
    ),
  ],
  ['Node without an option', process.execPath, [cli]],
]

for (const [what, command, args] of starts) {
  test(`A59: a server that was started by ${what} opens no inspector at SIGUSR1`, async (t) => {
    assert.ok(what === 'the launcher' || args.includes(cli))
    const port = await findPort()
    const url = `http://localhost:${port}`
    const child = createServer(t, port)(command, args)
    let said = ''
    child.stderr?.on('data', (text) => {
      said += text
    })
    await untilUp(child, url)
    const before = listPorts(child.pid ?? 0)
    assert.ok(before.length > 0)
    child.kill('SIGUSR1')
    await untilAnotherOpens(t)
    assert.equal((await fetch(`${url}/livez`)).status, 200)
    assert.deepEqual(listPorts(child.pid ?? 0), before)
    assert.doesNotMatch(said, /Debugger|inspector/)
  })
}

test('A59: the process that decrypts tickets opens no inspector at SIGUSR1', async (t) => {
  const findChildren = () => {
    const task = `/proc/${process.pid}/task/${process.pid}/children`
    return readFileSync(task, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  }
  const before = findChildren()
  const acceptor = createTicketAcceptor({ keytabFile: '/nowhere', log: silentLog })
  t.after(() => acceptor.close())
  await acceptor.accept(Buffer.from('x'))
  const [pid = 0, ...more] = findChildren().filter((one) => !before.includes(one))
  assert.deepEqual(more, [])
  process.kill(pid, 'SIGUSR1')
  await untilAnotherOpens(t)
  assert.deepEqual(listPorts(pid), [])
})

test('A59: the launcher starts a server of which no core is written', async (t) => {
  const port = await findPort()
  const child = createServer(t, port)(join(root, 'einlass'), [])
  await untilUp(child, `http://localhost:${port}`)
  const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8')
  assert.match(limits, /^Max core file size +0 +0 /m)
})

test('A59: the unit of systemd and the containers of the example write no core', () => {
  assert.match(read('packaging/systemd/einlass.service'), /^LimitCORE=0$/m)
  assert.match(
    read('packaging/compose/compose.yaml'),
    /^x-einlass:.*(?:\n .*)*ulimits: { core: 0 }/m,
  )
})

/**
 * `npm ci` runs it, perhaps by an older Node that does not know the option; it has no key, and ends at once. What Node compiles
 * for it is JavaScript of libraries.
 */
const withoutOption = '"postinstall": "node scripts/bundle-libraries.js"'

/** Where a file starts Node: a shebang, a command of a script, a process of its own. With what follows. */
const nodeStarts =
  /^#!.*\bnode\b.*$|exec "\$node" [^\n]*|"[\w:]+": "node [^"]*"|\/\.bin\/node`[^\]]*|process\.execPath\b[^;]*?\]|\bfork\([^;]*?\n {2}\}\)|\bexec[^\n]*\bnode [^\n]*/gm

test('A59: no file of the product starts Node without turning the inspector off', () => {
  const folders = [
    'einlass',
    'package.json',
    'src',
    'packaging',
    'scripts/packaging',
    'examples',
    'ops',
  ]
  const files = execFileSync('git', ['ls-files', ...folders], { cwd: root, encoding: 'utf8' })
  const found = files
    .trim()
    .split('\n')
    .filter((file) => !/\.test\.ts$|\.(png|ico|svg)$|test-support/.test(file))
    .flatMap((file) => [...read(file).matchAll(nodeStarts)].map(([start]) => ({ file, start })))
  const places = new Set(found.map(({ file }) => file))
  for (const file of [
    ...['einlass', 'package.json', 'packaging/image/einlass', 'packaging/image/einlass-ready'],
    ...['scripts/packaging/image.ts', 'src/platform/kerberos/acceptor.ts'],
    'src/platform/kerberos/check.ts',
  ]) {
    assert.ok(places.has(file), file)
  }
  const open = found.filter(
    ({ start }) => !start.includes('--disable-sigusr1') && start !== withoutOption,
  )
  assert.deepEqual(open, [])
})
