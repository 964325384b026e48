/** Shared parts of the replies of push services: `Retry-After`, failures by status or error, and reading limited bodies. */
import type { SendResult } from './sender.ts'

type Failure = Extract<SendResult, { type: 'failed' }>

/**
 * The failure for an HTTP status. It is retryable for 429 and 5xx. A server that answers 408 or 5xx may have taken the message
 * over before it failed; any other status refuses it. `retryAfter` in milliseconds.
 */
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
    ...(isRefusal(status) && { isRefused: true }),
  }
}

const isRefusal = (status: number) => status >= 300 && status < 500 && status !== 408

/**
 * Marks a failure as one of this phone alone: the provider accepts no more messages for it. Without a known time to wait it is
 * not retryable, because the next try would come too early.
 */
export function limitToPhone({ reason, retryAfter }: Failure): Failure {
  return {
    ...refuse(reason),
    retryable: retryAfter !== undefined,
    ...(retryAfter !== undefined && { retryAfter }),
    ofPhone: true,
  }
}

/** A failure without a retry, where nothing was sent or the provider has refused it. */
export const refuse = (reason: string): Failure => ({
  type: 'failed',
  reason,
  retryable: false,
  isRefused: true,
})

/** Errors that end an attempt before there is a connection, so that nothing was sent. */
const noConnection = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** The failure for an error of the connection or a timeout. It is retryable. */
export function createErrorFailure(error: unknown): Failure {
  const reason = getErrorName(error)
  const failure = { type: 'failed', reason, retryable: true } as const
  return noConnection.has(reason) ? { ...failure, isRefused: true } : failure
}

/** The code or name of the innermost cause. The message of an error may quote an address, so it must not be logged. */
function getErrorName(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error
  if (cause instanceof Error) return getErrorName(cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/**
 * Reads `Retry-After` (RFC 9110 section 10.2.3) as milliseconds from `now`. Example: `'120'` is `120000`.
 * @returns undefined when the header is absent or unreadable
 */
export function readRetryAfter(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** Reads at most `limit` bytes of a body as text. */
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

/** Parses JSON; `undefined` when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A word of a provider's reply if it is safe to log, else the empty string. */
export function readWord(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]{1,80}$/.test(value) ? value : ''
}
