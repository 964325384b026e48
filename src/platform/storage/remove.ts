/** Removes many rows in small batches, so that nobody else waits long for the database. */

const batch = 1000
/** So that one run ends, however fast others add rows; the next run goes on. */
const mostBatches = 500

/**
 * Calls `remove` repeatedly until it removes fewer rows than its limit.
 * @param remove removes at most `limit` rows and resolves with their number
 * @returns how many were removed
 */
export async function removeInBatches(remove: (limit: number) => Promise<number>): Promise<number> {
  let removed = 0
  for (let count = 0; count < mostBatches; count += 1) {
    const now = await remove(batch)
    removed += now
    if (now < batch) break
  }
  return removed
}
