/**
 * The accounts of the phone in the terminal: one JSON file that only its owner can read. It holds the shared secrets
 * in plain text, as it is meant for demos, development and tests. Read anew for every use, because a scan and a
 * listener may run side by side.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Random } from '../../platform/kernel/random.ts'
import { codesSchema } from './codes.ts'

const accountSchema = z.object({
  /** Short, for the command line. */
  id: z.string(),
  client: z.enum(['android', 'ios']),
  issuer: z.string(),
  accountName: z.string(),
  registerUrl: z.url(),
  authenticateUrl: z.url(),
  /** Base64. */
  secret: z.base64(),
  mechanismUid: z.string(),
  cookie: z.string(),
  deviceId: z.string(),
  deviceName: z.string(),
  /** What the server calls the user, once the phone has learnt it. */
  username: z.string().optional(),
  /** Absent: the account has push alone. */
  codes: codesSchema.optional(),
  /** Milliseconds since the epoch. */
  registeredAt: z.number(),
})

const fileSchema = z.object({ accounts: z.array(accountSchema) })

export type StoredAccount = z.infer<typeof accountSchema>

/** Reading and changing are synchronous, so that nothing comes between them. */
export interface AccountFile {
  /** Empty when there is no file yet. Throws when there is one that the phone did not write. */
  read(): readonly StoredAccount[]
  change(edit: (accounts: readonly StoredAccount[]) => readonly StoredAccount[]): void
}

export function createAccountFile(file: string, random: Random): AccountFile {
  function read(): readonly StoredAccount[] {
    const text = readIfThere(file)
    return text === undefined ? [] : parseAccounts(text, file)
  }

  function write(accounts: readonly StoredAccount[]): void {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const draft = `${file}.${random.uuid()}`
    writeFileSync(draft, `${JSON.stringify({ accounts }, undefined, 2)}\n`, { mode: 0o600 })
    chmodSync(draft, 0o600)
    renameSync(draft, file)
  }

  return { read, change: (edit) => write(edit(read())) }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function parseAccounts(text: string, file: string): readonly StoredAccount[] {
  try {
    return fileSchema.parse(JSON.parse(text)).accounts
  } catch (cause) {
    throw new Error(`${file} is not a file of this phone. Move it away to begin anew.`, { cause })
  }
}
