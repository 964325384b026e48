/**
 * The short way of a prepared query to a database that answers at once: past the parts of Kysely that take a connection
 * for each query and give it back. Only SQLite has one; for what it does see sqlite.ts.
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
  /** At once where nothing has to be waited for; throws or rejects as the long way does. */
  run<R>(query: CompiledQuery): QueryResult<R> | Promise<QueryResult<R>>
}

export interface DirectExecutorOptions {
  readonly compiler: QueryCompiler
  readonly adapter: DialectAdapter
  readonly provider: ConnectionProvider
  readonly runner: DirectRunner
}

/** What every other query goes through knows the short way as well. */
export class DirectExecutor extends DefaultQueryExecutor {
  readonly runner: DirectRunner

  constructor({ compiler, adapter, provider, runner }: DirectExecutorOptions) {
    super(compiler, adapter, provider)
    this.runner = runner
  }
}
