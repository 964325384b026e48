/**
 * The contract by which a factor imports what was enrolled elsewhere. Owns its types. Each factor reads its own sources,
 * import-operation.ts decides for whom, and commands only pass texts.
 */
import type { KeyObject } from 'node:crypto'
import type { Id } from '../../platform/kernel/ids.ts'
import { cutText } from '../../platform/kernel/text.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { StoreParts } from './factor-parts.ts'

/** What a factor can read. */
export interface ImportSource {
  /** In lower case, the name of the directory's attribute that has it. A user may have several values of it. */
  readonly name: string
  /** The attribute that says that its owner declined the factor. */
  readonly optOut?: { readonly name: string; readonly value: string }
  /** Never throws, whatever `text` is. */
  read(text: string, options: ImportReadingOptions): ForeignReading
}

export interface ImportReadingOptions {
  /** The keys for encrypted texts; each is tried. */
  readonly privateKeys?: readonly KeyObject[]
  /** Parameters that the other system did not store with a secret. */
  readonly codes?: {
    readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
    readonly digits: 6 | 8
    readonly period: number
  }
  /** The name that its owner gave it, in place of the one in the text. */
  readonly name?: string | undefined
  /** The app on the phones is so old that it shows no numbers. */
  readonly isOldApp?: boolean
}

export type ForeignReading =
  | { readonly type: 'ok'; readonly credential: ForeignCredential }
  /** The text has nothing of this kind. `leftOut`: or has it in a form that cannot be used, which ends *NAME that …*. */
  | { readonly type: 'none'; readonly leftOut?: string }
  /** `reason` ends a sentence, and quotes nothing of the text. */
  | { readonly type: 'refused'; readonly reason: string }

/** Enrolled elsewhere and not yet here. */
export interface ForeignCredential {
  /** What identifies it, for example its secret. Only a hash of it is stored. */
  readonly identity: string
  /** What is equal in two copies. Where it differs, two credentials have one identity, and neither is imported. */
  readonly content?: string
  /** Only one user can have it. */
  readonly isExclusive?: true
  /** `there`: the user has it already. `taken`: another user has it. */
  findOwner(queries: Queries, userId: Id<'user'>): Promise<'nobody' | 'there' | 'taken'>
  /** Slow work, before the transaction. */
  prepare?(): Promise<void>
  /** Adds it, usable at once, and returns its id. The import writes the audit event. */
  add(tx: Transaction, userId: Id<'user'>): Promise<string>
}

/** A name from elsewhere, of visible characters; empty where it has none of them. */
export function cleanName(text: string | undefined): string {
  const visible = (text ?? '')
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
  return cutText(visible, longestName).trim()
}

/** Code points, as of a name that its owner gives. */
const longestName = 60

export type OpenImportSources = (parts: StoreParts) => readonly ImportSource[]
