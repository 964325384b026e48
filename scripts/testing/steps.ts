// The steps of a test run: a command that has to succeed, and a set of test files. Each gives results to be
// summed by scripts/test.ts; none prints anything.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type Failure,
  type Line,
  type Plan,
  type Results,
  readNotes,
  readResults,
  readTimes,
} from './results.ts'

export type Finished = { code: number | null; output: string; timedOut: boolean }

/** Runs a command to its end and resolves with its output; kills it after `timeout` milliseconds. */
export const execute = (
  command: string,
  args: string[],
  options: {
    folder: string
    timeout: number
    env?: NodeJS.ProcessEnv
    uid?: number
    gid?: number
  },
): Promise<Finished> =>
  new Promise((done) => {
    const { folder, timeout, env = process.env, ...user } = options
    const child = spawn(command, args, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A separate process group, so that processes that the command started end with it.
      detached: true,
      ...user,
    })
    const killGroup = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
    process.on('exit', killGroup)
    let output = ''
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      killGroup()
    }, timeout)
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    const finish = (code: number | null, last: string) => {
      clearTimeout(timer)
      process.off('exit', killGroup)
      setImmediate(() => {
        killGroup()
        done({ code, output: `${output}${last}`, timedOut })
      })
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => finish(null, error.message))
    // 'exit' and not 'close': a process that the tests left behind may hold the pipes open.
    child.on('exit', (code) => finish(code, ''))
  })

/** One command counted as one check. */
export const runCheck = async (
  name: string,
  command: string,
  args: string[],
  folder: string,
): Promise<Results> => {
  const { code, output } = await execute(command, args, { folder, timeout: 300_000 })
  if (code === 0) return { passed: 1, failures: [] }
  return { passed: 0, failures: [{ name, where: [command, ...args].join(' '), text: output }] }
}

const parseLines = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line))

const brokenRun = (finished: Finished): Failure[] => {
  if (finished.timedOut) {
    const text = `the tests did not end: a handle was left open or a test hangs\n${finished.output}`
    return [{ name: 'test process', where: 'timeout', text }]
  }
  if (finished.code === null || finished.code > 1) {
    const text = `the test process broke off (code ${finished.code})\n${finished.output}`
    return [{ name: 'test process', where: 'exit', text }]
  }
  return []
}

/**
 * The folder for Node's compile cache. Each file and each command of the tests is a process, which starts in half the time with
 * it.
 */
const compileCache = resolve(import.meta.dirname, '../../node_modules/.cache/compile')

/**
 * Runs test files in a process of their own.
 * `limit` is the longest the whole set may take, in milliseconds.
 */
export const runTests = async (options: {
  files: string[]
  isolation: Plan['isolation']
  folder: string
  concurrency?: number
  timeout?: number
  limit?: number
  env?: NodeJS.ProcessEnv
}): Promise<Results & { output: string }> => {
  const { files, isolation, folder, concurrency = 1, timeout = 60_000, limit = 900_000 } = options
  const temporary = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  try {
    const report = join(temporary, 'report.jsonl')
    const plan: Plan = { files, isolation, concurrency, timeout, report }
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      NODE_COMPILE_CACHE: compileCache,
      ...options.env,
    }
    // Set by node:test in a test's own process; a nested run would report to it instead of running.
    delete env.NODE_TEST_CONTEXT
    const worker = resolve(import.meta.dirname, 'worker.ts')
    const finished = await execute(process.execPath, [worker, JSON.stringify(plan)], {
      folder,
      timeout: limit,
      env,
    })
    const lines = parseLines(await readFile(report, 'utf8').catch(() => ''))
    const results = readResults(lines, folder)
    const failures = [...results.failures, ...brokenRun(finished)]
    if (failures.length === 0 && finished.code !== 0) {
      failures.push({ name: 'test process', where: 'exit', text: finished.output })
    }
    const notes = readNotes(lines)
    const times = readTimes(lines, folder)
    return { passed: results.passed, failures, notes, times, output: finished.output }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
