/**
 * The common form of all formats of `einlass import`: records with named values. Owns the type, the size limits and how bytes
 * become text; knows no format and no meaning of a name.
 */

/** Most bytes of one record; an entry of a directory may have a photo. */
export const maxRecordBytes = 4 * 1024 * 1024
/** Most names in a record, and most values of one name. */
export const maxValues = 10_000

export interface RawRecord {
  readonly type: 'record'
  /** The line of the file at which it begins, from 1. */
  readonly line: number
  readonly fields: Fields
}

export interface Field {
  /** As it stands in the file. */
  readonly name: string
  /** At least one. */
  readonly values: readonly string[]
}

/** Values by their names in lower case, because formats and people spell names differently. */
export type Fields = ReadonlyMap<string, Field>

/** A record that could not be read. `reason` has no part of its text, which may be a password. */
export interface Unreadable {
  readonly type: 'unreadable'
  readonly line: number
  readonly reason: string
  /** The rest of the file cannot be read. */
  readonly endsFile?: true
}

export type RecordReading = RawRecord | Unreadable

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `undefined`: the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

export const notUtf8 = 'it is not UTF-8'

export type NewFields = Map<string, { readonly name: string; readonly values: string[] }>

/** Returns `false` and adds nothing if there are too many values. */
export function addValue(fields: NewFields, name: string, value: string): boolean {
  const key = name.toLowerCase()
  const values = fields.get(key)?.values
  if ((values?.length ?? fields.size) >= maxValues) return false
  if (values === undefined) fields.set(key, { name, values: [value] })
  else values.push(value)
  return true
}
