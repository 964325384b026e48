/** What the imports of second factors share: the sources of all factors, and the operation on the configured database. */

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { canonicalUsername } from '../../identity/users/user.ts'
import {
  createImportAuthenticators,
  type ForeignOfKind,
  type ImportedPerson,
  peopleInBatch,
} from '../../login/factors/import-operation.ts'
import type { ImportReadingOptions, ImportSource } from '../../login/factors/imports.ts'
import { type FactorKind, listFactors } from '../../login/factors/index.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Io } from '../../platform/kernel/io.ts'
import { usableConfig } from '../config.ts'
import { withKeyring } from '../database.ts'
import { openFactors } from '../factor.ts'
import { openFactorParts } from '../factor-parts.ts'
import { openAudit, users, withDirectory } from '../operations.ts'
import { operator } from '../operator.ts'
import { type ImportInvocation, runImport } from './command.ts'
import type { Fields } from './record.ts'
import type { ItemReading } from './run.ts'

export interface SourceOfKind {
  readonly kind: FactorKind
  readonly source: ImportSource
}

/** How a command reads a record as a person. */
export type ReadPerson = (
  fields: Fields,
  sources: readonly SourceOfKind[],
) => ItemReading<ImportedPerson>

export function importPeople(
  invocation: ImportInvocation & { readonly configFile: string | undefined },
  read: ReadPerson,
): Promise<number> {
  const { config } = usableConfig(invocation.configFile, invocation.io)
  return withDirectory(config, (directory) =>
    withKeyring(config, (db, keyring, wake) => {
      const parts = { ...openFactorParts(config, db, wake), keyring }
      const sources = listFactors().flatMap(({ kind, openImportSources }) =>
        (openImportSources?.(parts) ?? []).map((source) => ({ kind, source })),
      )
      const { authenticators } = openFactors(config, db, keyring, wake)
      const audit = openAudit(config)
      const operations = createImportAuthenticators({ db, users, audit, authenticators, directory })
      return runImport<ImportedPerson>(invocation, {
        read: (fields) => read(fields, sources),
        name: ({ username }) => username,
        key: createKey,
        batchSize: peopleInBatch,
        plan: operations.plan,
        write: (batch) => operations.write(operator, batch),
        finish: async () => {},
      })
    }),
  )
}

/** A user may appear several times in a file, with different devices. */
function createKey({ username, credentials }: ImportedPerson): string {
  const own = credentials.map(({ kind, credential }) => `${kind} ${credential.identity}`)
  return sha256([canonicalUsername(username) ?? username, ...own].join('\n'))
}

/** Reads the values of one source; returns a sentence if one of them cannot be imported. */
export function readCredentials(
  { kind, source }: SourceOfKind,
  texts: readonly string[],
  options: ImportReadingOptions,
): readonly ForeignOfKind[] | string {
  const credentials: ForeignOfKind[] = []
  for (const [index, text] of texts.entries()) {
    const reading = source.read(text, options)
    const which = texts.length > 1 ? `value ${index + 1} of ${texts.length}: ` : ''
    if (reading.type === 'refused') return `${which}${reading.reason}`
    if (reading.type !== 'ok') continue
    const { identity, content } = reading.credential
    const twin = credentials.find(({ credential }) => credential.identity === identity)
    // Only its owner knows which of them is in use.
    if (twin?.credential.content !== content && twin !== undefined)
      return `${which}another value has its deviceMechanismUID`
    credentials.push({ kind, credential: reading.credential })
  }
  return credentials
}

const pemKeys = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/g

/**
 * The keys with which AM may have encrypted its profiles: PEM, with their password, if any, in an environment variable. The
 * export of a keystore has all its keys, and nobody has to know which of them it was.
 */
export function readKeys(path: string | undefined, { env }: Pick<Io, 'env'>): readonly KeyObject[] {
  if (path === undefined) return []
  const passphrase = env.EINLASS_IMPORT_KEY_PASSWORD
  try {
    const keys = readFileSync(path, 'latin1').match(pemKeys) ?? ['']
    return keys.map((key) =>
      createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) }),
    )
  } catch (cause) {
    throw new Fault('bad_request', `--key: ${path} is no private key in PEM that can be opened.`, {
      cause,
    })
  }
}
