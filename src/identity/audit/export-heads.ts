/**
 * Exports signed heads of the audit trail, on a schedule and when a node stops: to a file of the node, and to receivers.
 * Each head covers all events before it, so one that did not arrive is not sent again. Before each export, the last head is
 * looked up in the log; if it is missing, that is an error at once.
 */
import { open } from 'node:fs/promises'
import { type Clock, seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Database } from '../../platform/storage/database.ts'
import { readCheckpoint } from './checkpoint.ts'
import { type Head, readHeads, signHead } from './heads.ts'
import { deriveAuditKeys, type KeySource } from './keys.ts'
import { readHead } from './verify.ts'

/** What takes heads, for example a syslog server. */
export interface HeadReceiver {
  readonly name: string
  /** Returns why it was not taken; does not throw. */
  deliver(event: {
    readonly type: string
    readonly body: string
    readonly createdAt: number
  }): Promise<string | undefined>
}

export interface HeadExportOptions {
  readonly db: Database
  readonly clock: Clock
  readonly keyring: KeySource
  readonly log: Log
  /** Absent: none is written. */
  readonly file?: string | undefined
  readonly receivers: readonly HeadReceiver[]
  /** Milliseconds. */
  readonly every: number
}

export type HeadExport = ReturnType<typeof createHeadExport>

const lookEvery = seconds(5)
/** After so many events, a head is exported before its time. */
const mostEvents = 1000

export function createHeadExport(options: HeadExportOptions) {
  const { db, clock, keyring, log, file, receivers, every } = options
  let last: Head | undefined
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let ranAt = Number.NEGATIVE_INFINITY
  /** When the newest head was last known to be exported. */
  let exportedAt = clock.now()

  async function exportHead(): Promise<void> {
    last ??= await readLast(options)
    const head = await readHead(db)
    if (last !== undefined) await compare(options, last, head)
    if (head.seq === 0 || (head.seq === last?.seq && head.hash === last.hash)) {
      exportedAt = clock.now()
      return
    }
    const now = clock.now()
    const line = JSON.stringify(signHead(keyring, head, new Date(now).toISOString()))
    if (file !== undefined) await append(file, `${line}\n`)
    // Set only now, so that a failed write to the file is tried again.
    last = head
    const body = JSON.stringify({ type: 'audit_head', ...JSON.parse(line) })
    // A receiver that hangs does not delay the others.
    const reasons = await Promise.all(
      receivers.map((one) => one.deliver({ type: 'audit_head', body, createdAt: now })),
    )
    for (const [at, reason] of reasons.entries())
      if (reason !== undefined)
        log.warn({ receiver: receivers[at]?.name, reason }, 'a head of the audit log was not taken')
    if (reasons.every((reason) => reason === undefined)) exportedAt = now
  }

  /** Does not throw. */
  function run(): Promise<void> {
    ranAt = performance.now()
    running = running
      .then(exportHead)
      .catch((error: unknown) => log.error({ error }, 'no head of the audit log was exported'))
    return running
  }

  /** Exports before its time after many events: otherwise a flood would go without proof for as long as a quiet night. */
  async function look(): Promise<void> {
    const isDue = performance.now() - ranAt >= every
    if (isDue || (await readHead(db)).seq - (last?.seq ?? 0) >= mostEvents) await run()
  }

  return {
    run,
    look,
    start(): void {
      const watch = () => look().catch(() => run())
      timer ??= setInterval(watch, Math.min(every, lookEvery)).unref()
      void run()
    },
    /** Exports the newest head. */
    async stop(): Promise<void> {
      clearInterval(timer)
      timer = undefined
      await run()
    },
    purge: async (): Promise<void> => {},
    metric: {
      name: 'einlass_audit_head_age_seconds',
      type: 'gauge',
      help: 'Since the newest head of the audit log was known to be exported.',
      read: () => [{ labels: {}, value: Math.max(0, clock.now() - exportedAt) / seconds(1) }],
    } satisfies Metric,
  }
}

/** Logs an error when the log has lost an event that it had. */
async function compare(
  { db, keyring, log }: HeadExportOptions,
  last: Head,
  head: Head,
): Promise<void> {
  const row = await db
    .selectFrom('audit_events')
    .select('hash')
    .where('seq', '=', last.seq)
    .executeTakeFirst()
  if (row?.hash === last.hash && head.seq >= last.seq) return
  if (row === undefined && (await wasDeleted(db, keyring, last))) return
  log.error(
    { seq: last.seq },
    'the audit log does not have an event that it had: run einlass audit verify --head',
  )
}

/** Whether retention has deleted the event of a head, for example while this node was off. */
async function wasDeleted(db: Database, keyring: KeySource, { seq }: Head): Promise<boolean> {
  const checkpoint = await readCheckpoint(db, deriveAuditKeys(keyring).checkpoint)
  return checkpoint !== undefined && seq <= checkpoint.place.seq
}

/** The newest head in the file, which an earlier process of this node wrote. */
async function readLast({ file, keyring, log }: HeadExportOptions): Promise<Head | undefined> {
  if (file === undefined) return undefined
  const text = await readEnd(file)
  // A line that was cut off by a crash is no head.
  const lines = text.split('\n').filter((line) => line.endsWith('}'))
  const line = lines.at(-1)
  if (line === undefined) return undefined
  try {
    return readHeads(line, keyring).at(-1)
  } catch {
    log.error({ file }, 'the newest head in the file was not signed with the key of this log')
    return undefined
  }
}

const endLength = 4096

/** Empty when there is no file. */
async function readEnd(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const position = Math.max(0, size - endLength)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(endLength), { position })
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
