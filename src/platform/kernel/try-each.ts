/** Several pieces of work, none of which depends on the success of another. */

/**
 * Does all of it, one piece after the other. A failure does not stop the pieces after it.
 *
 * Throws what the only failure threw; after several failures an `AggregateError`, which has each of them.
 */
export async function tryEach(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const work of works) {
    try {
      await work()
    } catch (error) {
      failures.push(...listFailures(error))
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} failures`)
}

/** The failures that an error of `tryEach` consists of; every other error is one. */
export function listFailures(error: unknown): readonly unknown[] {
  return error instanceof AggregateError ? error.errors : [error]
}
