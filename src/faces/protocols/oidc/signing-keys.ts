/**
 * The keys that sign tokens. Owns their birth at the first start and their sealing; the library picks one by algorithm.
 */
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Database } from '../../../platform/storage/database.ts'

const purpose = 'oidc'
const algorithms = ['ES256', 'RS256'] as const
type Algorithm = (typeof algorithms)[number]

/** A private JWK (RFC 7517) with `kid` (RFC 7638), `alg` and `use`. */
export type SigningJwk = JsonWebKey & { kid: string; alg: string; use: 'sig' }

/** All keys that are not retired. The first call on a new database makes one for each algorithm. */
export async function loadSigningKeys(options: {
  db: Database
  clock: Clock
  keyring: Keyring
}): Promise<SigningJwk[]> {
  const { db, keyring } = options
  const readKeys = () =>
    db
      .selectFrom('signing_keys')
      .selectAll()
      .where('purpose', '=', purpose)
      .where('retired_at', 'is', null)
      .orderBy('created_at', 'desc')
      .execute()
  const rows = await readKeys()
  const missing = algorithms.filter((name) => !rows.some((row) => row.algorithm === name))
  for (const algorithm of missing) await makeKey(options, algorithm)
  const all = missing.length === 0 ? rows : await readKeys()
  return all.map((row) => {
    const opened = keyring.open(buildSealingContext(row.id), row.private_key_sealed)
    return toSigningJwk(JSON.parse(Buffer.from(opened).toString()), row.algorithm)
  })
}

const buildSealingContext = (id: string) => `signing_keys/${id}/private_key_sealed`

/** The id is fixed, so that of two nodes which start at once one makes the key and both use it. */
async function makeKey(
  { db, clock, keyring }: { db: Database; clock: Clock; keyring: Keyring },
  algorithm: Algorithm,
): Promise<void> {
  const id = `key_${purpose}_${algorithm}`
  const jwk = (await generatePrivateKey(algorithm)).export({ format: 'jwk' })
  await db
    .insertInto('signing_keys')
    .values({
      id,
      purpose,
      algorithm,
      private_key_sealed: keyring.seal(buildSealingContext(id), Buffer.from(JSON.stringify(jwk))),
      created_at: clock.now(),
      retired_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

async function generatePrivateKey(algorithm: Algorithm): Promise<KeyObject> {
  const generate = promisify(generateKeyPair)
  const pair =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048 })
  return pair.privateKey
}

function toSigningJwk(jwk: JsonWebKey, algorithm: string): SigningJwk {
  const { crv, e, kty, n, x, y } = jwk
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }
  const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url')
  return { ...jwk, kid, alg: algorithm, use: 'sig' }
}
