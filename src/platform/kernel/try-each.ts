/** Several pieces of work, none of which depends on the success of another. */

/** Not every `AggregateError` is one: a connection that fails at several addresses throws one too, and it is one failure. */
class SeveralFailures extends AggregateError {}

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
  if (failures.length > 1) throw new SeveralFailures(failures, `${failures.length} failures`)
}

/** The failures that an error of `tryEach` consists of; every other error is one. */
export function listFailures(error: unknown): readonly unknown[] {
  return error instanceof SeveralFailures ? error.errors : [error]
}
