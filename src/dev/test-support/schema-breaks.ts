/** For tests: finds what a migration removes that earlier programs use, by comparing the schema before and after it. */
import { sql } from 'kysely'
import type { OpenDatabase } from '../../platform/storage/database.ts'

interface Column {
  readonly type: string
  /** Programs that do not know the column can still insert rows. */
  readonly isOptional: boolean
}

export interface SchemaSnapshot {
  /** Columns by name, by the name of their table. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Column>>
  /** What refuses rows: unique indexes, and where the database names them, checks and references. Each begins with its table. */
  readonly rules: readonly string[]
}

export async function readSnapshot(
  database: Pick<OpenDatabase, 'db' | 'engine'>,
): Promise<SchemaSnapshot> {
  const found = await database.db.introspection.getTables()
  const tables = found.map(({ name, columns }) => {
    const entries = columns.map(
      ({ name: column, dataType, isNullable, hasDefaultValue, isAutoIncrementing }) => {
        const isOptional = isNullable || hasDefaultValue || isAutoIncrementing
        return [column, { type: dataType.toLowerCase(), isOptional }] as const
      },
    )
    return [name, new Map(entries)] as const
  })
  return { tables: new Map(tables), rules: await listRules(database) }
}

async function listRules({
  db,
  engine,
}: Pick<OpenDatabase, 'db' | 'engine'>): Promise<readonly string[]> {
  const { rows } =
    engine === 'postgres'
      ? await sql<{ rule: string }>`
          select tablename || ' ' || indexdef as rule from pg_indexes
            where schemaname = current_schema() and indexdef like 'CREATE UNIQUE%'
          union all
          select conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) from pg_constraint
            where contype in ('c', 'f') and connamespace = current_schema()::regnamespace`.execute(
          db,
        )
      : await sql<{ rule: string }>`
          select m.name || ' ' || coalesce((select x.sql from sqlite_master x where x.name = i.name),
            (select group_concat(c.name) from pragma_index_info(i.name) c)) as rule
          from sqlite_master m join pragma_index_list(m.name) i on i."unique" = 1
          where m.type = 'table'`.execute(db)
  return rows.map(({ rule }) => rule)
}

/** Sentences about what breaks; empty if programs for the schema before also work with the schema after. */
export function listBreaks(before: SchemaSnapshot, after: SchemaSnapshot): readonly string[] {
  const ofTables = [...before.tables].flatMap(([table, columns]) => {
    const now = after.tables.get(table)
    if (now === undefined) return [`table ${table} is gone`]
    return [...listLost(table, columns, now), ...listAdded(table, columns, now)]
  })
  const tableOf = (rule: string) => rule.split(' ', 1)[0] ?? ''
  const ofRules = after.rules.filter(
    (rule) => before.tables.has(tableOf(rule)) && !before.rules.includes(rule),
  )
  return [...ofTables, ...ofRules.map((rule) => `new rule for rows: ${rule}`)]
}

type Columns = ReadonlyMap<string, Column>

function listLost(table: string, columns: Columns, now: Columns): readonly string[] {
  return [...columns].flatMap(([name, { type, isOptional }]) => {
    const column = now.get(name)
    if (column === undefined) return [`column ${table}.${name} is gone`]
    if (column.type !== type) return [`column ${table}.${name} has another type`]
    return isOptional && !column.isOptional ? [`column ${table}.${name} needs a value now`] : []
  })
}

function listAdded(table: string, columns: Columns, now: Columns): readonly string[] {
  return [...now]
    .filter(([name, { isOptional }]) => !columns.has(name) && !isOptional)
    .map(([name]) => `new column ${table}.${name} needs a value`)
}
