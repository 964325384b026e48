/**
 * Proofs as rows: what was verified in a journey, and which session the proof belongs to. Owns that a proof can be taken
 * away from its session, and never given to another one.
 */
import type { Selectable } from 'kysely'
import type { Strength } from '../../identity/policy/assurance.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { newOrderedId } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { type RowBinding, voidMac } from '../../platform/storage/bound-rows.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import type { ProofRow } from '../../platform/storage/tables.ts'

export interface Proof {
  readonly userId: Id<'user'>
  readonly factor: ProofRow['factor']
  readonly strength: Strength
  readonly amr: readonly string[]
  readonly authenticatorId: string | null
  readonly provenAt: number
}

/** Whether the proof adds to what a login begins with: the password, or a ticket in its place. */
export function isBesidePassword(
  proof: Proof,
): proof is Proof & { readonly factor: Exclude<Proof['factor'], 'password' | 'ticket'> } {
  return proof.factor !== 'password' && proof.factor !== 'ticket'
}

const insertProof = prepared((queries, at: Slots<Selectable<ProofRow>>) =>
  queries.insertInto('proofs').values({
    id: at.id,
    journey_hash: at.journey_hash,
    user_id: at.user_id,
    factor: at.factor,
    amr: at.amr,
    strength: at.strength,
    authenticator_id: at.authenticator_id,
    proven_at: at.proven_at,
    session_id: at.session_id,
    row_mac: at.row_mac,
  }),
)

/** Takes proofs away from a session. */
const discounts = {
  /** From now on the session ignores what it has proven with these authenticators. */
  async discountProofsWith(
    queries: Queries,
    sessionId: Id<'session'>,
    ids: readonly string[],
  ): Promise<void> {
    await queries
      .updateTable('proofs')
      .set({ session_id: null, row_mac: voidMac })
      .where('session_id', '=', sessionId)
      .where('authenticator_id', 'in', ids)
      .execute()
  },

  /** From now on the session ignores all its earlier proofs. */
  async discountProofs(queries: Queries, sessionId: Id<'session'>): Promise<void> {
    await queries
      .updateTable('proofs')
      .set({ session_id: null, row_mac: voidMac })
      .where('session_id', '=', sessionId)
      .execute()
  },
}

export interface ProofStoreOptions {
  readonly random: Random
  readonly rows: RowBinding
}

/** The proofs of a session outlive their journey: the session's level is based on them. */
export function createProofStore({ random, rows }: ProofStoreOptions) {
  const keepGenuine = (found: readonly Selectable<ProofRow>[]) =>
    found.filter((row) => rows.isGenuine('proofs', row))

  return {
    async insertProof(
      queries: Queries,
      journeyHash: string,
      proof: Proof,
      sessionId: Id<'session'> | null,
    ): Promise<void> {
      const row = {
        id: newOrderedId(random, 'proof', proof.provenAt),
        journey_hash: journeyHash,
        user_id: proof.userId,
        factor: proof.factor,
        amr: JSON.stringify(proof.amr),
        strength: proof.strength,
        authenticator_id: proof.authenticatorId,
        proven_at: proof.provenAt,
        session_id: sessionId,
      }
      await insertProof.run(queries, { ...row, row_mac: rows.bind('proofs', row) })
    },

    /** Removes proofs without a session whose journey is gone; returns how many. */
    async purgeProofs(queries: Queries, limit: number): Promise<number> {
      const loose = queries
        .selectFrom('proofs as loose')
        .select('loose.id')
        .where('loose.session_id', 'is', null)
        .where((one) =>
          one.not(
            one.exists(
              one
                .selectFrom('journeys')
                .select('journeys.id_hash')
                .whereRef('journeys.id_hash', '=', 'loose.journey_hash'),
            ),
          ),
        )
        .limit(limit)
      const result = await queries.deleteFrom('proofs').where('id', 'in', loose).executeTakeFirst()
      return Number(result.numDeletedRows)
    },

    /** What was proven so far in a journey that goes on. */
    async proofsOfJourney(queries: Queries, journeyHash: string): Promise<Proof[]> {
      const found = await selectProofs(queries)
        .where('journey_hash', '=', journeyHash)
        .where('session_id', 'is', null)
        .execute()
      return keepGenuine(found).map(toProof)
    },

    /** The proofs of a session. */
    async proofsOfSession(queries: Queries, sessionId: Id<'session'>): Promise<Proof[]> {
      const found = await selectProofs(queries).where('session_id', '=', sessionId).execute()
      return keepGenuine(found).map(toProof)
    },

    /** The hashes of the journeys that the proofs of a session are from. */
    async journeysOfSession(queries: Queries, sessionId: string): Promise<string[]> {
      const found = await selectProofs(queries).where('session_id', '=', sessionId).execute()
      return keepGenuine(found).map((row) => row.journey_hash)
    },

    /** The sessions of a user that have a proof with one of these authenticators. */
    async sessionsProvenWith(
      queries: Queries,
      userId: string,
      ids: readonly string[],
    ): Promise<Id<'session'>[]> {
      if (ids.length === 0) return []
      const found = await queries
        .selectFrom('proofs')
        .select('session_id')
        .distinct()
        .where('user_id', '=', userId)
        .where('authenticator_id', 'in', ids)
        .where('session_id', 'is not', null)
        .execute()
      return found.map(({ session_id }) => session_id as Id<'session'>)
    },

    ...discounts,

    countProofs: (queries: Queries, journeyHash: string, sessionId: Id<'session'>) =>
      countProofs(queries, rows, { journeyHash, sessionId }),
  }
}

/** Gives a journey's earlier proofs to the session in which it ends. */
async function countProofs(
  queries: Queries,
  rows: RowBinding,
  { journeyHash, sessionId }: { readonly journeyHash: string; readonly sessionId: Id<'session'> },
): Promise<void> {
  const found = await selectProofs(queries)
    .where('journey_hash', '=', journeyHash)
    .where('session_id', 'is', null)
    .execute()
  for (const row of found) {
    if (!rows.isGenuine('proofs', row)) continue
    const mac = rows.bind('proofs', { ...row, session_id: sessionId })
    await queries
      .updateTable('proofs')
      .set({ session_id: sessionId, row_mac: mac })
      .where('id', '=', row.id)
      .where('session_id', 'is', null)
      // The proof may have been taken away meanwhile.
      .where('row_mac', row.row_mac === null ? 'is' : '=', row.row_mac)
      .execute()
  }
}

function selectProofs(queries: Queries) {
  return queries.selectFrom('proofs').selectAll().orderBy('proven_at')
}

function toProof(row: Selectable<ProofRow>): Proof {
  return {
    userId: row.user_id as Id<'user'>,
    factor: row.factor,
    strength: row.strength,
    amr: JSON.parse(row.amr) as string[],
    authenticatorId: row.authenticator_id,
    provenAt: row.proven_at,
  }
}
