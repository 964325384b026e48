/**
 * For tests: which tables a statement walks through, as the plan of the database says. SQLite decides by the indexes alone, as
 * nothing analyses its tables. PostgreSQL decides by how many rows there are, so it is asked what it would do without such walks.
 */
import { CompiledQuery, sql } from 'kysely'
import { silentLog } from '../../platform/kernel/log.ts'
import type {
  Database,
  EngineName,
  OnQuery,
  OpenDatabase,
} from '../../platform/storage/database.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import type { Engine, Scope } from './on-each-engine.ts'

export type Query = Parameters<OnQuery>[0]

/** A database that no test has used: PostgreSQL decides by how many pages its tables have had. */
export async function openUnused(
  t: Scope,
  engine: Engine,
  onQuery: OnQuery,
): Promise<OpenDatabase> {
  const ends: (() => unknown)[] = []
  const storage = await engine.findPlace({ after: (end) => ends.push(end as () => unknown) })
  const database = await openDatabase({ storage, log: silentLog, onQuery })
  t.after(async () => {
    await database.close()
    for (const end of ends) await end()
  })
  return database
}

/** Which of the large tables a statement walks through. To take the first ones of an index is no such walk. */
export async function findWalks(
  db: Database,
  engine: EngineName,
  { query, large }: { readonly query: Query; readonly large: readonly string[] },
): Promise<string[]> {
  const walks = await (engine === 'sqlite' ? explainSqlite : explainPostgres)(db, query, large)
  const isPage = / limit [?$\d]+$/.test(query.sql) && !query.sql.includes(' where ')
  return walks.filter(({ inOrder }) => !(isPage && inOrder)).map(({ text }) => text)
}

const explained = /^(select|update|delete|insert|with) /i

export const hasPlan = ({ sql: text }: Query): boolean => explained.test(text)

interface Walk {
  readonly text: string
  /** Of an index, and nothing that it finds is left out. */
  readonly inOrder: boolean
}

async function explainSqlite(
  db: Database,
  { sql: text }: Query,
  large: readonly string[],
): Promise<Walk[]> {
  const explain = sql<{ detail: string }>`${sql.raw(`explain query plan ${text}`)}`
  const isWalk = ({ detail }: { detail: string }) => {
    const [, table = ''] = /^SCAN (\w+)/.exec(detail) ?? []
    return large.includes(table)
  }
  const { rows } = await explain.execute(db)
  return rows
    .filter(isWalk)
    .map(({ detail }) => ({ text: detail, inOrder: / USING .*INDEX/.test(detail) }))
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Filter?: string
  readonly Plans?: readonly Plan[]
}

async function explainPostgres(
  db: Database,
  { sql: text, parameters }: Query,
  large: readonly string[],
): Promise<Walk[]> {
  return await db.connection().execute(async (one) => {
    // A table of a few rows is walked through in any case, unless there is a way to do without.
    for (const method of ['seqscan', 'hashjoin', 'mergejoin'])
      await sql`set ${sql.raw(`enable_${method}`)} = off`.execute(one)
    const explain = CompiledQuery.raw(`explain (format json) ${text}`, [...parameters])
    const { rows } = await one.executeQuery<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(explain)
    return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => listWalks(Plan, large)))
  })
}

function listWalks(plan: Plan, large: readonly string[]): Walk[] {
  const { 'Node Type': kind, 'Relation Name': table = '', 'Index Cond': condition } = plan
  const isWalk = large.includes(table) && /Scan$/.test(kind) && condition === undefined
  // The index below it has the condition.
  const own = isWalk && kind !== 'Bitmap Heap Scan' ? [describe(plan)] : []
  return [...own, ...(plan.Plans ?? []).flatMap((one) => listWalks(one, large))]
}

const describe = ({ 'Node Type': kind, 'Index Name': index, ...plan }: Plan): Walk => ({
  text: `${kind} of ${index} on ${plan['Relation Name']}`,
  inOrder: kind.startsWith('Index') && plan.Filter === undefined,
})
