/** A server in its own process, which can be ended, frozen and thawed at any time, also while it starts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { inheritEnv, stopProcess, untilReady } from '../../test/support/installation.ts'

export interface Node {
  readonly url: string
  readonly pid: number
  /** Resolves when the server accepts requests; rejects when the process ends before. */
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  isReady(): boolean
  /** Sends a signal that ends it, and waits. Resolves with the exit code; `null`: the signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** SIGSTOP: the process accepts connections but answers nothing. */
  freeze(): void
  thaw(): void
  /** The end of its output. */
  output(): string
}

const outputLimit = 20_000

export function spawnNode({
  file,
  url,
  env,
  program,
}: {
  readonly file: string
  readonly url: string
  readonly env: NodeJS.ProcessEnv
  /** The command of `einlass`, for node. */
  readonly program: string
}): Node {
  const child = spawn(process.execPath, [program, 'serve', '--config', file], {
    env: { ...inheritEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let isReady = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
  }
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const ended = once(child, 'exit').then(() => {
    process.off('exit', kill)
    isReady = false
  })
  const ready = untilReady(child, url, () => output).then(() => {
    isReady = child.exitCode === null && child.signalCode === null
  })
  // If a node is ended while it starts, maybe nothing waits for `ready`.
  ready.catch(() => undefined)
  return {
    ...{ url, ready, ended },
    pid: child.pid ?? 0,
    isReady: () => isReady,
    end: (signal) => stopProcess(child, signal),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    output: () => output,
  }
}
