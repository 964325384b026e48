/**
 * The published keys of apps, as the library fetches them: anybody who knows the id of an app can cause a fetch. Owns that each
 * address is fetched only once at a time, and not again for a minute after a failure; and how long keys stay valid without a
 * new fetch.
 */
import type { GuardedFetch, GuardedRequest } from '../../../platform/http/guarded-fetch.ts'
import { type Clock, isOver, minutes } from '../../../platform/kernel/clock.ts'
import { findKeysProblem } from './client-keys.ts'

const pause = minutes(1)
/** Seconds: a key that an app withdraws is not used longer than that, whatever its server says. */
const longestLife = 3600
/** How many failed addresses are remembered; the oldest is removed first. */
const mostAddresses = 1000

/** The published keys as text; a response can be read only once. */
interface Published {
  readonly text: string
  /** Seconds. The library uses at least a minute. */
  readonly life: number
}

/** @param most how many keys an app may have */
export function createKeysFetch(fetch: GuardedFetch, most: number, clock: Clock) {
  const running = new Map<string, Promise<Published>>()
  const failed = new Map<string, number>()

  async function load(url: string, request: GuardedRequest): Promise<Published> {
    try {
      const response = await fetch(url, request)
      const text = await response.text()
      if (response.status !== 200) throw new Error(`an answer with the status ${response.status}`)
      const problem = findKeysProblem(readKeys(text), most)
      if (problem !== undefined) throw new Error(`other keys than ${problem}`)
      return { text, life: findLife(response.headers, clock.now()) }
    } catch (error) {
      failed.delete(url)
      failed.set(url, clock.now())
      const [oldest] = failed.keys()
      if (failed.size > mostAddresses && oldest !== undefined) failed.delete(oldest)
      throw error
    } finally {
      running.delete(url)
    }
  }

  return async (url: string, request: GuardedRequest): Promise<Response> => {
    const failedAt = failed.get(url) ?? Number.NEGATIVE_INFINITY
    if (!isOver(failedAt, pause, clock.now())) throw new Error('it gave no keys a moment ago')
    const begun = running.get(url) ?? load(url, request)
    running.set(url, begun)
    const { text, life } = await begun
    return new Response(text, { headers: { 'cache-control': `max-age=${life}` } })
  }
}

/** RFC 9111 section 4.2.1. */
function findLife(headers: Headers, now: number): number {
  const [, maxAge] = /(?:^|[\s,])max-age=(\d+)/i.exec(headers.get('cache-control') ?? '') ?? []
  const expires = Date.parse(headers.get('expires') ?? '')
  const said = maxAge === undefined ? Math.floor((expires - now) / 1000) : Number(maxAge)
  return Math.min(Math.max(said || 0, 0), longestLife)
}

function readKeys(text: string): readonly unknown[] {
  const { keys } = Object(JSON.parse(text))
  if (!Array.isArray(keys)) throw new Error('no JWK Set')
  return keys
}
