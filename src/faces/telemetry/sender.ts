/**
 * Sends documents to a collector by OTLP over HTTP. Owns what happens to a refused document. Also owns that a collector that
 * hangs, refuses or is gone costs a bounded time and at most one log line a minute.
 */
import { seconds } from '../../platform/kernel/clock.ts'
import { createFoldedLog } from '../../platform/kernel/folded-log.ts'
import type { Log } from '../../platform/kernel/log.ts'

export interface SenderOptions {
  /** Without the path of the signal, for example `http://127.0.0.1:4318`. */
  readonly endpoint: string
  /** The value of the header `Authorization`. */
  readonly authorization?: string | undefined
  readonly fetch: typeof fetch
  readonly log: Log
  /** Milliseconds for one attempt. */
  readonly patience?: number
}

/** `later`: the same document may be accepted later. `refused`: it will not. */
export type Delivery = 'taken' | 'later' | 'refused'

export type Deliver = (signal: 'traces' | 'metrics', document: object) => Promise<Delivery>

/** OTLP 1.x, "Failures": after these statuses, the same document may be sent again. */
const retryable = [429, 502, 503, 504]

export function createSender(options: SenderOptions): Deliver {
  const { endpoint, authorization, log, patience = seconds(10) } = options
  const base = endpoint.replace(/\/+$/, '')
  const logFolded = createFoldedLog((entry, text) => log.warn(entry, text))
  return async (signal, document) => {
    const reason = await post(options, `${base}/v1/${signal}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: JSON.stringify(document),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    if (reason === undefined) return 'taken'
    logFolded(`${signal} ${reason}`, { signal, reason }, 'a collector did not take telemetry')
    return typeof reason === 'string' || retryable.includes(reason) ? 'later' : 'refused'
  }
}

/** `undefined`: the document was accepted. Otherwise a status, or the code of a failed connection. */
async function post(
  { fetch }: Pick<SenderOptions, 'fetch'>,
  url: string,
  init: RequestInit,
): Promise<number | string | undefined> {
  try {
    const response = await fetch(url, init)
    // The body of the answer is not used and may be endless.
    await response.body?.cancel()
    return response.ok ? undefined : response.status
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    if (!(cause instanceof Error)) return 'unknown'
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
  }
}
