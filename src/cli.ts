/**
 * The command `einlass`. Owns the check of the Node version, which comes before any other module is loaded, and the
 * way from the process to the arguments of cli/run.ts.
 */
import type { Io } from './kernel/io.ts'

const wantedMajor = 26

async function start(): Promise<number> {
  const { version } = process
  if (Number(version.slice(1).split('.')[0]) !== wantedMajor) {
    process.stderr.write(
      `einlass needs Node ${wantedMajor}; this is ${version}. After "npm ci", ./einlass uses the right one.\n`,
    )
    return 69
  }
  const { readFileSync } = await import('node:fs')
  const { run } = await import('./cli/run.ts')
  const { stdin, stdout, stderr, env } = process
  const io: Io = { stdin, stdout, stderr, env, readFile: (path) => readFileSync(path, 'utf8') }
  return run(process.argv.slice(2), io)
}

process.exitCode = await start()
