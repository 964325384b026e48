/** Work that is asked for more often than it can be done. */

/**
 * Does the work at each call, one at a time. While it is being done, any number of calls are one more run behind it, which sees
 * all that was there at the last of them. `fail` hears of what the work throws.
 */
export function joinRuns(work: () => Promise<void>, fail: (error: unknown) => void): () => void {
  let isRunning = false
  let isAskedAgain = false

  async function runUntilDone(): Promise<void> {
    do {
      isAskedAgain = false
      await work().catch(fail)
    } while (isAskedAgain)
    isRunning = false
  }

  return () => {
    isAskedAgain = true
    if (isRunning) return
    isRunning = true
    void runUntilDone()
  }
}
