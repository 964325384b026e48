/** The codes of rows that grant access, see bound-rows.ts. Null: written by a program that knew no codes. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['sessions', 'proofs'])
    await db.schema.alterTable(table).addColumn('row_mac', 'text').execute()
}
