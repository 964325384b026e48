/**
 * Queries that are built and compiled once and then only run. They are for the few queries of every login, where building costs
 * more than running. Everywhere else a plain Kysely query is easier to read.
 */
import { type Compilable, type CompiledQuery, type QueryResult, type RawBuilder, sql } from 'kysely'
import type { Queries } from './database.ts'
import { DirectExecutor } from './direct.ts'
import type { Parameter } from './parameters.ts'

/**
 * Texts of these queries. Their number is fixed by the code, so PostgreSQL may cache each one on each connection
 * (postgres-statements.ts). Other queries always have new texts, with lists of any length.
 */
const texts = new Set<string>()

export const isPreparedText = (text: string): boolean => texts.has(text)

/** Places in a query that get their values when it runs. */
export type Slots<Values> = { readonly [Name in keyof Values]: RawBuilder<Values[Name]> }

export interface Prepared<Values, Row> {
  all(queries: Queries, values: Values): Promise<Row[]>
  first(queries: Queries, values: Values): Promise<Row | undefined>
  /** For a query that returns no rows: how many rows it changed. */
  run(queries: Queries, values: Values): Promise<number>
}

interface Compiled {
  readonly query: CompiledQuery
  /** For each parameter of the query the name of its value; undefined where it is the same every time. */
  readonly names: readonly (string | undefined)[]
}

/**
 *     const find = prepared((queries, at: Slots<{ key: string }>) =>
 *       queries.selectFrom('throttles').selectAll().where('key', '=', at.key))
 *     const row = await find.first(tx, { key })
 */
export function prepared<Values extends Readonly<Record<keyof Values, Parameter>>, Row>(
  build: (queries: Queries, at: Slots<Values>) => Compilable<Row>,
): Prepared<Values, Row> {
  // A database and its transactions have one adapter; the two engines differ in how they write a query.
  const byAdapter = new WeakMap<object, Compiled>()

  function compiledFor(queries: Queries): Compiled {
    const { adapter } = queries.getExecutor()
    const known = byAdapter.get(adapter)
    if (known !== undefined) return known
    const query = build(queries, createSlots<Values>()).compile()
    texts.add(query.sql)
    const compiled = { query, names: query.parameters.map(nameType) }
    byAdapter.set(adapter, compiled)
    return compiled
  }

  function fill({ query, names }: Compiled, values: Values): CompiledQuery {
    const parameters = names.map((name, index) =>
      name === undefined ? query.parameters[index] : values[name as keyof Values],
    )
    return { query: query.query, queryId: query.queryId, sql: query.sql, parameters }
  }

  function execute(queries: Queries, values: Values): QueryResult<Row> | Promise<QueryResult<Row>> {
    const query = fill(compiledFor(queries), values)
    const executor = queries.getExecutor()
    if (executor instanceof DirectExecutor) return executor.runner.run<Row>(query)
    // As `queries.executeQuery`, without its preparation for plugins, as this database uses no plugins.
    return executor.provideConnection((connection) => connection.executeQuery<Row>(query))
  }

  return {
    all: async (queries, values) => (await execute(queries, values)).rows,
    first: async (queries, values) => (await execute(queries, values)).rows[0],
    run: async (queries, values) => Number((await execute(queries, values)).numAffectedRows ?? 0n),
  }
}

const slot = Symbol('slot')
type Slot = { readonly [slot]: string }

function createSlots<Values>(): Slots<Values> {
  return new Proxy({} as Slots<Values>, {
    get: (_, name) => sql.val({ [slot]: String(name) } satisfies Slot),
  })
}

function nameType(parameter: unknown): string | undefined {
  const isSlot = typeof parameter === 'object' && parameter !== null && slot in parameter
  return isSlot ? (parameter as Slot)[slot] : undefined
}
