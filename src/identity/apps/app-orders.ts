/**
 * The order in which each person wants to see their apps. Owns the rows; apps that are not in them follow, sorted by
 * name.
 */
import { z } from 'zod'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Queries } from '../../platform/storage/database.ts'

const idsSchema = z.array(z.string())

/** More than anybody arranges; further apps are sorted by name. */
const mostApps = 500

export type AppOrders = ReturnType<typeof createAppOrders>

export function createAppOrders({ clock }: { readonly clock: Clock }) {
  return {
    /** The ids of the arranged apps, in order. Some of these apps may have been removed. */
    async find(queries: Queries, userId: string): Promise<readonly string[]> {
      const row = await queries
        .selectFrom('app_orders')
        .select('app_ids')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return row === undefined ? [] : idsSchema.parse(JSON.parse(row.app_ids))
    },

    async save(queries: Queries, userId: string, ids: readonly string[]): Promise<void> {
      const changed = { app_ids: JSON.stringify(ids.slice(0, mostApps)), updated_at: clock.now() }
      await queries
        .insertInto('app_orders')
        .values({ user_id: userId, ...changed })
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(changed))
        .execute()
    },

    /** Sorts all apps by name again. */
    async forget(queries: Queries, userId: string): Promise<void> {
      await queries.deleteFrom('app_orders').where('user_id', '=', userId).execute()
    },
  }
}

/** The arranged apps first, then the others in the order given. */
export function arrange<App extends { readonly id: string }>(
  apps: readonly App[],
  order: readonly string[],
): App[] {
  const places = new Map(order.map((id, place) => [id, place]))
  const findPlace = ({ id }: App) => places.get(id) ?? order.length
  return apps.toSorted((a, b) => findPlace(a) - findPlace(b))
}
