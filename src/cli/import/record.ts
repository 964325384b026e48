/**
 * What every format of `einlass import` becomes: records with named values. Owns the type, the limits of size and how bytes
 * become text; knows no format and no meaning of a name.
 */

/** Bytes of one record. An entry of a directory may have a photo. */
export const maxRecordBytes = 4 * 1024 * 1024
/** Names in a record, and values of one of them. */
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

/** By their names in lower case: formats and people spell them in several ways. */
export type Fields = ReadonlyMap<string, Field>

/** What could not be read. No part of its text is in `reason`: it may be a password. */
export interface Unreadable {
  readonly type: 'unreadable'
  readonly line: number
  readonly reason: string
  /** Nothing of the file after it can be read. */
  readonly endsFile?: true
}

export type RecordReading = RawRecord | Unreadable

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `undefined`: it is no UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

export const notUtf8 = 'it is not UTF-8'

export type NewFields = Map<string, { readonly name: string; readonly values: string[] }>

/** `false`, and nothing is added: there are too many. */
export function addValue(fields: NewFields, name: string, value: string): boolean {
  const key = name.toLowerCase()
  const values = fields.get(key)?.values
  if ((values?.length ?? fields.size) >= maxValues) return false
  if (values === undefined) fields.set(key, { name, values: [value] })
  else values.push(value)
  return true
}
