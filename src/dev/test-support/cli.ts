/** For tests: runs commands without a process, on a database in a folder of their own. */

import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough, Readable, type Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { run } from '../../cli/run.ts'
import type { Io } from '../../platform/kernel/io.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { loadOrCreateKeys } from '../../platform/storage/key-file.ts'
import { openDatabase } from '../../platform/storage/open.ts'

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
  einlass(
    args: readonly string[],
    options?: { stdin?: string; env?: Io['env']; isTerminal?: boolean; stdout?: Writable },
  ): Promise<Finished>
}

/** A terminal whose database and key are in a fresh folder, deleted after the test; `empty`: they are not there yet. */
export async function openTerminal(
  t: TestContext,
  { empty = false }: { readonly empty?: boolean } = {},
): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  if (!empty) await setUp(folder)
  const places = {
    EINLASS_PUBLIC_URL: 'https://login.example.org',
    EINLASS_STORAGE_FILE: join(folder, 'einlass.db'),
    EINLASS_KEY_FILE: join(folder, 'einlass.key'),
  }
  return {
    folder,
    async einlass(args, { stdin = '', env = {}, isTerminal: isTTY = false, ...to } = {}) {
      // It is read when the command has ended, so the stream has to take all of it.
      const most = { highWaterMark: 16 * 1024 * 1024 }
      const written = { stdout: new PassThrough(most), stderr: new PassThrough(most) }
      const io: Io = {
        ...written,
        ...to,
        stdin: Object.assign(Readable.from([stdin]), { isTTY }),
        env: { ...places, ...env },
        readFile: (path) => readFileSync(resolve(folder, path), 'utf8'),
        readMode(path) {
          const found = statSync(resolve(folder, path), { throwIfNoEntry: false })
          return found && found.mode & 0o777
        },
      }
      const code = await run(args, io)
      const stdout = writtenTo(written.stdout)
      const stderr = writtenTo(written.stderr)
      return { code, stdout, stderr, json: () => JSON.parse(stdout) as unknown }
    },
  }
}

/** One piece at a time, where something was written later. */
function writtenTo(stream: PassThrough): string {
  const piece: Buffer | null = stream.read()
  return piece === null ? '' : `${piece}${writtenTo(stream)}`
}

/** As the first start of a server does. */
async function setUp(folder: string): Promise<void> {
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const database = await openDatabase({ storage, log: silentLog })
  await loadOrCreateKeys({ file: join(folder, 'einlass.key') })
  await database.close()
}

/** A command that prints the keys of the terminal in this folder, and adds a line to the file `calls` each time. */
export async function writeKeyCommand(folder: string) {
  const [program, calls] = [join(folder, 'keys.sh'), join(folder, 'calls')]
  const script = `#!/bin/sh\necho once >> ${calls}\ncat ${join(folder, 'einlass.key')}\n`
  await writeFile(program, script, { mode: 0o700 })
  const keys = { EINLASS_KEY_FILE: undefined, EINLASS_KEY_SOURCE_COMMAND: program }
  return { keys, calls }
}
