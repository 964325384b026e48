/** Reads the entries that a directory gives: attribute names in any spelling, values as texts or bytes. */
import type { Entry } from 'ldapts'

/** The values as texts, in their order; empty if the attribute is absent or cannot be read. */
export function readTexts(entry: Entry, name: string): string[] {
  return readValues(entry, name).map((value) =>
    typeof value === 'string' ? value : value.toString('utf8'),
  )
}

export function readText(entry: Entry, name: string): string | undefined {
  return readTexts(entry, name).find((value) => value.trim() !== '')
}

export function readBytes(entry: Entry, name: string): Buffer[] {
  return readValues(entry, name).map((value) =>
    typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
  )
}

/** A whole number, as directories write one; 0 if the attribute has no number. */
export function readNumber(entry: Entry, name: string): bigint {
  const text = readText(entry, name) ?? ''
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : 0n
}

export function readFlag(entry: Entry, name: string): boolean {
  return readText(entry, name)?.toUpperCase() === 'TRUE'
}

function readValues(entry: Entry, name: string): (string | Buffer)[] {
  const key = Object.keys(entry).find((one) => one.toLowerCase() === name.toLowerCase())
  const value = key === undefined ? undefined : entry[key]
  if (value === undefined) return []
  return Array.isArray(value) ? [...value] : [value]
}

/** Milliseconds between 1601, where times of Windows begin, and 1970. */
const windowsEpoch = 11_644_473_600_000n

/** A time of Windows (100 ns since 1601) as milliseconds since the epoch; undefined for *never*. */
export function readWindowsTime(entry: Entry, name: string): number | undefined {
  const value = readNumber(entry, name)
  // Never is 0 or the largest number.
  if (value <= 0n || value >= 0x7fff_ffff_ffff_ffffn) return undefined
  return Number(value / 10_000n - windowsEpoch)
}

/** A time such as `20261127232848.458165Z` (RFC 4517, 3.3.13), in UTC; undefined for any other text. */
export function parseGeneralizedTime(text: string): number | undefined {
  const [, date, time, fraction = ''] = /^(\d{8})(\d{6})(?:[.,](\d+))?Z$/.exec(text) ?? []
  if (date === undefined || time === undefined) return undefined
  const day = date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
  const at = Date.parse(
    `${day}T${time.replace(/^(\d\d)(\d\d)(\d\d)$/, '$1:$2:$3')}.${fraction.slice(0, 3).padEnd(3, '0')}Z`,
  )
  return Number.isNaN(at) ? undefined : at
}

/** A security identifier in its written form, such as `S-1-5-21-…-1107` ([MS-DTYP] 2.4.2.2); undefined for other bytes. */
export function writeSid(bytes: Buffer): string | undefined {
  const count = bytes[1] ?? 0
  if (bytes[0] !== 1 || bytes.length !== 8 + 4 * count) return undefined
  const authority = bytes.readUIntBE(2, 6)
  const parts = Array.from({ length: count }, (_, at) => bytes.readUInt32LE(8 + 4 * at))
  return ['S', 1, authority, ...parts].join('-')
}
