/**
 * Requests of logins that use no budget any more, though no phone has approved them. Owns which ones these are; budget.ts has the
 * rest. A login clears only its own: if it cleared all, each login of the owner would give new messages to an attacker with the
 * password.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { approvalTables } from '../../../platform/storage/factor-tables.ts'
import { isOfNetwork } from '../budget-key.ts'

/** A login that ended with a second factor. */
export interface VerifiedLogin {
  readonly userId: Id<'user'>
  readonly journeyHash: string
  readonly now: number
}

/**
 * Clears the requests of this login, and earlier ones of the same known browser (NIST SP 800-63B, 3.2.2: the limit is for
 * failures in a row). A thief who has only the password ends no login. Call it in the transaction that ends the login.
 */
export async function clearRequestsOf(
  queries: Queries,
  { userId, journeyHash, now }: VerifiedLogin,
): Promise<void> {
  const keys: string[] = []
  for (const { requests } of approvalTables) {
    const rows = await queries
      .selectFrom(requests)
      .select('budget_key')
      .distinct()
      .where('user_id', '=', userId)
      .where('journey_hash', '=', journeyHash)
      .where('purpose', '=', 'login')
      .execute()
    keys.push(...rows.flatMap((row) => row.budget_key ?? ''))
  }
  // It has asked no phone.
  if (keys.length === 0) return
  const known = keys.filter((key) => key !== '' && !isOfNetwork(key))
  for (const { requests } of approvalTables) {
    await selectCountable(queries, requests, { userId, now })
      .where(({ or, eb }) =>
        or([
          eb('journey_hash', '=', journeyHash),
          ...(known.length > 0 ? [eb('budget_key', 'in', known)] : []),
        ]),
      )
      .execute()
  }
}

/** Clears all requests of this user's logins to phones of one kind. Returns how many there were. */
export async function clearRequests(
  queries: Queries,
  requests: RequestTable,
  { userId, now }: Pick<VerifiedLogin, 'userId' | 'now'>,
): Promise<number> {
  const result = await selectCountable(queries, requests, { userId, now }).executeTakeFirst()
  return Number(result.numUpdatedRows)
}

type RequestTable = (typeof approvalTables)[number]['requests']

const selectCountable = (
  queries: Queries,
  requests: RequestTable,
  { userId, now }: Pick<VerifiedLogin, 'userId' | 'now'>,
) =>
  queries
    .updateTable(requests)
    .set({ cleared_at: now })
    .where('user_id', '=', userId)
    .where('purpose', '=', 'login')
    .where('status', '!=', 'approved')
    .where('cleared_at', 'is', null)
