/**
 * The keys with which protocols sign what they issue. Owns how keys are made at first use and sealed, which of them signs, and
 * which are published. A key is published before it signs, so that relying parties know it in time. It stays published until
 * nothing that it signed is valid. `key-operations.ts` sets these times.
 */
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { type Clock, hours, seconds } from '../../platform/kernel/clock.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { SigningKeyRow } from '../../platform/storage/app-tables.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import {
  createCertificate,
  readCertificate,
  type SigningCertificate,
} from './signing-certificate.ts'

export type SigningAlgorithm = 'RS256' | 'ES256'

interface Purpose {
  /** Each of these algorithms always has a key. */
  readonly algorithms: readonly SigningAlgorithm[]
  /** Bits of an RSA key. */
  readonly modulusLength: number
  /** The protocols whose apps verify with a certificate of the key; empty: there is no certificate. */
  readonly certificateFor: readonly string[]
  /** How long a key is published before it signs, in milliseconds. */
  readonly publishedBefore: number
}

export const keyPurposes = {
  oidc: {
    algorithms: ['RS256', 'ES256'],
    modulusLength: 2048,
    certificateFor: [],
    // Libraries fetch the keys again when they do not know a key, or once a day.
    publishedBefore: hours(24),
  },
  saml: {
    algorithms: ['RS256'],
    // Its certificate is valid for ten years.
    modulusLength: 3072,
    certificateFor: ['saml', 'wsfed'],
    // Many relying parties get the certificate by hand.
    publishedBefore: hours(14 * 24),
  },
  'forward-auth': {
    algorithms: ['ES256'],
    modulusLength: 2048,
    certificateFor: [],
    publishedBefore: hours(24),
  },
} as const satisfies Readonly<Record<string, Purpose>>

/** SAML and WS-Federation share the keys of `saml`. */
export type KeyPurpose = keyof typeof keyPurposes

export interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  /** A private JWK (RFC 7517), only with the members of the key. */
  readonly privateKey: JsonWebKey
  /** Keys of the purpose `saml` have one. */
  readonly certificate?: SigningCertificate
}

export interface SigningKeys {
  /**
   * Returns the keys that are published now. Of each algorithm the first one signs. The first call on a new database makes the
   * keys. Returns the same array until something changes.
   */
  find(purpose: KeyPurpose): Promise<readonly SigningKey[]>
}

export interface SigningKeysOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  /** An origin; its host is in the name of a certificate. */
  readonly publicUrl: string
}

/**
 * How long a process uses what it has read. On SQLite a command cannot notify a server, so servers read again; each of them
 * knows a change after this time.
 */
const freshFor = seconds(10)

export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const finders = {
    oidc: createFinder(options, 'oidc'),
    saml: createFinder(options, 'saml'),
    'forward-auth': createFinder(options, 'forward-auth'),
  } satisfies Record<KeyPurpose, unknown>
  return { find: (purpose) => finders[purpose]() }
}

function createFinder(options: SigningKeysOptions, purpose: KeyPurpose) {
  const { clock } = options
  let known: { readonly keys: readonly SigningKey[]; readonly rows: string } | undefined
  let readAt = 0
  let reading: Promise<readonly SigningKey[]> | undefined

  const read = async () => {
    const now = clock.now()
    const rows = sortForUse(await findOrMakeRows(options, purpose), now)
    const names = rows.map(({ id }) => id).join(' ')
    if (known?.rows !== names) {
      known = { keys: rows.map((row) => openKey(options.keyring, row)), rows: names }
    }
    readAt = now
    return known.keys
  }

  return async (): Promise<readonly SigningKey[]> => {
    const last = known?.keys
    if (last !== undefined && Math.abs(clock.now() - readAt) < freshFor) return last
    reading ??= read().finally(() => {
      reading = undefined
    })
    // While the database is unavailable, the keys that were read before stay valid.
    return last === undefined ? await reading : await reading.catch(() => last)
  }
}

