// A measured server: its own process on its own core, and what the kernel reports about the process and its children. The
// process of bench.ts makes the load on another core.

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Running = {
  pid: number
  /** Where pages are served, without a slash at the end. */
  url: string
  /** Where bench/control.ts listens. */
  control: string
  close: () => Promise<void>
}

export type StartOptions = {
  /** Whether a password is really hashed. */
  hash: boolean
  /** The cores the process may use, as taskset writes them. */
  cores: string
  /** How many logins wait for a phone. */
  waiters?: number
  /** The host in the product's address; absent: an IP address, which cannot have passkeys. */
  host?: 'localhost'
}

/** One kind of server. `start` starts a fresh process with fresh data. */
export type Target = {
  name: string
  start: (options: StartOptions) => Promise<Running>
  /** The command that serves pages as in production, on a port of 127.0.0.1 with existing data. */
  prepareColdStart: () => Promise<ColdStart>
}

export type ColdStart = {
  /** Arguments for node. */
  args: string[]
  env: NodeJS.ProcessEnv
  url: string
  cleanUp: () => Promise<void>
}

export const serverCore = '0'
export const loadCore = '1'

/** Starts `node` or another command on the given cores. `lastWords` has its standard error. */
export const spawnPinned = (
  cores: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  command = process.execPath,
) => {
  const child = spawn('taskset', ['-c', cores, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  // A run that is cut short leaves no process behind.
  const end = () => child.kill('SIGKILL')
  process.on('exit', end)
  child.on('exit', () => process.off('exit', end))
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4_000)
  })
  return { child, lastWords: () => words }
}

type Child = ReturnType<typeof spawnPinned>['child']

/** Ends the process: at once, or by SIGTERM as an administrator does. */
export const stop = (child: Child, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    child.on('exit', () => done())
    child.kill(signal)
  })

/** A folder for the data of one server. */
export const makeFolder = async (name: string) => {
  const folder = await mkdtemp(join(tmpdir(), `einlass-bench-${name}-`))
  const removeAtEnd = () => rmSync(folder, { recursive: true, force: true })
  process.on('exit', removeAtEnd)
  return {
    folder,
    remove: async () => {
      process.off('exit', removeAtEnd)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a script that writes a line `ready {"url": ..., "control": ...}`. */
export const startScript = async (options: {
  script: string
  /** Flags for node. */
  flags?: readonly string[]
  /** The only argument of the script. */
  settings: object
  cores: string
  cleanUp?: () => Promise<void>
}): Promise<Running> => {
  const { script, flags = [], settings, cores, cleanUp } = options
  const { child, lastWords } = spawnPinned(cores, [...flags, script, JSON.stringify(settings)])
  const close = async () => {
    await stop(child)
    await cleanUp?.()
  }
  const ready = new Promise<{ url: string; control: string }>((done, failed) => {
    let output = ''
    child.on('error', failed)
    child.on('exit', () => failed(new Error(`${script} ended: ${lastWords()}`)))
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      const line = /^ready (.*)$/m.exec(output)?.[1]
      if (!line) return
      child.stdout.off('data', read).resume()
      done(JSON.parse(line))
    }
    child.stdout.on('data', read)
  })
  try {
    return { pid: child.pid ?? 0, ...(await ready), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The process and all processes below it. */
const findTree = async (pid: number): Promise<number[]> => {
  const tasks = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  const children = lists.join(' ').split(/\s+/).filter(Boolean).map(Number)
  return [pid, ...(await Promise.all(children.map(findTree))).flat()]
}

/** CPU time in the text of /proc/<pid>/stat, with that of ended children, in seconds. */
export const parseCpuSeconds = (stat: string): number => {
  // The name in brackets may contain spaces and brackets, so counting begins after the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  // USER_HZ is 100 on every Linux that Node supports.
  return ticks / 100
}

/** User and system time of the process tree so far, in seconds. */
export const cpuSeconds = async (pid: number): Promise<number> => {
  const stats = (await findTree(pid)).map((one) => readFile(`/proc/${one}/stat`, 'utf8'))
  return (await Promise.all(stats)).reduce((sum, stat) => sum + parseCpuSeconds(stat), 0)
}

/**
 * CPU time of one process so far, in milliseconds, without ended threads and children. For work of some hundred milliseconds:
 * `cpuSeconds` has steps of ten.
 */
export const cpuMilliseconds = async (pid: number): Promise<number> => {
  const tasks = await readdir(`/proc/${pid}/task`)
  const texts = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8')),
  )
  // The first number is in nanoseconds.
  return texts.reduce((sum, text) => sum + Number(text.split(' ', 1)[0]) / 1e6, 0)
}

/** Resident memory of the process tree, in KiB. */
export const residentKib = async (pid: number): Promise<number> => {
  const files = (await findTree(pid)).map((one) => readFile(`/proc/${one}/status`, 'utf8'))
  return (await Promise.all(files)).reduce(
    (sum, text) => sum + Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0),
    0,
  )
}

/** The data that the process has written to files so far, in KiB of whole kernel pages. */
export const writtenKib = async (pid: number): Promise<number> => {
  const text = await readFile(`/proc/${pid}/io`, 'utf8')
  return Number(/^write_bytes: (\d+)/m.exec(text)?.[1] ?? Number.NaN) / 1024
}
