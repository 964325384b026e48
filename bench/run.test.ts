import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare, type Figure } from './figure.ts'
import { createRun, type Measure } from './run.ts'

const figureOf = (name: string): Figure =>
  compare({
    ...{ name, unit: 'ms', reference: 'floor' },
    rounds: [{ value: 1, referenceValue: 2 }],
  })

const createNever = () => Promise.withResolvers<Figure[]>().promise

/** A run with what it saved, printed and said. The clock goes on by one minute each time it is read. */
const start = (measures: Record<string, Measure>) => {
  const saved: string[][] = []
  const printed: string[] = []
  const said: string[] = []
  let minute = 0
  const run = createRun({
    measures: Object.entries(measures),
    keep: async (figures) => void saved.push(figures.map(({ name }) => name)),
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    now: () => 60_000 * minute++,
  })
  return { run, saved, printed, said }
}

test('each figure is kept and printed as soon as it is measured', async () => {
  const seen: string[][] = []
  const { run, saved, printed } = start({
    one: async () => [figureOf('first')],
    parts: async function* () {
      seen.push([...(saved.at(-1) ?? [])])
      yield [figureOf('second')]
      seen.push([...(saved.at(-1) ?? [])])
      yield [figureOf('third')]
    },
  })
  assert.equal(await run.measureAll(), true)
  assert.deepEqual(seen, [['first'], ['first', 'second']])
  assert.deepEqual(saved.at(-1), ['first', 'second', 'third'])
  assert.match(printed[0] ?? '', /first/)
  assert.match(printed[1] ?? '', /second/)
})

test('a run that is cut short says what it has measured and what remains', async () => {
  const { run, printed, said } = start({
    one: async () => [figureOf('first')],
    parts: async function* () {
      yield [figureOf('second')]
      yield await createNever()
    },
    last: async () => [figureOf('fourth')],
  })
  void run.measureAll()
  while (printed.length < 2) await new Promise(setImmediate)
  await run.cutShort()
  assert.match(printed.at(-1) ?? '', /first.*\n.*second/)
  assert.match(said.at(-1) ?? '', /not measured: the rest of parts, last/)
})

test('a figure that cannot be measured does not prevent the others, and keeps its finished parts', async () => {
  const { run, saved, said } = start({
    parts: async function* () {
      yield [figureOf('first')]
      throw new Error('the server ended')
    },
    last: async () => [figureOf('second')],
  })
  assert.equal(await run.measureAll(), false)
  assert.deepEqual(saved.at(-1), ['first', 'second'])
  assert.ok(said.some((text) => text.includes('the server ended')))
})

test('the run says which figure it measures, how many there are, and how long it has taken so far', async () => {
  const { run, said } = start({ one: async () => [], two: async () => [] })
  await run.measureAll()
  assert.match(said[0] ?? '', /^1 of 2: one/)
  assert.match(said[1] ?? '', /^2 of 2: two, after \d\.\d min/)
})
