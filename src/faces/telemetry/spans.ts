/**
 * Makes spans of the pieces of work that a trace can show. Owns the parent of each piece, and which traces are recorded: a
 * trusted caller decides; otherwise a random part of all.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from '../../platform/kernel/random.ts'
import {
  type Facts,
  type PieceMessage,
  pieceChannel,
  type Statement,
  statementChannel,
} from '../../platform/kernel/trace.ts'
import { nameStatement, readTraceparent, type Span, type SpanPlace } from './span.ts'

export interface SpansOptions {
  readonly random: Random
  /** The part of the traces that begin here, from 0 to 1. */
  readonly sample: number
  /** The database by its name in OpenTelemetry. */
  readonly databaseSystem: string
  readonly onEnd: (span: Span) => void
}

interface Open {
  readonly place: SpanPlace
  readonly parentId: string | undefined
  readonly begin: number
}

/** Milliseconds since the epoch, by a monotonic clock. */
const now = (): number => performance.timeOrigin + performance.now()

/** Subscribes. Returns a function that unsubscribes. */
export function recordSpans({ random, sample, databaseSystem, onEnd }: SpansOptions): () => void {
  const around = new AsyncLocalStorage<object>()
  const opened = new WeakMap<object, Open>()
  const findAround = () => around.getStore() as SpanPlace | undefined
  const newId = (bytes: number) => Buffer.from(random.bytes(bytes)).toString('hex')
  const isChosen = () => random.int(0, precision) < sample * precision

  function open(message: PieceMessage): SpanPlace {
    const parent = readTraceparent(message.traceparent) ?? findAround()
    const place = {
      traceId: parent?.traceId ?? newId(16),
      spanId: newId(8),
      isSampled: parent?.isSampled ?? isChosen(),
    }
    opened.set(message, { place, parentId: parent?.spanId, begin: now() })
    return place
  }

  function end(message: PieceMessage): void {
    const found = opened.get(message)
    if (found === undefined || !found.place.isSampled) return
    const { name, kind, error } = message
    const facts = { ...message.facts, ...(error === undefined ? describe(message) : failed(error)) }
    onEnd({ ...found, name, kind, end: now(), facts, isError: 'error.type' in facts })
  }

  /** A statement outside of every piece, such as a look into a queue, is not shown. */
  function noteStatement({ sql, elapsed }: Statement): void {
    const parent = findAround()
    if (parent === undefined || !parent.isSampled) return
    const { operation, table } = nameStatement(sql)
    const finished = now()
    onEnd({
      place: { ...parent, spanId: newId(8) },
      parentId: parent.spanId,
      name: table === '' ? operation : `${operation} ${table}`,
      kind: 'client',
      begin: finished - elapsed,
      end: finished,
      facts: {
        'db.system.name': databaseSystem,
        'db.operation.name': operation,
        ...(table !== '' && { 'db.collection.name': table }),
      },
      isError: false,
    })
  }

  const listeners = { asyncEnd: end }
  const hear = (message: unknown) => noteStatement(message as Statement)
  pieceChannel.start.bindStore(around, open)
  pieceChannel.subscribe(listeners as never)
  statementChannel.subscribe(hear)
  return () => {
    pieceChannel.start.unbindStore(around)
    pieceChannel.unsubscribe(listeners as never)
    statementChannel.unsubscribe(hear)
  }
}

/** The precision of the random choice. */
const precision = 1_000_000

function describe({ describe, result }: PieceMessage): Facts {
  return describe?.(result as never) ?? {}
}

/** Only the name of the error and not its text, because texts quote received data. */
function failed(error: unknown): Facts {
  if (!(error instanceof Error)) return { 'error.type': 'unknown' }
  return {
    'error.type': 'code' in error && typeof error.code === 'string' ? error.code : error.name,
  }
}
