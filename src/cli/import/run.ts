/**
 * Runs an import from a file with any kind of items. Owns its two passes: the first checks every record and writes nothing, the
 * second writes batch by batch. A batch is written completely or not at all; if one of its items cannot be written, each is
 * written alone. After an import was killed, the same command
 * finishes it, because items that exist already stay unchanged.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault, type FaultCode } from '../../platform/kernel/fault.ts'
import type { Io } from '../../platform/kernel/io.ts'
import type { ImportFile } from './open-file.ts'
import type { Fields, RecordReading } from './record.ts'
import type { ReportFile } from './report.ts'
import { createTally, type Outcome, shorten, type Tally } from './tally.ts'

/** The result of reading a record. `leftOut`: names of ignored columns, as spelled in the file. */
export type ItemReading<Item> =
  | { readonly type: 'item'; readonly item: Item; readonly leftOut: readonly string[] }
  /** `name`: whose record it is, if it could be read. */
  | { readonly type: 'refused'; readonly reason: string; readonly name?: string | undefined }
  | { readonly type: 'passed'; readonly leftOut?: readonly string[] }

export interface ImportKind<Item> {
  readonly read: (fields: Fields) => ItemReading<Item>
  /** For the report. */
  readonly name: (item: Item) => string
  /** A value that may be in a file only once, for example the canonical user name. */
  readonly key: (item: Item) => string
  readonly batchSize: number
  /** What `write` would do. */
  readonly plan: (batch: readonly Item[]) => Promise<readonly Outcome[]>
  readonly write: (batch: readonly Item[]) => Promise<readonly Outcome[]>
}

export interface PassOptions<Item> {
  readonly file: ImportFile
  readonly kind: ImportKind<Item>
  readonly io: Io
  readonly report: ReportFile | undefined
}

/** Each record takes some 150 bytes of memory. */
const mostRecords = 2_000_000

/** One pass over the file. */
export async function runPass<Item>(
  { file, kind, io, report }: PassOptions<Item>,
  pass: 'plan' | 'write',
): Promise<Tally> {
  report?.begin()
  const sums = createTally()
  const progress = createProgress(io, file, pass)
  const seen = new Map<string, number>()
  let batch: { readonly line: number; readonly item: Item }[] = []

  function settle(line: number, outcome: Outcome, name?: string): undefined {
    sums.add(outcome, line, name)
    report?.add({ line, ...(name && { name: shorten(name) }), ...outcome })
  }

  async function flush(): Promise<void> {
    const outcomes = await runBatch(
      kind[pass],
      batch.map(({ item }) => item),
    )
    for (const [index, { line, item }] of batch.entries())
      settle(line, outcomes[index] ?? { type: 'refused', reason: 'unknown' }, kind.name(item))
    batch = []
    progress.note()
    // Lets a running server on the same SQLite file write in between.
    if (pass === 'write') await sleep(pauseBetweenBatches)
  }

  /** The item to write; `undefined`: the record needs no write and is already in the tally. */
  function understand(record: RecordReading): Item | undefined {
    const { line } = record
    if (record.type === 'unreadable') {
      if (record.endsFile) sums.cutShort()
      return settle(line, { type: 'refused', reason: record.reason })
    }
    const reading = readItem(kind, record.fields)
    if ('leftOut' in reading) sums.addLeftOut(reading.leftOut ?? [])
    if (reading.type === 'passed') return settle(line, { type: 'passed' })
    if (reading.type === 'refused')
      return settle(line, { type: 'refused', reason: reading.reason }, reading.name)
    const { item } = reading
    const key = kind.key(item)
    const earlier = seen.get(key)
    if (earlier !== undefined) {
      const reason = `the file has it in line ${earlier} already`
      return settle(line, { type: 'refused', reason }, kind.name(item))
    }
    seen.set(key, line)
    return item
  }

  try {
    for await (const record of file.read(progress.setBytes)) {
      const item = understand(record)
      if (item === undefined) continue
      if (seen.size > mostRecords)
        throw new Fault('bad_request', `The file has more than ${mostRecords} records. Split it.`)
      if (batch.push({ line: record.line, item }) >= kind.batchSize) await flush()
    }
    if (batch.length > 0) await flush()
  } finally {
    progress.end()
  }
  return sums.tally
}

/** A record that no reader foresaw is refused, so that one of them never ends the import of the others. */
function readItem<Item>(kind: ImportKind<Item>, fields: Fields): ItemReading<Item> {
  try {
    return kind.read(fields)
  } catch (error) {
    return { type: 'refused', reason: explainFailure(error) }
  }
}

/**
 * Runs a batch; if one of its items cannot be handled, runs each alone, so that only that one is refused. Throws the
 * Fault that says that nothing can be done now, for example because a directory does not answer.
 */
async function runBatch<Item>(
  run: (batch: readonly Item[]) => Promise<readonly Outcome[]>,
  batch: readonly Item[],
): Promise<readonly Outcome[]> {
  try {
    return await run(batch)
  } catch (error) {
    const reason = explainFailure(error)
    if (batch.length <= 1) return [{ type: 'refused', reason }]
  }
  const outcomes: Outcome[] = []
  for (const item of batch) outcomes.push(...(await runBatch(run, [item])))
  return outcomes
}

/** These are about one record. All others say that nothing can be done now. */
const ofOneRecord: readonly FaultCode[] = ['bad_request', 'conflict', 'not_allowed', 'not_found']

/** In words without a value of the record, which a message of the database could contain. */
function explainFailure(error: unknown): string {
  if (error instanceof Fault) {
    if (!ofOneRecord.includes(error.code)) throw error
    return error.message
  }
  const name = error instanceof Error ? error.name : typeof error
  const code = error instanceof Error && 'code' in error ? ` ${error.code}` : ''
  return `it could not be handled (${name}${code})`
}

/** Milliseconds. */
const pauseBetweenBatches = 20

/** A progress line on standard error that is overwritten; at a terminal only. */
function createProgress({ stderr }: Io, { size }: ImportFile, pass: 'plan' | 'write') {
  if (!('isTTY' in stderr) || stderr.isTTY !== true) return { setBytes() {}, note() {}, end() {} }
  const verb = pass === 'plan' ? 'Checking' : 'Writing'
  let bytes = 0
  return {
    setBytes(read: number): void {
      bytes = read
    },
    note(): void {
      const percent = size === 0 ? 100 : Math.floor((bytes / size) * 100)
      const filled = Math.floor(percent / 5)
      stderr.write(`\r${verb} [${'='.repeat(filled).padEnd(20)}] ${percent} % `)
    },
    end: (): void => void stderr.write('\r\u001b[K'),
  }
}
