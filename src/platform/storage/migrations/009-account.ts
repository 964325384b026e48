/** What a person's own pages need: names that people give to their phones, and the events that are about one person. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

const batch = 1000

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('own_name', 'text').execute()
  await db.schema.alterTable('audit_events').addColumn('about', 'text').execute()
  await fillAbout(db)
  await db.schema
    .createIndex('audit_events_by_about_and_seq')
    .on('audit_events')
    .columns(['about', 'seq'])
    .execute()
}

async function fillAbout(db: Kysely<Tables>): Promise<void> {
  let seq = 0
  for (;;) {
    const rows = await db
      .selectFrom('audit_events')
      .select(['seq', 'data'])
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(batch)
      .execute()
    for (const row of rows) {
      const { userId, username } = JSON.parse(row.data) as Record<string, unknown>
      const about = userId ?? username
      if (typeof about !== 'string') continue
      await db.updateTable('audit_events').set({ about }).where('seq', '=', row.seq).execute()
    }
    const last = rows.at(-1)
    if (last === undefined) return
    seq = last.seq
  }
}
