/**
 * Proofs as rows: what was verified in a journey, and which session the proof belongs to. Owns that a proof can be taken
 * away from its session, and never given to another one.
 */
import type { Selectable } from 'kysely'
import type { Strength } from '../../identity/policy/assurance.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { newOrderedId } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
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
      .set({ session_id: null })
      .where('session_id', '=', sessionId)
      .where('authenticator_id', 'in', ids)
      .execute()
  },

  /** From now on the session ignores all its earlier proofs. */
  async discountProofs(queries: Queries, sessionId: Id<'session'>): Promise<void> {
    await queries
      .updateTable('proofs')
      .set({ session_id: null })
      .where('session_id', '=', sessionId)
      .execute()
  },
}

/** The proofs of a session outlive their journey: the session's level is based on them. */
export function createProofStore(random: Random) {
  return {
    async insertProof(
      queries: Queries,
      journeyHash: string,
      proof: Proof,
      sessionId: Id<'session'> | null,
    ): Promise<void> {
      await insertProof.run(queries, {
        id: newOrderedId(random, 'proof', proof.provenAt),
        journey_hash: journeyHash,
        user_id: proof.userId,
        factor: proof.factor,
        amr: JSON.stringify(proof.amr),
        strength: proof.strength,
        authenticator_id: proof.authenticatorId,
        proven_at: proof.provenAt,
        session_id: sessionId,
      })
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
      const rows = await selectProofs(queries)
        .where('journey_hash', '=', journeyHash)
        .where('session_id', 'is', null)
        .execute()
      return rows.map(toProof)
    },

    /** The proofs of a session. */
    async proofsOfSession(queries: Queries, sessionId: Id<'session'>): Promise<Proof[]> {
      const rows = await selectProofs(queries).where('session_id', '=', sessionId).execute()
      return rows.map(toProof)
    },

    /** The hashes of the journeys that the proofs of a session are from. */
    async journeysOfSession(queries: Queries, sessionId: string): Promise<string[]> {
      const rows = await queries
        .selectFrom('proofs')
        .select('journey_hash')
        .where('session_id', '=', sessionId)
        .execute()
      return rows.map((row) => row.journey_hash)
    },

    /** The sessions of a user that have a proof with one of these authenticators. */
    async sessionsProvenWith(
      queries: Queries,
      userId: string,
      ids: readonly string[],
    ): Promise<Id<'session'>[]> {
      if (ids.length === 0) return []
      const rows = await queries
        .selectFrom('proofs')
        .select('session_id')
        .distinct()
        .where('user_id', '=', userId)
        .where('authenticator_id', 'in', ids)
        .where('session_id', 'is not', null)
        .execute()
      return rows.map(({ session_id }) => session_id as Id<'session'>)
    },

    ...discounts,

    /** Gives a journey's earlier proofs to the session in which it ends. */
    async countProofs(
      queries: Queries,
      journeyHash: string,
      sessionId: Id<'session'>,
    ): Promise<void> {
      await queries
        .updateTable('proofs')
        .set({ session_id: sessionId })
        .where('journey_hash', '=', journeyHash)
        .where('session_id', 'is', null)
        .execute()
    },
  }
}

function selectProofs(queries: Queries) {
  return queries
    .selectFrom('proofs')
    .select(['user_id', 'factor', 'strength', 'amr', 'authenticator_id', 'proven_at'])
    .orderBy('proven_at')
}

function toProof(row: Omit<ProofRow, 'id' | 'journey_hash' | 'session_id'>): Proof {
  return {
    userId: row.user_id as Id<'user'>,
    factor: row.factor,
    strength: row.strength,
    amr: JSON.parse(row.amr) as string[],
    authenticatorId: row.authenticator_id,
    provenAt: row.proven_at,
  }
}
