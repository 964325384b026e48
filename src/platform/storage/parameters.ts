/** What a query may carry as a parameter, the same on both engines. */

export type Parameter = string | number | bigint | Uint8Array | null

/**
 * Throws for everything else. node:sqlite and pg would both store `undefined` as NULL without a word, and an object
 * in first place would name parameters for one and become JSON for the other.
 */
export function checkParameter(value: unknown, index: number): Parameter {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value
  if (typeof value === 'number' || value instanceof Uint8Array) return value
  throw new TypeError(`parameter ${index + 1} of a query is of type ${typeof value}`)
}
