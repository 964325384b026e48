/**
 * Tokens of a request that a person has approved on a phone. The library spends the request first, and then stores each token
 * by itself. A node that is cut off in between seems to have ended, so another node makes the request valid again
 * (lost-answers.ts). Owns that the first node then stores nothing more: of two answers to one request, only one is valid.
 */
import type { Queries } from '../../../platform/storage/database.ts'
import { InvalidGrant } from './library.ts'
import type { Spending } from './spent-records.ts'

export type ApprovedRequests = ReturnType<typeof createApprovedRequests>

/** @param currentRequest returns the HTTP request that is being served */
export function createApprovedRequests(currentRequest: () => object | undefined) {
  const spendings = new WeakMap<object, Spending>()
  const findCurrent = () => {
    const request = currentRequest()
    return request && spendings.get(request)
  }
  return {
    noteSpent(spending: Spending): void {
      const request = currentRequest()
      if (request) spendings.set(request, spending)
    },

    /** Whether the record that is about to be stored is given for an approved request. */
    isGiving: (model: string): boolean =>
      (model === 'AccessToken' || model === 'RefreshToken') && findCurrent() !== undefined,

    /**
     * Locks the approved request until the end of the transaction. Throws the error for the app if another node has made it
     * valid again.
     */
    async lock(tx: Queries): Promise<void> {
      const spending = findCurrent()
      if (spending === undefined) return
      const { model, hash, at, by } = spending
      const locked = await tx
        .updateTable('oidc_records')
        .set({ consumed_by: by })
        .where('model', '=', model)
        .where('id', '=', hash)
        .where('consumed_at', '=', at)
        .where('consumed_by', '=', by)
        .executeTakeFirst()
      if (locked.numUpdatedRows !== 1n) throw new InvalidGrant('it is valid for another node')
    },
  }
}
