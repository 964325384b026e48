/**
 * The first administrator: while there is no user, a person with a one-time link creates one. Owns the links of the
 * purpose `setup`: 256 bits, stored only as a hash, valid for 30 minutes and once. Does not own the page.
 */

import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { userEvents } from '../users/events.ts'
import type { NewUser, Users } from '../users/users.ts'
import { auditName, type Setup } from './actor.ts'
import { setupEvents } from './events.ts'

export interface SetupOperationsOptions {
  readonly db: Database
  readonly users: Pick<Users, 'hasAny' | 'create'>
  readonly audit: Audit
  readonly clock: Clock
  readonly random: Random
}

const purpose = 'setup'
const lifetime = minutes(30)
const actor: Setup = { type: 'setup' }

export type SetupOperations = ReturnType<typeof createSetupOperations>

export function createSetupOperations({ db, users, audit, clock, random }: SetupOperationsOptions) {
  return {
    /** Creates a link, which replaces earlier ones, and returns its token; `undefined`: there are already users. */
    async createLink(): Promise<string | undefined> {
      if (await users.hasAny(db)) return undefined
      const token = newSecret(random)
      const now = clock.now()
      await transact(db, async (tx) => {
        await tx.deleteFrom('one_time_links').where('purpose', '=', purpose).execute()
        await tx
          .insertInto('one_time_links')
          .values({
            token_hash: sha256(token),
            purpose,
            subject: null,
            created_at: now,
            expires_at: now + lifetime,
            consumed_at: null,
          })
          .execute()
        await audit.record(tx, setupEvents.linkCreated, {})
      })
      return token
    },

    /** Whether this link can create an administrator now. */
    async isUsable(token: string): Promise<boolean> {
      const row = await db
        .selectFrom('one_time_links')
        .select('expires_at')
        .where('token_hash', '=', sha256(token))
        .where('purpose', '=', purpose)
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return row !== undefined && clock.now() < row.expires_at && !(await users.hasAny(db))
    },

    /** Uses the link and creates the user. `false`: meanwhile the link was used, or there is a user. */
    createFirstAdministrator: (token: string, user: Omit<NewUser, 'role'>): Promise<boolean> =>
      transact(db, async (tx) => {
        await waitForOthers(tx)
        if (!(await useLink(tx, token, clock.now())) || (await users.hasAny(tx))) return false
        const { id: userId, username } = await users.create(tx, { ...user, role: 'admin' })
        await audit.record(tx, userEvents.created, { userId, username, by: auditName(actor) })
        await audit.record(tx, setupEvents.completed, { userId })
        return true
      }),
  }
}

/**
 * Otherwise two links on two nodes could both find that there is no user. The second transaction continues after the
 * first.
 */
async function waitForOthers(queries: Queries): Promise<void> {
  await queries
    .insertInto('settings')
    .values({ name: purpose, value: '' })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: '' }))
    .execute()
}

async function useLink(queries: Queries, token: string, now: number): Promise<boolean> {
  const result = await queries
    .updateTable('one_time_links')
    .set({ consumed_at: now })
    .where('token_hash', '=', sha256(token))
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
