/**
 * The command `einlass`. Owns the check of the Node version, which comes before any other module is loaded, and the
 * way from the process to the arguments of cli/run.ts.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
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
  keepCompiledCode()
  const { readFileSync } = await import('node:fs')
  const { run } = await import('./cli/run.ts')
  const { stdin, stdout, stderr, env } = process
  const io: Io = { stdin, stdout, stderr, env, readFile: (path) => readFileSync(path, 'utf8') }
  return run(process.argv.slice(2), io)
}

/**
 * Later starts read compiled code instead of making it. Beside the installation and not in the system's temporary
 * folder, where others could put code there. Where it cannot be written, nothing is kept.
 */
function keepCompiledCode(): void {
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/einlass'))
}

process.exitCode = await start()
