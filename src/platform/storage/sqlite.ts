/**
 * SQLite through node:sqlite, as a Kysely dialect. One connection writes (see group-commit.ts). A SELECT outside a transaction
 * sees only committed rows: while something is uncommitted, a second, read-only connection answers it. Owns the dialect and its
 * transactions; the connections are in sqlite-connections.ts.
 */
import type { DatabaseConnection, Dialect, Driver, KyselyProps, QueryResult } from 'kysely'
import {
  CompiledQuery,
  Kysely,
  type LimitNode,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  Transaction,
  TransactionBuilder,
  ValueNode,
} from 'kysely'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import type { Nodes, OnQuery, OpenDatabase } from './database.ts'
import { DirectExecutor, type DirectRunner } from './direct.ts'
import { fromSqlite } from './errors.ts'
import type { Unit, Writer, WriterOptions } from './group-commit.ts'
import { createWriter } from './group-commit.ts'
import { newNodeName } from './node-name.ts'
import {
  type Connections,
  connect,
  createControl,
  createReader,
  createRunner,
  type Runner,
} from './sqlite-connections.ts'
import { createDatabaseStatistics, type DatabaseStatistics, measureFiles } from './statistics.ts'
import type { Tables } from './tables.ts'
import { createWriteTroubles, type WriteTroubles } from './write-troubles.ts'

export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  readonly log: Log
  readonly batchLimit?: number
  readonly transactionLimit?: number
  readonly busyLimit?: number
  readonly onCommit?: (units: number) => void
  readonly onQuery?: OnQuery
  /** For a process that writes very much and serves no requests. */
  readonly isBulk?: boolean
}

/**
 * Opens the file; creates it and its folder if they are missing; does not migrate. Throws `Fault('unavailable')` when SQLite
 * cannot use it, and the system's error when the file cannot be reached.
 */
export async function openSqlite(options: SqliteOptions): Promise<OpenDatabase> {
  const { file, log, onCommit, onQuery, busyLimit = 5_000, isBulk = false } = options
  const connections = await connect(file, busyLimit, isBulk)
  const troubles = createWriteTroubles()
  const statistics = createDatabaseStatistics()
  const watched = { troubles, statistics }
  const control = createControl(connections.writing)
  const writer = createWriter({
    database: {
      get isTransaction() {
        return control.isTransaction
      },
      exec(text) {
        try {
          timeControl(statistics, text, control)
        } catch (error) {
          noteTrouble(watched, error)
          throw error
        }
      },
    },
    log,
    batchLimit: options.batchLimit ?? 128,
    transactionLimit: options.transactionLimit ?? 10_000,
    busyLimit,
    ...(onCommit && { onCommit }),
  })
  const db = createKysely(connections, writer, { onQuery, ...watched })
  return {
    db,
    engine: 'sqlite',
    nodes: createLoneNode(),
    shareEvents: (local) => Promise.resolve(local),
    wakeServers: () => Promise.resolve(),
    onTrouble: troubles.onTrouble,
    findClockOffset: () => 0,
    metrics: [...statistics.metrics, measureFiles(file)],
    async close() {
      await db.destroy()
      await writer.close()
      for (const connection of new Set([connections.reading, connections.writing])) {
        if (connection.isOpen) connection.close()
      }
    },
  }
}

interface Watched {
  readonly troubles: WriteTroubles
  readonly statistics: DatabaseStatistics
}

function noteTrouble({ troubles, statistics }: Watched, error: unknown): void {
  troubles.note(error)
  if (fromSqlite(error) instanceof Fault) statistics.noteFailure()
}

/** BEGIN, COMMIT and savepoints; only a COMMIT waits for the disk. */
function timeControl(
  statistics: DatabaseStatistics,
  text: string,
  control: WriterOptions['database'],
): void {
  const begin = performance.now()
  control.exec(text)
  statistics.note(text, performance.now() - begin)
}

class Adapter extends SqliteAdapter {
  // The writer already serialises. Kysely's own mutex would hold a transaction's slot until its COMMIT and so prevent the
  // grouping.
  override get supportsMultipleConnections(): boolean {
    return true
  }
  // A transaction is BEGIN IMMEDIATE, which is also the lock that two starting processes need.
  override get supportsTransactionalDdl(): boolean {
    return true
  }
  override get supportsCreateIfNotExists(): boolean {
    return true
  }
}

class Compiler extends SqliteQueryCompiler {
  /**
   * Writes the limit into the text: SQLite uses the parameter of a LIMIT for its plan, and would parse the statement anew for
   * each run.
   */
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node
    if (!ValueNode.is(limit) || !Number.isSafeInteger(limit.value)) super.visitLimit(node)
    else this.append(`limit ${limit.value}`)
  }
}

/** Kysely with its own transactions, without the bookkeeping that the writer already does. */
class SqliteKysely extends Kysely<Tables> {
  readonly #props: KyselyProps
  readonly #inUnit: InUnit

  constructor(props: KyselyProps, inUnit: InUnit) {
    super(props)
    this.#props = props
    this.#inUnit = inUnit
  }

