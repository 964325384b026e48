/**
 * Operations on signing keys: list and rotate them. Owns when a new key begins to sign and how long the earlier one stays
 * published. For each purpose and algorithm exactly one key has no end: the last one.
 */

import type { Audit } from '../../identity/audit/audit.ts'
import { type Administrator, auditName } from '../../identity/operations/actor.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { newId } from '../../platform/kernel/ids.ts'
import type { SigningKeyRow } from '../../platform/storage/app-tables.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { keyEvents } from './events.ts'
import { readCertificate, type SigningCertificate } from './signing-certificate.ts'
import {
  createKeyRow,
  findKid,
  findPublishedKeys,
  insertKey,
  type KeyPurpose,
  keyPurposes,
  type SigningAlgorithm,
  type SigningKeysOptions,
  sortForUse,
} from './signing-keys.ts'

export interface KeySummary {
  readonly purpose: KeyPurpose
  readonly algorithm: string
  readonly kid: string
  readonly state: 'signs' | 'next' | 'earlier'
  /** Milliseconds since the epoch, like all times here. */
  readonly createdAt: number
  readonly signsFrom: number
  /** `null`: until another key replaces it. */
  readonly publishedUntil: number | null
  readonly certificate?: SigningCertificate
}

export interface KeyOperationsOptions extends SigningKeysOptions {
  readonly audit: Audit
  /** Milliseconds. Nothing that a key signs is valid for longer: neither tokens nor hints that name a session. */
  readonly longestUse: number
}

/** After this time every server uses a new key, see `freshFor`. */
const takenUpWithin = minutes(1)

export type KeyOperations = ReturnType<typeof createKeyOperations>

export function createKeyOperations(options: KeyOperationsOptions) {
  const { db } = options
  return {
    /** The published keys, by purpose; of each algorithm the key that signs comes first. */
    async listKeys(): Promise<KeySummary[]> {
      const purposes = Object.keys(keyPurposes) as KeyPurpose[]
      return (await Promise.all(purposes.map((purpose) => listKeys(options, purpose)))).flat()
    },

    /** The ids of the apps that verify with a certificate of this purpose, sorted. Some of them got the certificate by hand. */
    async listCertificateHolders(purpose: KeyPurpose): Promise<string[]> {
      const { certificateFor } = keyPurposes[purpose]
      if (certificateFor.length === 0) return []
      const holders = await db
        .selectFrom('apps')
        .select('id')
        .where('protocol', 'in', [...certificateFor])
        .execute()
      return holders.map(({ id }) => id).sort()
    },

    /**
     * Makes the next key of each algorithm. With `atOnce`, this key, or one that already waits, signs in a minute. Returns the
     * keys after the rotation. Throws Fault `not_found` when the purpose has no keys, and `conflict` when the next keys wait
     * already or another operator was faster.
     */
    async rotateKeys(actor: Administrator, rotation: Rotation): Promise<KeySummary[]> {
      const { purpose } = rotation
      const steps: Step[] = []
      for (const algorithm of keyPurposes[purpose].algorithms) {
        steps.push(await planStep(options, rotation, algorithm))
      }
      await transact(db, async (tx) => {
        for (const step of steps) await takeStep(options, tx, { actor, step })
      })
      return await listKeys(options, purpose)
    },
  }
}

export interface Rotation {
  readonly purpose: KeyPurpose
  readonly atOnce: boolean
}

/** What a rotation does for one algorithm: `earlier` signs until `next` does. */
interface Step {
  readonly earlier: SigningKeyRow
  readonly next: SigningKeyRow
  readonly signsFrom: number
  /** Not stored yet. */
  readonly isNew: boolean
}

/** Makes a new key here and not in the transaction, which would make others wait. */
async function planStep(
  options: KeyOperationsOptions,
  { purpose, atOnce }: Rotation,
  algorithm: SigningAlgorithm,
): Promise<Step> {
  const { db, clock, random } = options
  const now = clock.now()
  const rows = (await findPublishedKeys(db, purpose, now)).filter(
    (row) => row.algorithm === algorithm,
  )
  const [earlier] = sortForUse(rows, now)
  const last = rows.find(({ retired_at }) => retired_at === null)
  if (earlier === undefined || last === undefined) {
    const text = `There are no keys of the purpose ${purpose} yet. A server makes them when it needs them.`
    throw new Fault('not_found', text)
  }
  const isWaiting = last.signs_from > now
  if (isWaiting && !atOnce) throw new Fault('conflict', waitingText(purpose, last.signs_from))
  const soon = now + takenUpWithin
  if (isWaiting) {
    return { earlier, next: last, signsFrom: Math.min(soon, last.signs_from), isNew: false }
  }
  const signsFrom = atOnce ? soon : now + keyPurposes[purpose].publishedBefore
  const id = newId(random, 'signingKey')
  const next = await createKeyRow(options, { id, purpose, algorithm, signsFrom })
  return { earlier, next, signsFrom, isNew: true }
}

function waitingText(purpose: KeyPurpose, signsFrom: number): string {
  const time = new Date(signsFrom).toISOString().slice(0, 16).replace('T', ' ')
  return `The next key of ${purpose} is published already and signs from ${time} UTC. With --now it signs in a minute.`
}

async function takeStep(
  { keyring, audit, longestUse }: KeyOperationsOptions,
  tx: Queries,
  { actor, step }: { readonly actor: Administrator; readonly step: Step },
): Promise<void> {
  const { earlier, next, signsFrom, isNew } = step
  const retired = await tx
    .updateTable('signing_keys')
    .set({ retired_at: signsFrom + takenUpWithin + longestUse })
    .where('id', '=', earlier.id)
    .where('retired_at', isNew ? 'is' : '=', earlier.retired_at)
    .executeTakeFirst()
  if (retired.numUpdatedRows !== 1n) {
    throw new Fault('conflict', 'Somebody else is rotating these keys. Nothing was changed.')
  }
  if (isNew) await insertKey(tx, next)
  else {
    await tx
      .updateTable('signing_keys')
      .set({ signs_from: signsFrom })
      .where('id', '=', next.id)
      .execute()
  }
  await audit.record(tx, keyEvents.rotated, {
    purpose: next.purpose,
    algorithm: next.algorithm,
    kid: findKid(keyring, next),
    signsFrom: new Date(signsFrom).toISOString(),
    by: auditName(actor),
  })
}

async function listKeys(
  { db, clock, keyring }: KeyOperationsOptions,
  purpose: KeyPurpose,
): Promise<KeySummary[]> {
  const now = clock.now()
  const rows = sortForUse(await findPublishedKeys(db, purpose, now), now)
  return rows.map((row, index): KeySummary => {
    const isFirst = rows.findIndex(({ algorithm }) => algorithm === row.algorithm) === index
    return {
      purpose,
      algorithm: row.algorithm,
      kid: findKid(keyring, row),
      state: isFirst ? 'signs' : row.signs_from > now ? 'next' : 'earlier',
      createdAt: row.created_at,
      signsFrom: row.signs_from,
      publishedUntil: row.retired_at,
      ...(row.certificate !== null && { certificate: readCertificate(row.certificate) }),
    }
  })
}

/** Deletes keys that are no longer published; returns how many. */
export async function purgeSigningKeys(queries: Queries, now: number): Promise<number> {
  const result = await queries
    .deleteFrom('signing_keys')
    .where('retired_at', '<=', now)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
