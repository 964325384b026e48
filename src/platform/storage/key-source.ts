/**
 * Where the sealing keys come from: a file, a credential of systemd, a variable or a command. Owns how they are read;
 * key-file.ts has the format of a key file.
 */
import { join } from 'node:path'
import type { KeySourceConfig } from '../config/key-source.ts'
import type { Config } from '../config/schema.ts'
import { readFromCommand } from '../kernel/secret-command.ts'
import { type Keys, loadKeys, loadOrCreateKeys, parseKeys } from './key-file.ts'

export interface SealingKeySource {
  /** For messages, after the word *in*. */
  readonly name: string
  /** The configuration key that names this source. */
  readonly path: string
  /** A file that commands change; absent: the operator changes the source. */
  readonly file?: string
  /** Whether it is cheap to read again and again. */
  readonly isCheap: boolean
  /** Throws an Error with a message for people, without any part of a secret. */
  read(): Promise<Keys>
  /** As `read`, and makes the first key if the source is empty and writable. */
  readOrCreate(): Promise<Keys>
}

export function openKeySource({
  key_file: file,
  key_source: source,
}: Pick<Config, 'key_file' | 'key_source'>): SealingKeySource {
  if (source !== undefined) return openOther(source)
  return {
    name: `the key file ${file}`,
    path: 'key_file',
    file,
    isCheap: true,
    read: () => loadKeys(file),
    readOrCreate: () => loadOrCreateKeys({ file }),
  }
}

/** Reads the source once: a command may ask a person, or its token may be valid once. */
export function readOnce(source: SealingKeySource): SealingKeySource {
  let found: Promise<Keys> | undefined
  return {
    ...source,
    read() {
      found ??= source.read()
      return found
    },
    readOrCreate() {
      found ??= source.readOrCreate()
      return found
    },
  }
}

function openOther(source: KeySourceConfig): SealingKeySource {
  const name = nameSource(source)
  const read = async (): Promise<Keys> => {
    if (source.type === 'credential') {
      if (source.folder === undefined) throw new Error('$CREDENTIALS_DIRECTORY is not set')
      // The access list of the credential appears as permission bits of the group.
      return await loadKeys(join(source.folder, source.name), { groupMayRead: true })
    }
    if (source.type === 'command') {
      return parseKeys(await readFromCommand(source.command, source.timeLimit), name)
    }
    if (source.text === undefined) throw new Error(`${name} is not set`)
    return parseKeys(source.text.replaceAll(';', '\n'), name)
  }
  const isCheap = source.type !== 'command'
  return { name, path: `key_source.${source.type}`, isCheap, read, readOrCreate: read }
}

function nameSource(source: KeySourceConfig): string {
  if (source.type === 'command') return `the output of the command ${source.command[0]}`
  return `the ${source.type} ${source.name}`
}
