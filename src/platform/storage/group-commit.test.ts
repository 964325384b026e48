import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLog } from '../kernel/log.ts'
import type { Writer } from './group-commit.ts'
import { createWriter } from './group-commit.ts'

interface Bench {
  readonly writer: Writer
  /** The next statement that begins with this text fails. */
  failNext(text: string): void
  /** True until that statement has come. */
  isArmed(): boolean
  insert(value: number): void
  /** What SQLite may do when the disk is full. */
  rollBackUnasked(): void
  stored(): number[]
  isOpen(): boolean
  /** The units of each COMMIT. */
  readonly commits: readonly number[]
}

function createBench(t: Pick<TestContext, 'after'>, batchLimit = 128): Bench {
  const database = new DatabaseSync(':memory:')
  t.after(() => database.close())
  database.exec('create table numbers (value integer primary key)')
  let failing: string | undefined
  const commits: number[] = []
  const writer = createWriter({
    database: {
      get isTransaction() {
        return database.isTransaction
      },
      exec(statement) {
        if (failing !== undefined && statement.startsWith(failing)) {
          failing = undefined
          throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
        }
        database.exec(statement)
      },
    },
    log: silentLog,
    batchLimit,
    transactionLimit: 1_000,
    busyLimit: 0,
    onCommit: (units) => commits.push(units),
  })
  return {
    commits,
    isOpen: () => database.isTransaction,
    writer,
    failNext(text) {
      failing = text
    },
    isArmed: () => failing !== undefined,
    insert: (value) => database.exec(`insert into numbers values (${value})`),
    rollBackUnasked: () => database.exec('ROLLBACK'),
    stored: () =>
      database
        .prepare('select value from numbers order by value')
        .all()
        .map((row) => Number(row.value)),
  }
}

const unavailable = { name: 'Fault', code: 'unavailable' }

test('nothing is acknowledged when the COMMIT fails', async (t) => {
  const { writer, failNext, insert, stored } = createBench(t)
  failNext('COMMIT')
  const transaction = async () => {
    const unit = await writer.begin()
    insert(2)
    await unit.commit()
  }
  const results = await Promise.allSettled([writer.single(() => insert(1)), transaction()])
  for (const result of results) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'unavailable')
  }
  assert.deepEqual(stored(), [])
  await writer.single(() => insert(3))
  assert.deepEqual(stored(), [3])
})

test('units of the next turn share a COMMIT, and no transaction is open before it', async (t) => {
  const { writer, insert, isOpen, commits } = createBench(t)
  const first = writer.single(() => insert(1))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isOpen(), false)
  await Promise.all([first, writer.single(() => insert(2))])
  assert.deepEqual(commits, [2])
})

test('a failed statement reports its own error even if the COMMIT fails too', async (t) => {
  const { writer, failNext, isArmed, insert, stored } = createBench(t)
  await writer.single(() => insert(1))
  failNext('COMMIT')
  await assert.rejects(
    writer.single(() => insert(1)),
    /UNIQUE/,
  )
  while (isArmed()) await new Promise((resolve) => setImmediate(resolve))
  await writer.single(() => insert(2))
  assert.deepEqual(stored(), [1, 2])
})

test('the first transaction of a batch can be rolled back, and later ones continue', async (t) => {
  const { writer, insert, stored } = createBench(t)
  const unit = await writer.begin()
  insert(1)
  const next = writer.begin()
  await unit.rollback()
  const behind = await next
  assert.deepEqual(stored(), [])
  insert(2)
  const third = writer.begin()
  await Promise.all([
    behind.commit(),
    third.then(async (last) => {
      insert(3)
      await last.rollback()
    }),
  ])
  assert.deepEqual(stored(), [2])
})

test('when a savepoint cannot be rolled back, the whole batch is rolled back and fails', async (t) => {
  const { writer, failNext, insert, stored } = createBench(t)
  const single = writer.single(() => insert(1))
  const unit = await writer.begin()
  insert(2)
  failNext('ROLLBACK TO')
  unit.rollback()
  await assert.rejects(single, unavailable)
  assert.deepEqual(stored(), [])
})

test('a rollback that fails is repeated before the next write', async (t) => {
  const { writer, failNext, insert, stored } = createBench(t)
  const single = writer.single(() => insert(1))
  const unit = await writer.begin()
  failNext('ROLLBACK')
  unit.rollback()
  await assert.rejects(single, unavailable)
  await writer.single(() => insert(2))
  assert.deepEqual(stored(), [2])
})

test('when SQLite rolls back by itself, every unit of the batch fails', async (t) => {
  const { writer, insert, stored, rollBackUnasked } = createBench(t)
  const first = writer.single(() => insert(1))
  const unit = await writer.begin()
  insert(2)
  rollBackUnasked()
  unit.fail(new Error('database or disk is full'))
  assert.throws(() => unit.check())
  unit.rollback()
  await assert.rejects(first, unavailable)
  assert.deepEqual(stored(), [])
})

test('after its end a transaction refuses further statements', async (t) => {
  const { writer } = createBench(t)
  const unit = await writer.begin()
  const committed = unit.commit()
  assert.throws(() => unit.check(), /has ended/)
  await committed
  unit.rollback()
})

test('a closed writer refuses writes and transactions', async (t) => {
  const { writer, insert } = createBench(t)
  await writer.close()
  await assert.rejects(
    writer.single(() => insert(1)),
    unavailable,
  )
  await assert.rejects(writer.begin(), unavailable)
})

const step = fc.record({
  kind: fc.constantFrom('single', 'commit', 'rollback', 'duplicate'),
  pauses: fc.array(fc.constantFrom('microtask', 'turn'), { maxLength: 3 }),
  failure: fc.option(fc.constantFrom('COMMIT', 'ROLLBACK TO', 'SAVEPOINT'), {
    nil: undefined,
    freq: 8,
  }),
})

test('in any order of steps, exactly the acknowledged units are stored', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      async (steps, limit) => {
        const { writer, failNext, insert, stored } = createBench(t, limit)
        const pause = async (kinds: string[]): Promise<void> => {
          for (const kind of kinds) {
            await (kind === 'turn' ? new Promise((resolve) => setImmediate(resolve)) : undefined)
          }
        }
        const expected: number[] = []
        const run = async (i: number, { kind, pauses, failure }: (typeof steps)[0]) => {
          await pause(pauses)
          if (failure !== undefined) failNext(failure)
          if (kind === 'single') {
            await writer.single(() => insert(i * 2))
            expected.push(i * 2)
            return
          }
          const unit = await writer.begin()
          try {
            insert(i * 2)
            await pause(pauses)
            unit.check()
            insert(i * 2 + (kind === 'duplicate' ? 0 : 1))
            if (kind === 'rollback') throw new Error('no')
          } catch (error) {
            unit.rollback()
            throw error
          }
          await unit.commit()
          expected.push(i * 2, i * 2 + 1)
        }
        await Promise.allSettled(steps.map((each, i) => run(i, each)))
        await writer.close()
        assert.deepEqual(
          stored(),
          expected.sort((a, b) => a - b),
        )
      },
    ),
    { numRuns: 300 },
  )
})
