/** Describes a failed delivery in words that contain no secret and no address. */

/** Returns the code of a failed connection, which contains no address. */
export function describeReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'error'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}
