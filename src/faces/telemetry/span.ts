/** A span as in OpenTelemetry: its ids, its times, and the header with which a caller names the trace of a request. */
import type { Facts } from '../../platform/kernel/trace.ts'

export interface SpanPlace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
}

export interface Span {
  readonly place: SpanPlace
  readonly parentId: string | undefined
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal'
  /** Milliseconds since the epoch, with fractions. */
  readonly begin: number
  readonly end: number
  readonly facts: Facts
  readonly isError: boolean
}

const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** W3C Trace Context, 3.2. `undefined`: the header has another form. */
export function readTraceparent(header: string | undefined): SpanPlace | undefined {
  const [, traceId = '', spanId = '', flags = ''] = traceparentForm.exec(header ?? '') ?? []
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** `SELECT users` for `select "id" from "users" where "id" = ?`: the operation and its table. */
export function nameStatement(sql: string): { readonly operation: string; readonly table: string } {
  const operation = /^[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? 'OTHER'
  const table = /\b(?:from|into|update) "(\w+)"/.exec(sql)?.[1] ?? ''
  return { operation, table }
}
