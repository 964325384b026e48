/** The command `einlass`: connects the process with run.ts. cli.js starts it. */
import { readFileSync, statSync } from 'node:fs'
import type { Io } from '../platform/kernel/io.ts'
import { exit } from './command.ts'
import { run } from './run.ts'
import { isClosedPipe } from './writer.ts'

/** Runs the command of the process arguments. Returns the exit code. */
export async function runProcess(): Promise<number> {
  const { stdin, stdout, stderr, env } = process
  let unwritten = false
  stdout.on('error', (error) => {
    // The reader has closed the pipe, as `| head` does: the command still finishes its work.
    if (isClosedPipe(error) && !isServer(process.argv[2])) return
    if (unwritten) return
    unwritten = true
    stderr.write(`The output could not be written: ${error.message}\n`)
    process.exitCode = exit.output
    // A server without a log must not continue unseen.
    if (isServer(process.argv[2])) process.exit()
  })
  stderr.on('error', (error) => {
    // What is written there is said nowhere else, but the work and its exit code do not depend on a reader.
    if (!isClosedPipe(error) && !isServer(process.argv[2])) unwritten = true
  })
  const io: Io = {
    stdin,
    stdout,
    stderr,
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
    readMode: readMode,
  }
  const code = await run(process.argv.slice(2), io)
  return unwritten ? exit.output : code
}

const isServer = (command: string | undefined): boolean => command === 'serve' || command === 'demo'

function readMode(path: string): number | undefined {
  if (process.platform === 'win32') return undefined
  try {
    return statSync(path).mode & 0o777
  } catch {
    // It is not there, or in a folder that this account may not enter.
    return undefined
  }
}
