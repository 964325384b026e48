/** What replies of push services have in common: how they ask for patience, and how little of them is read. */
import type { SendResult } from './sender.ts'

type Failure = Extract<SendResult, { type: 'failed' }>

/** A failure by HTTP status. Too many requests and the service's own errors pass; what is refused stays refused. */
export function createStatusFailure(
  status: number,
  detail = '',
  { retryAfter }: { readonly retryAfter?: number | undefined } = {},
): Failure {
  const retryable = status === 429 || status >= 500
  return {
    type: 'failed',
    reason: detail === '' ? `status ${status}` : `status ${status} ${detail}`,
    retryable,
    ...(retryable && retryAfter !== undefined && { retryAfter }),
  }
}

/**
 * The provider takes no more messages for this one phone. Without a time to wait, the next try would come too early, so
 * there is none.
 */
export function limitToPhone({ reason, retryAfter }: Failure): Failure {
  return {
    type: 'failed',
    reason,
    retryable: retryAfter !== undefined,
    ...(retryAfter !== undefined && { retryAfter }),
    ofPhone: true,
  }
}

/** A failure of the connection, or a wait that was given up. */
export function createErrorFailure(error: unknown): Failure {
  return { type: 'failed', reason: getErrorName(error), retryable: true }
}

/** The code of the innermost cause. A message of an error may quote an address, so it stays out of the log. */
function getErrorName(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error
  if (cause instanceof Error) return getErrorName(cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/**
 * `Retry-After` (RFC 9110 section 10.2.3) as milliseconds from `now`.
 * @returns undefined when there is none that can be read
 */
export function readRetryAfter(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** At most `limit` bytes of a body as text. */
export async function readSome(
  body: ReadableStream<Uint8Array> | null,
  limit = 16_384,
): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < limit) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.length
  }
  if (length >= limit) await reader.cancel()
  return Buffer.concat(chunks).subarray(0, limit).toString()
}

/** A value of unknown JSON; undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A word of a provider's answer as it may stand in the log. */
export function readWord(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]{1,80}$/.test(value) ? value : ''
}
