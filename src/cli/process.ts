/** The command `einlass`: the way from the process to the arguments of run.ts. cli.js starts it. */
import { readFileSync, statSync } from 'node:fs'
import type { Io } from '../platform/kernel/io.ts'
import { run } from './run.ts'

/** Runs the command that the process was started with. Returns the exit code. */
export function runProcess(): Promise<number> {
  const { stdin, stdout, stderr, env } = process
  const io: Io = {
    stdin,
    stdout,
    stderr,
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
    readMode: readMode,
  }
  return run(process.argv.slice(2), io)
}

function readMode(path: string): number | undefined {
  if (process.platform === 'win32') return undefined
  const found = statSync(path, { throwIfNoEntry: false })
  return found && found.mode & 0o777
}
