/**
 * A Debian machine for a test, with a systemd that runs: the files of this one, over which everything that is written is in
 * memory, and processes of its own. Its network is that of the test. Needs root.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Machine {
  /** Runs lines of a shell in it as root, and gives what they print. Throws when one fails. */
  shell(lines: string): Promise<string>
  end(): Promise<void>
}

/** @param shared a folder that the machine has at `/mnt`, only to read */
export async function bootMachine(shared: string): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-machine-'))
  const script = resolve(import.meta.dirname, 'machine.sh')
  const spaces = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child']
  const child = spawn('unshare', [...spaces, script, folder, shared], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const end = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    // Its mounts end with its last process.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  const init = await findChild(child.pid ?? 0, () => output)
  const spawned = ['--target', init, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root']
  const shell = async (lines: string) => {
    const args = [...spawned, '--wdns=/', '/bin/sh', '-euc', lines]
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }
    const { stdout } = await run('nsenter', args, { env, maxBuffer: 1e8 })
    return stdout
  }
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const state = await shell('systemctl is-system-running || true').catch(() => '')
    if (/running|degraded/.test(state)) return { shell, end }
    await sleep(100)
  }
  throw new Error(`the machine does not boot:\n${output}`)
}

/** The process that unshare has forked, when systemd runs in it. */
async function findChild(parent: number, output: () => string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const list = `/proc/${parent}/task/${parent}/children`
    const children = await readFile(list, 'utf8').catch(() => '')
    const [pid = ''] = children.trim().split(' ')
    const name = pid === '' ? '' : await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (name.trim() === 'systemd') return pid
    await sleep(50)
  }
  throw new Error(`systemd does not start:\n${output()}`)
}
