/** A concurrency limit: only `limit` tries run at a time; up to `queueLimit` others wait in a queue. */

export function createSlots({ limit, queueLimit }: { limit: number; queueLimit: number }) {
  let free = limit
  const line: ((taken: boolean) => void)[] = []

  return {
    /** Waits for a slot. `false`: the queue is full, or `signal` was aborted before a slot was free. */
    async take(signal: AbortSignal): Promise<boolean> {
      if (signal.aborted) return false
      if (free > 0) {
        free -= 1
        return true
      }
      if (line.length >= queueLimit) return false
      return await new Promise<boolean>((resolve) => {
        const leave = () => {
          line.splice(line.indexOf(enter), 1)
          resolve(false)
        }
        const enter = (taken: boolean) => {
          signal.removeEventListener('abort', leave)
          resolve(taken)
        }
        signal.addEventListener('abort', leave, { once: true })
        line.push(enter)
      })
    },

    /** Gives a slot back. Call it once for each `true` of `take`. */
    give(): void {
      const next = line.shift()
      if (next === undefined) free += 1
      else next(true)
    },
  }
}
