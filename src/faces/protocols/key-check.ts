/**
 * Checks that every published signing key can be used. Without its key, nobody could log in to an app, and the server would
 * only notice at the first login.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { SigningKeyRow } from '../../platform/storage/app-tables.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { findAllPublishedKeys, openPrivateKey } from './signing-keys.ts'

export interface KeyCheckOptions {
  readonly db: Queries
  readonly keyring: Keyring
  readonly clock: Clock
}

/** Returns the problem of the first broken row, in words. A row that was correct is not opened again until it changes. */
export function createKeyCheck(options: KeyCheckOptions): () => Promise<string | undefined> {
  const { db, keyring, clock } = options
  let right = new Set<string>()
  return async () => {
    const seen = new Set<string>()
    for (const row of await findAllPublishedKeys(db, clock.now())) {
      const { id, algorithm, private_key_sealed: sealed, certificate } = row
      const state = JSON.stringify([id, algorithm, sealed, certificate])
      const reason = right.has(state) ? undefined : findReason(keyring, row)
      if (reason !== undefined) return brokenText(row, reason)
      seen.add(state)
    }
    right = seen
    return undefined
  }
}

const keyTypes: Readonly<Record<string, string>> = { RS256: 'rsa', ES256: 'ec' }

function findReason(keyring: Keyring, row: SigningKeyRow): string | undefined {
  try {
    const key = createPrivateKey({ key: openPrivateKey(keyring, row), format: 'jwk' })
    if (key.asymmetricKeyType !== keyTypes[row.algorithm]) return 'its algorithm is another one'
    if (row.certificate === null) return undefined
    const certificate = new X509Certificate(Buffer.from(row.certificate, 'base64'))
    return certificate.checkPrivateKey(key) ? undefined : 'its certificate is of another key'
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown'
  }
}

function brokenText({ id, purpose, algorithm }: SigningKeyRow, reason: string): string {
  return `the row ${id} of the table signing_keys (${purpose}, ${algorithm}) cannot be used: ${reason}. Logins to apps would fail. Take the row from a backup; it was changed by hand, or its key is missing.`
}
