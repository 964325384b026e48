/** Where the sealing keys come from: a file. Owns how they are read; what a key file looks like is in key-file.ts. */
import type { Config } from '../config/schema.ts'
import { type Keys, loadKeys, loadOrCreateKeys } from './key-file.ts'

export interface SealingKeySource {
  /** For people, after *in*. */
  readonly name: string
  /** The key of the configuration that names it. */
  readonly path: string
  /** A file that commands change; absent: who runs the server changes the place. */
  readonly file?: string
  /** Throws an Error in words, without a part of a secret. */
  read(): Promise<Keys>
  /** As `read`, and makes the first one where the place is empty and can be written to. */
  readOrCreate(): Promise<Keys>
}

export function openKeySource({ key_file: file }: Pick<Config, 'key_file'>): SealingKeySource {
  return {
    name: `the key file ${file}`,
    path: 'key_file',
    file,
    read: () => loadKeys(file),
    readOrCreate: () => loadOrCreateKeys({ file }),
  }
}
