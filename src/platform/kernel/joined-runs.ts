/** Work that is asked for more often than it can be done. */

/**
 * Does the work at each call, one run at a time. Any number of calls during a run cause one more run after it, which sees
 * all that was there at the last call. `fail` receives what the work throws.
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