async function findOrMakeRows(
  options: SigningKeysOptions,
  purpose: KeyPurpose,
): Promise<SigningKeyRow[]> {
  const { db, clock } = options
  const rows = await findPublishedKeys(db, purpose, clock.now())
  const missing = keyPurposes[purpose].algorithms.filter(
    (name) => !rows.some(({ algorithm, retired_at }) => algorithm === name && retired_at === null),
  )
  if (missing.length === 0) return rows
  for (const algorithm of missing) {
    // The id is fixed: if two nodes start at once, one makes the key and both use it.
    const id = `key_${purpose}_${algorithm}`
    const now = clock.now()
    const row = await createKeyRow(options, { id, purpose, algorithm, signsFrom: now })
    await insertKey(db, row)
  }
  return await findPublishedKeys(db, purpose, clock.now())
}

export async function findPublishedKeys(
  queries: Queries,
  purpose: KeyPurpose,
  now: number,
): Promise<SigningKeyRow[]> {
  return await selectPublished(queries, now).where('purpose', '=', purpose).execute()
}

/** Of every purpose. */
export async function findAllPublishedKeys(
  queries: Queries,
  now: number,
): Promise<SigningKeyRow[]> {
  return await selectPublished(queries, now).orderBy('id').execute()
}

const selectPublished = (queries: Queries, now: number) =>
  queries
    .selectFrom('signing_keys')
    .selectAll()
    .where((one) => one.or([one('retired_at', 'is', null), one('retired_at', '>', now)]))

/** Sorts: the key that signs first, then the keys that it replaced, then those that will sign. */
export function sortForUse(rows: readonly SigningKeyRow[], now: number): SigningKeyRow[] {
  const isNext = ({ signs_from }: SigningKeyRow) => signs_from > now
  return rows.toSorted((a, b) => {
    if (isNext(a) !== isNext(b)) return isNext(a) ? 1 : -1
    return isNext(a) ? a.signs_from - b.signs_from : b.signs_from - a.signs_from
  })
}

/** Does nothing if a key with this id exists. */
export async function insertKey(queries: Queries, row: SigningKeyRow): Promise<void> {
  await queries
    .insertInto('signing_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export interface NewKey {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly algorithm: SigningAlgorithm
  /** Milliseconds since the epoch. */
  readonly signsFrom: number
}

/** Makes a new key as a row that is not stored yet. */
export async function createKeyRow(
  { clock, random, keyring, publicUrl }: Omit<SigningKeysOptions, 'db'>,
  { id, purpose, algorithm, signsFrom }: NewKey,
): Promise<SigningKeyRow> {
  const { modulusLength, certificateFor } = keyPurposes[purpose]
  const hasCertificate = certificateFor.length > 0
  const now = clock.now()
  const key = await generatePrivateKey(algorithm, modulusLength)
  const { host } = new URL(publicUrl)
  const jwk = JSON.stringify(key.export({ format: 'jwk' }))
  return {
    id,
    purpose,
    algorithm,
    kid: Buffer.from(random.bytes(16)).toString('base64url'),
    private_key_sealed: keyring.seal(buildSealingContext(id), Buffer.from(jwk)),
    certificate: hasCertificate ? createCertificate(key, { random, host, now }) : null,
    created_at: now,
    signs_from: signsFrom,
    retired_at: null,
  }
}

async function generatePrivateKey(
  algorithm: SigningAlgorithm,
  modulusLength: number,
): Promise<KeyObject> {
  const generate = promisify(generateKeyPair)
  const pair =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength })
  return pair.privateKey
}

const buildSealingContext = (id: string) => `signing_keys/${id}/private_key_sealed`

/** Throws when the row cannot be decrypted. */
export function openPrivateKey(keyring: Keyring, row: SigningKeyRow): JsonWebKey {
  const opened = keyring.open(buildSealingContext(row.id), row.private_key_sealed)
  return JSON.parse(Buffer.from(opened).toString())
}

function openKey(keyring: Keyring, row: SigningKeyRow): SigningKey {
  const privateKey = openPrivateKey(keyring, row)
  return {
    kid: row.kid ?? computeThumbprint(privateKey),
    algorithm: row.algorithm as SigningAlgorithm,
    privateKey,
    ...(row.certificate !== null && { certificate: readCertificate(row.certificate) }),
  }
}

/** The `kid` as in the published keys. */
export function findKid(keyring: Keyring, row: SigningKeyRow): string {
  return row.kid ?? computeThumbprint(openPrivateKey(keyring, row))
}

/** RFC 7638: the `kid` of keys that were stored without a `kid`. */
function computeThumbprint({ crv, e, kty, n, x, y }: JsonWebKey): string {
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}
