/** The values that a query may have as parameters, the same on both engines. */

export type Parameter = string | number | bigint | Uint8Array | null

/**
 * Throws for everything else. node:sqlite and pg would both silently store `undefined` as NULL. node:sqlite would take an
 * object in first place for named parameters, pg would store it as JSON.
 */
export function checkParameter(value: unknown, index: number): Parameter {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value
  if (typeof value === 'number' || value instanceof Uint8Array) return value
  throw new TypeError(`parameter ${index + 1} of a query is of type ${typeof value}`)
}
