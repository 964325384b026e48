/** Which requests of apps have been answered: each is answered with a login only once. Owns the table `saml_requests`. */
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { removeRows } from '../../../platform/storage/remove.ts'

/** Whether this is the first call for the request. A rollback of the surrounding transaction undoes it. */
export async function takeRequest(
  queries: Queries,
  request: { readonly appId: string; readonly requestId: string; readonly expiresAt: number },
): Promise<boolean> {
  const result = await queries
    .insertInto('saml_requests')
    .values({
      id: sha256(`${request.appId} ${request.requestId}`),
      app_id: request.appId,
      expires_at: request.expiresAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function forgetRequests(queries: Queries, appId: string): Promise<void> {
  await queries.deleteFrom('saml_requests').where('app_id', '=', appId).execute()
}

/** Deletes requests that are too old to be answered; returns how many. */
export function purgeRequests(db: Database, now: number): Promise<number> {
  return removeRows(db, {
    table: 'saml_requests',
    key: ['id'],
    isOld: (row) => row('expires_at', '<=', now),
  })
}
