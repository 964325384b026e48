/**
 * Where the sealing keys come from: a file, a credential of systemd, a variable or a command. Owns how they are read; what a key
 * file looks like is in key-file.ts.
 */
import { join } from 'node:path'
import type { KeySourceConfig } from '../config/key-source.ts'
import type { Config } from '../config/schema.ts'
import { readFromCommand } from '../kernel/secret-command.ts'
import { type Keys, loadKeys, loadOrCreateKeys, parseKeys } from './key-file.ts'

export interface SealingKeySource {
  /** For people, after *in*. */
  readonly name: string
  /** The key of the configuration that names it. */
  readonly path: string
  /** A file that commands change; absent: who runs the server changes the place. */
  readonly file?: string
  /** It costs nothing to look again and again. */
  readonly isCheap: boolean
  /** Throws an Error in words, without a part of a secret. */
  read(): Promise<Keys>
  /** As `read`, and makes the first one where the place is empty and can be written to. */
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

function openOther(source: KeySourceConfig): SealingKeySource {
  const name = nameSource(source)
  const read = async (): Promise<Keys> => {
    if (source.type === 'credential') {
      if (source.folder === undefined) throw new Error('$CREDENTIALS_DIRECTORY is not set')
      // Its access list is shown as bits of the group.
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
