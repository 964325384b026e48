/** Readers for values from outside. A reader returns the typed value or `undefined`. Never throws. */

export type Reader<T> = (value: unknown) => T | undefined
export type Read<R> = R extends Reader<infer T> ? T : never

type Fields = Readonly<Record<string, Reader<unknown>>>
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly optional: true } ? K : never
}[keyof F]
export type Shape<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Read<F[K]>
} & { readonly [K in OptionalKeys<F>]?: Read<F[K]> }

/**
 * An object with these members. Further members are ignored, so that a later version can add some.
 * @example readObject({ id: readText(64), name: optional(readText(80)) })({ id: 'a', more: 1 }) // { id: 'a' }
 */
export function readObject<F extends Fields>(fields: F): Reader<Shape<F>> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const given = new Map<string, unknown>(Object.entries(value))
    const found: Record<string, unknown> = {}
    for (const [name, read] of Object.entries(fields)) {
      if ('optional' in read && !given.has(name)) continue
      const member = read(given.get(name))
      if (member === undefined) return undefined
      found[name] = member
    }
    return found as Shape<F>
  }
}

/** A member that may be absent. If it is present, it has to be valid. */
export function optional<T>(read: Reader<T>): Reader<T> & { readonly optional: true } {
  return Object.assign((value: unknown) => read(value), { optional: true as const })
}

/** A text of 1 to `longest` UTF-16 code units without control characters, of this pattern if there is one. */
export function readText(longest: number, pattern = /^[^\p{Cc}]+$/u): Reader<string> {
  return (value) =>
    typeof value === 'string' && value.length <= longest && pattern.test(value) ? value : undefined
}

export function readOneOf<const T extends string | number>(...allowed: readonly T[]): Reader<T> {
  return (value) => allowed.find((one) => one === value)
}

/** A whole number from `least` to `most`. */
export function readWhole(least: number, most: number): Reader<number> {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined
}

export function readList<T>(read: Reader<T>, most: number): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) return undefined
    const members = value.map(read)
    return members.every((one) => one !== undefined) ? members : undefined
  }
}
