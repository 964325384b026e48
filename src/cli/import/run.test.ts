import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Io } from '../../platform/kernel/io.ts'
import type { ImportFile } from './open-file.ts'
import { type ImportKind, runPass } from './run.ts'
import type { Outcome } from './tally.ts'

const io = { stderr: { write: () => true } } as unknown as Io

/** A file of users with one line each. */
function createFile(names: readonly string[]): ImportFile {
  return {
    ...{ name: 'people.csv', format: 'csv', size: 0 },
    async *read() {
      for (const [index, name] of names.entries())
        yield {
          type: 'record',
          line: index + 2,
          fields: new Map([['username', { name: 'username', values: [name] }]]),
        }
    },
    isSame: () => false,
    close() {},
  }
}

function createKind(write: (name: string) => void): ImportKind<string> & { written: string[] } {
  const written: string[] = []
  const run = async (batch: readonly string[]): Promise<Outcome[]> => {
    for (const name of batch) write(name)
    written.push(...batch)
    return batch.map(() => ({ type: 'new' }))
  }
  return {
    written,
    read(fields) {
      const item = fields.get('username')?.values[0] ?? ''
      if (item === 'unforeseen') throw new TypeError(`nothing is ${item}`)
      return { type: 'item', item, leftOut: [] }
    },
    ...{ name: (item) => item, key: (item) => item, batchSize: 10, plan: run, write: run },
  }
}

for (const pass of ['plan', 'write'] as const)
  test(`one record that fails is refused with its line, and the others go on (${pass})`, async () => {
    const file = createFile(['erika', 'bad', 'max', 'unforeseen', 'forbidden', 'lisa'])
    const kind = createKind((name) => {
      if (name === 'bad') throw Object.assign(new Error('secret'), { code: '22021' })
      if (name === 'forbidden') throw new Fault('bad_request', 'This cannot be done.')
    })
    const { counts, refused } = await runPass({ file, kind, io, report: undefined }, pass)
    assert.deepEqual([counts.new, counts.refused], [3, 3])
    assert.deepEqual(kind.written, ['erika', 'max', 'lisa'])
    assert.deepEqual(
      refused.map(({ line, name, reason }) => [line, name, reason]),
      [
        [5, undefined, 'it could not be handled (TypeError)'],
        [3, 'bad', 'it could not be handled (Error 22021)'],
        [6, 'forbidden', 'This cannot be done.'],
      ],
    )
  })

test('an import ends when the database or a directory is away, as then no record can be handled', async () => {
  const kind = createKind((name) => {
    if (name === 'max') throw new Fault('unavailable', 'the directory corp does not answer')
  })
  const file = createFile(['erika', 'max', 'lisa'])
  await assert.rejects(runPass({ file, kind, io, report: undefined }, 'write'), {
    code: 'unavailable',
  })
  assert.deepEqual(kind.written, [])
})
