/** For tests: runs commands without a process, on a database in a folder of their own. */

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import type { Io } from '../kernel/io.ts'
import { run } from './run.ts'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON. */
  json(): unknown
}

export interface Terminal {
  readonly folder: string
  /** Runs `einlass` with these arguments. */
  einlass(args: readonly string[], options?: { stdin?: string; env?: Io['env'] }): Promise<Finished>
}

/** A terminal whose database and key are in a fresh folder, deleted after the test. */
export async function openTerminal(t: TestContext): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const places = {
    EINLASS_PUBLIC_URL: 'https://login.example.org',
    EINLASS_STORAGE_FILE: join(folder, 'einlass.db'),
    EINLASS_KEY_FILE: join(folder, 'einlass.key'),
  }
  return {
    folder,
    async einlass(args, { stdin = '', env = {} } = {}) {
      const written = { stdout: new PassThrough(), stderr: new PassThrough() }
      const io: Io = {
        ...written,
        stdin: Readable.from([stdin]),
        env: { ...places, ...env },
        readFile: (path) => readFileSync(join(folder, path), 'utf8'),
      }
      const code = await run(args, io)
      const stdout = String(written.stdout.read() ?? '')
      const stderr = String(written.stderr.read() ?? '')
      return { code, stdout, stderr, json: () => JSON.parse(stdout) as unknown }
    },
  }
}
