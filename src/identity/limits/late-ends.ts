/**
 * Waits, as the clock of this process sees them. One that ends later than a wait of now could was written by a clock that was
 * ahead, of another node or of this one before it was set back. It then lasts as long as the longest wait, from when it was first
 * seen here. The row stays as it is until then: were it shortened, nodes whose clocks are far apart would free one another's
 * guesses. In memory, per process.
 */
export interface LateEnds {
  /** How long the wait of this key still lasts, in milliseconds; not above 0: it is over. */
  findRest(key: string, end: number, now: number): number
  /** The end of a wait that is over before that end; `undefined`: no such wait is known. */
  findOver(key: string, now: number): number | undefined
}

export interface LateEndsOptions {
  /** Milliseconds. */
  readonly longestWait: number
  /** How many keys are remembered. Beyond, the oldest begins anew. */
  readonly max?: number
}

export function createLateEnds({ longestWait, max = 10_000 }: LateEndsOptions): LateEnds {
  const seen = new Map<string, { readonly end: number; readonly at: number }>()

  function see(key: string, end: number, now: number): { readonly at: number } {
    const before = seen.get(key)
    // Also this clock may be set back again.
    if (before?.end === end && before.at <= now) return before
    const first = { end, at: now }
    seen.delete(key)
    seen.set(key, first)
    const [oldest] = seen.keys()
    if (seen.size > max && oldest !== undefined) seen.delete(oldest)
    return first
  }

  return {
    findRest(key, end, now) {
      const left = end - now
      return left <= longestWait ? left : see(key, end, now).at + longestWait - now
    },
    findOver(key, now) {
      const one = seen.get(key)
      return one !== undefined && one.at + longestWait <= now ? one.end : undefined
    },
  }
}
