/**
 * A shortcut for prepared queries to a database that answers at once. It skips the parts of Kysely that take and return a
 * connection for each query. Only SQLite has it, see sqlite.ts.
 */
import {
  type CompiledQuery,
  type ConnectionProvider,
  DefaultQueryExecutor,
  type DialectAdapter,
  type QueryCompiler,
  type QueryResult,
} from 'kysely'

export interface DirectRunner {
  /** Returns at once if there is nothing to wait for; throws or rejects like a query through Kysely. */
  run<R>(query: CompiledQuery): QueryResult<R> | Promise<QueryResult<R>>
}

export interface DirectExecutorOptions {
  readonly compiler: QueryCompiler
  readonly adapter: DialectAdapter
  readonly provider: ConnectionProvider
  readonly runner: DirectRunner
}

/** The executor of all other queries, which offers the shortcut too. */
export class DirectExecutor extends DefaultQueryExecutor {
  readonly runner: DirectRunner

  constructor({ compiler, adapter, provider, runner }: DirectExecutorOptions) {
    super(compiler, adapter, provider)
    this.runner = runner
  }
}
