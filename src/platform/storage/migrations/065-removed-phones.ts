/** The names of phones that were removed: nobody reads them any more, and people give phones their own names. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db
    .updateTable('push_devices')
    .set({ own_name: null, device_name: null })
    .where('status', '=', 'removed')
    .execute()
  await db
    .updateTable('authenticator_devices')
    .set({ name: '' })
    .where('status', '=', 'removed')
    .execute()
}
