/** How a failed delivery is said: in words that hold no secret and no address. */

/** The code of a failed connection, which names no address. */
export function describeReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'error'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}
