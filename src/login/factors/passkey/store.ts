/** Passkeys as rows, and the handles of their owners. Owns that a counter only moves from the value that was judged. */
import type { Clock } from '../../../platform/kernel/clock.ts'
import { type Id, newId, newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { PasskeyRow } from '../../../platform/storage/factor-tables.ts'
import { compareLastUsed } from '../enrolled.ts'
import type { KnownCredential, RegisteredCredential } from '../webauthn/judge.ts'

export interface Passkey extends KnownCredential {
  readonly id: Id<'passkey'>
  readonly userId: Id<'user'>
  readonly transports: readonly string[]
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface PasskeyStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** The host name that passkeys are bound to; those of another host are not listed. `undefined`: there are no passkeys here. */
  readonly rpId: string | undefined
}

export function createPasskeyStore({ clock, random, rpId }: PasskeyStoreOptions) {
  const select = (queries: Queries) =>
    queries
      .selectFrom('passkeys')
      .selectAll()
      .where('rp_id', '=', rpId ?? '')

  return {
    newId: (): Id<'passkey'> => newId(random, 'passkey'),

    /** `false` when a user already has this credential. */
    async add(
      queries: Queries,
      made: RegisteredCredential & { id: Id<'passkey'>; userId: Id<'user'>; name: string },
    ): Promise<boolean> {
      if (rpId === undefined) throw new Error('a passkey without a host')
      const result = await queries
        .insertInto('passkeys')
        .values({
          id: made.id,
          user_id: made.userId,
          rp_id: rpId,
          credential_id: made.credentialId,
          public_key: Buffer.from(made.publicKey).toString('base64url'),
          sign_count: made.signCount,
          transports: JSON.stringify(made.transports),
          backup_eligible: made.isBackupEligible ? 1 : 0,
          backed_up: made.isBackedUp ? 1 : 0,
          name: made.name,
          created_at: clock.now(),
          last_used_at: null,
        })
        .onConflict((conflict) => conflict.column('credential_id').doNothing())
        .executeTakeFirst()
      return result.numInsertedOrUpdatedRows === 1n
    },

    async findByCredential(queries: Queries, credentialId: string): Promise<Passkey | undefined> {
      const row = await select(queries).where('credential_id', '=', credentialId).executeTakeFirst()
      return row && parsePasskey(row)
    },

    /** The last used one first. */
    async list(queries: Queries, userId: Id<'user'>): Promise<Passkey[]> {
      if (rpId === undefined) return []
      const rows = await select(queries).where('user_id', '=', userId).execute()
      rows.sort(compareLastUsed)
      return rows.map(parsePasskey)
    },

    /** Also the passkeys of other hosts. */
    async listAll(
      queries: Queries,
      userId: Id<'user'>,
    ): Promise<(Passkey & { readonly isOfThisHost: boolean })[]> {
      const rows = await queries
        .selectFrom('passkeys')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at')
        .execute()
      return rows.map((row) => ({ ...parsePasskey(row), isOfThisHost: row.rp_id === rpId }))
    },

    /** `false`: it was used or removed meanwhile. */
    async use(
      queries: Queries,
      { id, signCount }: Pick<Passkey, 'id' | 'signCount'>,
      now: { readonly signCount: number; readonly isBackedUp: boolean },
    ): Promise<boolean> {
      const result = await queries
        .updateTable('passkeys')
        .set({
          sign_count: now.signCount,
          backed_up: now.isBackedUp ? 1 : 0,
          last_used_at: clock.now(),
        })
        .where('id', '=', id)
        .where('sign_count', '=', signCount)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** `false`: the person has no such passkey. */
    async rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean> {
      const result = await queries
        .updateTable('passkeys')
        .set({ name })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** Removes one and returns its name. `undefined`: the person has no such passkey. */
    async remove(queries: Queries, userId: Id<'user'>, id: string): Promise<string | undefined> {
      const row = await queries
        .deleteFrom('passkeys')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .returning('name')
        .executeTakeFirst()
      return row?.name
    },

    ...createHandleStore(random),
  }
}

export type PasskeyStore = ReturnType<typeof createPasskeyStore>

/** The handles by which authenticators know the owners of passkeys. */
function createHandleStore(random: Random) {
  return {
    async findHandle(queries: Queries, userId: Id<'user'>): Promise<string | undefined> {
      const row = await queries
        .selectFrom('passkey_handles')
        .select('handle')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return row?.handle
    },

    /** Gives the user a handle, unless there is one. */
    async ensureHandle(queries: Queries, userId: Id<'user'>): Promise<void> {
      await queries
        .insertInto('passkey_handles')
        .values({ user_id: userId, handle: newSecret(random) })
        .onConflict((conflict) => conflict.column('user_id').doNothing())
        .execute()
    },
  }
}

function parsePasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id as Id<'passkey'>,
    userId: row.user_id as Id<'user'>,
    credentialId: row.credential_id,
    publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
    signCount: row.sign_count,
    isBackupEligible: row.backup_eligible === 1,
    transports: JSON.parse(row.transports),
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
