/** Finds the column of the user name. */
import type { Fields } from './record.ts'

/** In lower case; the first one that a record has is used. */
export const usernameColumns: readonly string[] = ['username', 'uid', 'samaccountname']

/** @param from the requested column, in lower case */
export function findUsername(fields: Fields, from: string | undefined): string | undefined {
  const columns = from === undefined ? usernameColumns : [from]
  const field = columns.map((column) => fields.get(column)).find((one) => one !== undefined)
  return field?.values[0]?.trim() || undefined
}
