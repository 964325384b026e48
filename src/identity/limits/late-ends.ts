/**
 * Waits, as the clock of this process sees them. If a wait ends later than one that starts now could, a clock that was
 * ahead wrote it: that of another node, or this one before it was set back. Such a wait lasts as long as the longest
 * wait, from the time when this process first saw it. Its row does not change until then. If it were shortened, nodes
 * whose clocks differ much would admit guesses for one another. In memory, per process.
 */
export interface LateEnds {
  /** How long the wait of this key still lasts, in milliseconds; 0 or less: it is over. */
  findRest(key: string, end: number, now: number): number
  /** The stored end of a wait that is over earlier than that; `undefined`: no such wait is known. */
  findOver(key: string, now: number): number | undefined
}

export interface LateEndsOptions {
  /** Milliseconds. */
  readonly longestWait: number
  /** How many keys are remembered. With more, the oldest one is forgotten and its wait begins anew. */
  readonly max?: number
}

export function createLateEnds({ longestWait, max = 10_000 }: LateEndsOptions): LateEnds {
  const seen = new Map<string, { readonly end: number; readonly at: number }>()

  function see(key: string, end: number, now: number): { readonly at: number } {
    const before = seen.get(key)
    // This clock, too, may be set back again.
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
