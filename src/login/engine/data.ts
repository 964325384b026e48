/**
 * What a journey remembers between its steps. Owns the typed access to it: each value is declared once, by the room that it
 * belongs to, and read and written through its entry. A misspelled name or a wrong type does not compile, and a stored
 * value that is broken throws wherever it is read.
 */
import type { z } from 'zod'

declare const opaque: unique symbol

/** What a journey remembers. Opaque: only entries read it. */
export interface JourneyData {
  readonly [opaque]?: 'data'
}

/** Values that a move sets or takes out. Opaque: only entries write them. Several are put together by spreading. */
export interface DataChange {
  readonly [opaque]?: 'data' | 'change'
}

/** JSON that needs no nesting. */
type Scalar = string | number | boolean

type Stored = Readonly<Record<string, unknown>>

/** One value that a journey remembers. */
export interface JourneyEntry<Value extends Scalar> {
  /** `undefined`: the journey has none. Throws for a value that the schema refuses. */
  read(data: DataChange): Value | undefined
  /** Sets the value; `undefined` takes it out. */
  write(value: Value): JourneyData
  write(value: Value | undefined): DataChange
  clear(): DataChange
}

/**
 * Declares one value.
 * @param name `room.what`, as it is stored: rows of running journeys have it, so it never changes
 * @example
 * const sends = journeyEntry('push.sends', z.int())
 * sends.read(context.data)                                     // number | undefined
 * return { type: 'ask', form, change: { data: sends.write(1) } }
 */
export function journeyEntry<Value extends Scalar>(
  name: `${string}.${string}`,
  schema: z.ZodType<Value>,
): JourneyEntry<Value> {
  const write = (value: Value | undefined) => ({ [name]: value }) as JourneyData
  return {
    read(data) {
      const value = (data as Stored)[name]
      if (value === undefined) return undefined
      const parsed = schema.safeParse(value)
      if (!parsed.success) throw new Error(`the journey data ${name} is broken`)
      return parsed.data
    },
    write,
    clear: () => write(undefined),
  }
}

/** The data after a change. */
export function mergeData(data: JourneyData, change: DataChange): JourneyData {
  const merged: Record<string, unknown> = {}
  const all = { ...data, ...change } as Stored
  for (const name of Object.keys(all)) {
    const value = all[name]
    if (value !== undefined) merged[name] = value
  }
  return merged as JourneyData
}