  override transaction(): TransactionBuilder<Tables> {
    return new UnitBuilder(this.#props, this.#inUnit)
  }
}

class UnitBuilder extends TransactionBuilder<Tables> {
  readonly #inUnit: InUnit

  constructor(props: KyselyProps, inUnit: InUnit) {
    super(props)
    this.#inUnit = inUnit
  }

  override execute<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#inUnit(work)
  }
}

type InUnit = <T>(work: (tx: Transaction<Tables>) => Promise<T>) => Promise<T>

function createKysely(
  { writing, reading }: Connections,
  writer: Writer,
  { onQuery, ...watched }: Watched & { readonly onQuery: OnQuery | undefined },
): Kysely<Tables> {
  const hooks = { onQuery, onDone: watched.statistics.note }
  const run = createRunner(writing, hooks)
  const write: Runner = <R>(query: CompiledQuery) => {
    try {
      return run<R>(query)
    } catch (error) {
      noteTrouble(watched, error)
      throw error
    }
  }
  const read =
    reading === writing
      ? write
      : createReader({ writing, reading: createRunner(reading, hooks) }, write)
  const outside = createOutside(read, write, writer)
  const adapter = new Adapter()
  const compiler = new Compiler()
  const driver = createDriver(write, outside, writer)
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => compiler,
  }
  const createExecutor = (connect: () => DatabaseConnection, runner: DirectRunner) =>
    new DirectExecutor({
      compiler,
      adapter,
      provider: { provideConnection: (use) => use(connect()) },
      runner,
    })
  const props = {
    config: { dialect },
    driver,
    dialect,
    executor: createExecutor(() => createConnection(write, outside), outside),
  }

  async function inUnit<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    const unit = await writer.begin()
    try {
      const inside = createInside(unit, write)
      const connection = createConnection(write, outside, unit)
      const executor = createExecutor(() => connection, inside)
      const result = await work(new Transaction<Tables>({ ...props, executor }))
      await unit.commit()
      return result
    } catch (error) {
      await unit.rollback()
      throw error
    }
  }

  return new SqliteKysely(props, inUnit)
}

/** Runs statements outside a transaction: a read sees committed rows, a write shares a COMMIT. */
function createOutside(read: Runner, write: Runner, writer: Writer): DirectRunner {
  return {
    run<R>(query: CompiledQuery) {
      if (!SelectQueryNode.is(query.query)) return writer.single(() => write<R>(query))
      try {
        return read<R>(query)
      } catch (error) {
        throw fromSqlite(error)
      }
    },
  }
}

function createInside(unit: Unit, write: Runner): DirectRunner {
  return { run: <R>(query: CompiledQuery) => runInUnit<R>(unit, write, query) }
}

interface Connection extends DatabaseConnection {
  unit: Unit | undefined
}

function createConnection(write: Runner, outside: DirectRunner, inside?: Unit): Connection {
  return {
    unit: inside,
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { unit } = this
      return unit === undefined ? outside.run<R>(query) : runInUnit<R>(unit, write, query)
    },
    // biome-ignore lint/correctness/useYield: the interface wants a generator; SQLite answers at once.
    async *streamQuery() {
      throw new Error('streaming is not supported')
    },
  }
}

/** For transactions that Kysely itself begins: those of its migrations. */
function createDriver(write: Runner, outside: DirectRunner, writer: Writer): Driver {
  const findUnit = (connection: DatabaseConnection): Unit => {
    const { unit } = connection as Connection
    if (unit === undefined) throw new Error('no transaction is open')
    return unit
  }
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(createConnection(write, outside)),
    async beginTransaction(connection) {
      ;(connection as Connection).unit = await writer.begin()
    },
    async commitTransaction(connection) {
      await findUnit(connection).commit()
      ;(connection as Connection).unit = undefined
    },
    async rollbackTransaction(connection) {
      await findUnit(connection).rollback()
      ;(connection as Connection).unit = undefined
    },
    async savepoint(connection, name) {
      await connection.executeQuery(CompiledQuery.raw(`SAVEPOINT ${quote(name)}`))
    },
    async rollbackToSavepoint(connection, name) {
      findUnit(connection).recover()
      await connection.executeQuery(CompiledQuery.raw(`ROLLBACK TO ${quote(name)}`))
    },
    async releaseSavepoint(connection, name) {
      await connection.executeQuery(CompiledQuery.raw(`RELEASE ${quote(name)}`))
    },
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  }
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

function runInUnit<R>(unit: Unit, write: Runner, query: CompiledQuery): QueryResult<R> {
  unit.check()
  try {
    return write<R>(query)
  } catch (error) {
    // PostgreSQL refuses every statement after a failed one; code that relies on SQLite's behaviour must fail here too.
    unit.fail(error)
    throw fromSqlite(error)
  }
}

/** Only one server at a time has the file, see server-lock.ts: all other nodes are gone. */
function createLoneNode(): Nodes {
  const own = newNodeName()
  return { own, isGone: async (node) => node !== own }
}
