/**
 * Secrets at rest. Envelope encryption: every value has its own data key (AES-256-GCM), wrapped by a key-encryption
 * key that lives outside the database. The row's identity is associated data, so a value cannot be moved to another
 * row. Owns the sealed format; does not own where the key-encryption keys come from.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Random } from './random.ts'

export interface Keyring {
  /** Seals `plain` for one place, for example `push_devices/dev_x/secret`. Returns ASCII text. */
  seal(place: string, plain: Uint8Array): string
  /** Opens what `seal` made for the same place. Throws when the text, the place or the key is wrong. */
  open(place: string, sealed: string): Uint8Array
  /** A key for one purpose, derived from the oldest key, for things that need not be opened (form tokens, signatures). */
  derive(purpose: string): Uint8Array
}

export interface KeyEncryptionKey {
  /** Named in every sealed value. ASCII without dots. */
  readonly id: string
  readonly key: Uint8Array
}
