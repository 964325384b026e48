/** One call of a phone to its server, with the headers and the judgement of the vendor's clients. */
import { type PhoneAction, type PhoneClient, phoneHeaders } from '#forgerock-push'
import type { Log } from '../../platform/kernel/log.ts'
import type { StoredAccount } from './accounts.ts'

/** How the server took a call. The phone reads no more from an answer than this, like the vendor's clients. */
export type Failure =
  | { readonly type: 'rejected'; readonly status: number }
  | { readonly type: 'unreachable'; readonly detail: string }

/** Sends one request; gives nothing when the client would take the answer for a success. */
export function createCall({
  fetch,
  log,
}: {
  readonly fetch: typeof globalThis.fetch
  readonly log: Log
}) {
  return async function call(
    { client, cookie }: Pick<StoredAccount, 'client' | 'cookie'>,
    action: PhoneAction,
    url: string,
    body: string,
  ): Promise<Failure | undefined> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: phoneHeaders(client, action, cookie === '' ? undefined : cookie),
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(client === 'ios' ? 60_000 : 30_000),
      })
      const text = await response.text()
      if (isSuccess(client, response.status, text)) return undefined
      return { type: 'rejected', status: response.status }
    } catch (error) {
      log.debug({ error, action }, 'the server was not reached')
      return { type: 'unreachable', detail: findDetail(error) }
    }
  }
}

/** The Android client wants exactly 200. The iOS client takes 200 to 302, with nothing or a JSON object in the body. */
function isSuccess(client: PhoneClient, status: number, body: string): boolean {
  if (client === 'android') return status === 200
  return status >= 200 && status <= 302 && (body === '' || isJsonObject(body))
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function findDetail(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
