/** Lets a limited number of tries run at a time; the rest waits in line. */

export function createSlots({ limit, queueLimit }: { limit: number; queueLimit: number }) {
  let free = limit
  const line: ((taken: boolean) => void)[] = []

  return {
    /** Waits for a slot. `false`: the line is too long, or `signal` was aborted before there was one. */
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

    give(): void {
      const next = line.shift()
      if (next === undefined) free += 1
      else next(true)
    },
  }
}
