/**
 * All sealed values of the database: counts them by key, and wraps them anew with the key that seals now. Owns the walk through
 * the tables in small transactions, so that it can stop anywhere and continue later. sealed-columns.ts has the list of tables.
 */
import { type RawBuilder, sql } from 'kysely'
import { type ChangingKeyring, findKeyId, startOfSealed } from '../kernel/keyring.ts'
import type { Database, Queries } from './database.ts'
import { hasColumn } from './has-table.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'
import { transact } from './transact.ts'

/** In place of the id of a key. */
const unreadable = '?'

/** How many values of a column are sealed with a key. */
export interface SealedCount {
  readonly table: string
  readonly column: string
  readonly keyId: string
  readonly values: number
}

interface Value {
  readonly key: string
  readonly text: string
}

/** The most rows that one transaction changes: other writers wait only for these. */
const rowsAtOnce = 200

const nameContext = ({ table, column }: SealedColumn, key: string): string =>
  `${table}/${key}/${column}`

/**
 * Counts the sealed values of every column by their key.
 * @param keyring inside JSON only values of its keys are found, as other texts there may come from anybody
 */
export async function countSealedValues(
  db: Database,
  keyring: ChangingKeyring,
): Promise<SealedCount[]> {
  const counts: SealedCount[] = []
  for (const place of sealedColumns) {
    const byKey = new Map<string, number>()
    for await (const values of readValues(db, place)) {
      for (const value of values) {
        for (const id of listKeyIds(place, value, keyring)) byKey.set(id, (byKey.get(id) ?? 0) + 1)
      }
    }
    const { table, column } = place
    for (const [keyId, count] of byKey) counts.push({ table, column, keyId, values: count })
  }
  return counts
}

export interface Rewrapping {
  /** How many values were wrapped anew. */
  readonly moved: number
  /** Values that do not open, as `table key column`: they were changed, or their key is missing. */
  readonly broken: readonly string[]
}

/** Wraps every sealed value with the key that seals now. Running servers may read and write meanwhile. */
export async function rewrapSealedValues(
  db: Database,
  keyring: ChangingKeyring,
  onValues: (values: number) => void = () => {},
): Promise<Rewrapping> {
  let moved = 0
  const broken: string[] = []
  for (const place of sealedColumns) {
    for await (const values of readValues(db, place, { except: keyring.sealingKey })) {
      const changes = values.flatMap((value) => rewrapValue(place, value, keyring, broken))
      if (changes.length > 0) {
        moved += await transact(db, async (tx) => {
          let changed = 0
          for (const change of changes) changed += await writeValue(tx, place, change)
          return changed
        })
      }
      onValues(values.length)
    }
  }
  return { moved, broken }
}

/** The values that do not open, as `table key column`. Skips values inside JSON, which are short-lived. */
export async function findBrokenValues(db: Database, keyring: ChangingKeyring): Promise<string[]> {
  const broken: string[] = []
  for (const place of sealedColumns.filter(({ form }) => form !== 'json')) {
    for await (const values of readValues(db, place)) {
      for (const { key, text } of values) {
        const opened = unlessBroken(() => keyring.open(nameContext(place, key), text))
        if (opened === undefined) broken.push(`${place.table} ${key} ${place.column}`)
      }
    }
  }
  return broken
}

/** Whether a key has sealed a value that opens. Skips values inside JSON. Reads databases of earlier schemas too. */
export async function hasSealedValue(
  queries: Queries,
  keyring: Pick<ChangingKeyring, 'open'>,
  keyId: string,
): Promise<boolean> {
  for (const place of sealedColumns.filter(({ form }) => form !== 'json')) {
    if (!(await hasColumn(queries, place.table, place.column))) continue
    for await (const values of readValues(queries, place, { only: keyId }))
      for (const { key, text } of values)
        if (unlessBroken(() => keyring.open(nameContext(place, key), text))) return true
  }
  return false
}

interface Choice {
  /** Only values that are sealed with this key. */
  readonly only?: string
  /** Only values that are not sealed with this key. */
  readonly except?: string
}

/** Reads values in batches, in the order of their rows' keys. */
async function* readValues(
  db: Queries,
  place: SealedColumn,
  choice: Choice = {},
): AsyncGenerator<readonly Value[]> {
  const column = sql.ref(place.column)
  const key = sql.ref(place.key)
  for (let after = ''; ; ) {
    const { rows } = await sql<Value>`
      select ${key} as key, ${column} as text from ${sql.table(place.table)}
      where ${key} > ${after} and ${isSealed(place, choice)} ${findPart(place)}
      order by ${key} limit ${sql.lit(rowsAtOnce)}`.execute(db)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = last.key
  }
}

function isSealed(
  { column, form, emptied }: SealedColumn,
  { only, except }: Choice,
): RawBuilder<boolean> {
  const value = sql.ref(column)
  if (form === 'json') return sql`${value} like '%":"v1.%'`
  // A value that was changed by hand may look like anything.
  const isThere = emptied === true ? sql`${value} <> ''` : sql`${value} is not null`
  const some = column.endsWith('_sealed') ? isThere : sql`${value} like 'v1.%'`
  const keyId = only ?? except
  if (keyId === undefined) return sql`${some}`
  const start = startOfSealed(keyId)
  const found = sql`substr(${value}, 1, ${sql.lit(start.length)})`
  return only === undefined
    ? sql`${some} and ${found} <> ${start}`
    : sql`${some} and ${found} = ${start}`
}

const findPart = ({ where }: SealedColumn): RawBuilder<unknown> =>
  where === undefined ? sql`` : sql`and ${sql.ref(where.column)} = ${where.value}`

interface Change {
  readonly key: string
  readonly before: string
  readonly after: string
}

function rewrapValue(
  place: SealedColumn,
  { key, text }: Value,
  keyring: ChangingKeyring,
  broken: string[],
): Change[] {
  if (place.form === 'json') {
    const after = text.replace(sealedMember, (whole: string, member: string, sealed: string) => {
      const moved = unlessBroken(() => keyring.rewrap(`${place.table}/${key}/${member}`, sealed))
      return moved === undefined ? whole : `"${member}":"${moved}"`
    })
    return after === text ? [] : [{ key, before: text, after }]
  }
  try {
    const after = keyring.rewrap(nameContext(place, key), text)
    return after === undefined ? [] : [{ key, before: text, after }]
  } catch {
    broken.push(`${place.table} ${key} ${place.column}`)
    return []
  }
}

/** A member of a JSON object whose value looks sealed. */
const sealedMember = /"([\w.-]+)":"(v1\.[\w-]+\.[\w-]+)"/g

function listKeyIds(place: SealedColumn, { key, text }: Value, keyring: ChangingKeyring): string[] {
  if (place.form !== 'json') return [findKeyId(text) ?? unreadable]
  return [...text.matchAll(sealedMember)]
    .filter(([, member, sealed = '']) => {
      const opened = unlessBroken(() => keyring.open(`${place.table}/${key}/${member}`, sealed))
      return opened !== undefined
    })
    .map(([, , sealed = '']) => findKeyId(sealed) ?? unreadable)
}

function unlessBroken<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** Returns 0 if a server has written the value meanwhile, with the key that seals. */
async function writeValue(
  queries: Queries,
  place: SealedColumn,
  { key, before, after }: Change,
): Promise<number> {
  const column = sql.ref(place.column)
  const result = await sql`
    update ${sql.table(place.table)} set ${column} = ${after}
    where ${sql.ref(place.key)} = ${key} and ${column} = ${before} ${findPart(place)}`.execute(
    queries,
  )
  return Number(result.numAffectedRows ?? 0)
}
