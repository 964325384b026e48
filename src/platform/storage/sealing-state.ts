/**
 * What a database stores about the keys that seal its secrets: which one seals now, which others it needs, and the naming
 * secret, which is sealed itself and outlives every key. Owns these rows of `settings`, and the check that key file and
 * database belong together.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  createKeyring,
  extractNamingSecret,
  findKeyId,
  type KeyEncryptionKey,
  type Keyring,
} from '../kernel/keyring.ts'
import { systemRandom } from '../kernel/random.ts'
import type { Queries } from './database.ts'
import type { Keys } from './key-file.ts'
import { hasRowLocks } from './row-locks.ts'

/** The mark: a value that the key that seals now has sealed. */
const checkName = 'key_check'
/** Sealed secret from which the names of users at apps, the form tokens and so on are derived. */
const namingName = 'naming_secret'
/** JSON: the keys that were added while running. */
const listName = 'sealing_keys'

/** The names of these rows. */
export const sealingRows: readonly string[] = [checkName, namingName, listName]

const buildContext = (name: string): string => `settings/${name}/value`

const knownKeysSchema = z.array(
  z.strictObject({
    id: z.string(),
    /** Fingerprint of the key's bytes: in a line that was copied by hand, the same id can have other bytes. */
    fingerprint: z.string(),
    /** Milliseconds since the epoch, as all times here. */
    addedAt: z.number(),
    /** `null`: it waits until every server has it. */
    sealsSince: z.number().nullable(),
    /** Since when nothing is sealed with it, so that it may be missing. */
    retiredAt: z.number().nullable(),
  }),
)

export type KnownKey = z.output<typeof knownKeysSchema>[number]

export interface SealingState {
  /** The mark of the key that seals; `undefined`: the database was never used with a key. */
  readonly check: string | undefined
  /** `undefined`: the last program that used the database derived from the key itself. */
  readonly naming: string | undefined
  /** In the order in which they were added; empty while there is only the first key. */
  readonly keys: readonly KnownKey[]
}

/** Throws an Error with a message for people when a row was changed by hand. */
export async function readSealingState(queries: Queries): Promise<SealingState> {
  const rows = await queries
    .selectFrom('settings')
    .select(['name', 'value'])
    .where('name', 'in', sealingRows)
    .execute()
  const find = (wanted: string) => rows.find(({ name }) => name === wanted)?.value
  const list = find(listName)
  return {
    check: find(checkName),
    naming: find(namingName),
    keys: list === undefined ? [] : readKnownKeys(list),
  }
}

function readKnownKeys(text: string): KnownKey[] {
  try {
    return knownKeysSchema.parse(JSON.parse(text))
  } catch (cause) {
    const message =
      'the row sealing_keys of the table settings cannot be read: it was changed. Take the row from a backup'
    throw new Error(message, { cause })
  }
}

/** The id of the key that seals; `undefined`: the database was never used with one. */
export const findSealingKey = ({ check }: SealingState): string | undefined =>
  check === undefined ? undefined : findKeyId(check)

/** The id of the key that everything derived depends on: the naming secret is sealed with it, or is made of it. */
export const findNamingKey = (state: SealingState): string | undefined =>
  state.naming === undefined ? findSealingKey(state) : findKeyId(state.naming)

/** Distinguishes keys without revealing them. */
export function computeFingerprint({ id, key }: KeyEncryptionKey): string {
  const hash = createHash('sha256').update(`einlass key ${id}`).update(key)
  return hash.digest('base64url').slice(0, 16)
}

/**
 * The keys in the order for a keyring: first the one that seals, then the others, newest first. Throws an Error with a message
 * for people when a key that the database needs is missing, or differs from the key that had its id before.
 */
export function orderKeys(keys: Keys, state: SealingState): Keys {
  const id = findSealingKey(state)
  const sealing = id === undefined ? keys[0] : keys.find((key) => key.id === id)
  const missing = listNeededKeys(state).filter((one) => keys.every((key) => key.id !== one))
  if (sealing === undefined || missing.length > 0) throw new Error(missingText(missing, keys))
  for (const key of keys) {
    const known = state.keys.find((one) => one.id === key.id)
    if (known !== undefined && known.fingerprint !== computeFingerprint(key)) {
      throw new Error(
        `the key ${key.id} is another one than the database had under this id: its line was changed or copied wrongly`,
      )
    }
  }
  // If a thief of an earlier key file puts an old row back, everything would be sealed with a key that the thief has.
  if (state.keys.some((one) => one.id === id && one.retiredAt !== null))
    throw new Error(
      `the row key_check of the table settings names the key ${id}, which was retired: the row was changed. Take it from a backup of after the rotation`,
    )
  return [sealing, ...keys.filter((key) => key !== sealing)]
}

/** The ids of the keys that the database cannot be used without: the one that seals, and those that were not retired. */
export function listNeededKeys(state: SealingState): string[] {
  const sealing = findSealingKey(state)
  const lasting = state.keys.filter((key) => key.sealsSince !== null && key.retiredAt === null)
  return [...new Set([...(sealing === undefined ? [] : [sealing]), ...lasting.map(({ id }) => id)])]
}

function missingText(ids: readonly string[], keys: Keys): string {
  const found = keys.map(({ id }) => id).join(', ')
  return `the key file does not belong to this database, or lacks a key: the database needs ${ids.join(', ')}, and there is ${found}. Put the line of each missing key back, from the copy of the key file; a backup from before a rotation needs the keys of that time.`
}

/**
 * The naming secret. Throws an Error that says so when it cannot be opened, or was removed.
 * @param keys as `orderKeys` gives them
 */
export function openNamingSecret(keys: Keys, { check, naming }: SealingState): Uint8Array {
  const keyring = createKeyring({ keys, random: systemRandom })
  if (naming === undefined) {
    const mark = check === undefined ? undefined : openMark(keyring, check)
    if (mark?.startsWith(namedMark)) throw new Error(lostText)
    return extractNamingSecret(keys[0])
  }
  try {
    return keyring.open(buildContext(namingName), naming)
  } catch (cause) {
    throw new Error(lostText, { cause })
  }
}

const lostText =
  'the row naming_secret of the table settings cannot be opened: it was changed or removed, or is of another database. Names of users at apps come from it, so it is not made anew. Take the row from a backup'

function openMark(keyring: Pick<Keyring, 'open'>, check: string): string | undefined {
  try {
    return Buffer.from(keyring.open(buildContext(checkName), check)).toString()
  } catch {
    return undefined
  }
}

/**
 * Writes the missing marks. A database that was never used with a key gets both, with a new random naming secret; otherwise the
 * naming secret stays the one that it had until now. If two processes do this at once, both use the result of the first.
 */
export async function writeMarks(queries: Queries, keys: Keys): Promise<void> {
  const state = await readSealingState(queries)
  if (state.check !== undefined && state.naming !== undefined) return
  const isNew = state.check === undefined
  const ordered = orderKeys(keys, state)
  const keyring = createKeyring({ keys: ordered, random: systemRandom })
  const secret = isNew ? systemRandom.bytes(32) : extractNamingSecret(ordered[0])
  const earlier = ordered.slice(1).map(({ id }) => id)
  const naming = { name: namingName, value: keyring.seal(buildContext(namingName), secret) }
  await queries
    .insertInto('settings')
    .values(isNew ? [makeCheck(keyring, writeMark(earlier, true)), naming] : [naming])
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

/** The content of the mark in a database that must have a naming secret; the ids of the earlier keys follow it. */
const namedMark = 'einlass, with a naming secret'
const boundWords = ', and all rows bound'
const afterWords = '\nafter '

const writeMark = (earlier: readonly string[], isBound: boolean): string =>
  `${namedMark}${isBound ? boundWords : ''}${afterWords}${earlier.join(' ')}`

/**
 * Whether every row that grants access has its code, see bound-rows.ts. The mark says so, because without a sealing key nobody
 * can write another one.
 */
export function areRowsBound(keyring: Pick<Keyring, 'open'>, { check }: SealingState): boolean {
  const mark = openMark(keyring, check ?? '')
  return mark?.split(afterWords)[0]?.endsWith(boundWords) === true
}

/**
 * The ids of the keys that the sealing key replaced, from the mark that it sealed. Only that key can write the mark, while the
 * list can be changed by hand. `undefined`: the mark is from an earlier program and has no ids.
 */
export function readEarlierKeys(keys: Keys, { check }: SealingState): string[] | undefined {
  const mark = openMark(createKeyring({ keys, random: systemRandom }), check ?? '')
  return mark
    ?.split(afterWords)[1]
    ?.split(' ')
    .filter((id) => id !== '')
}

/**
 * The same. If the mark has no ids: the keys that were added before it in the database and, of the keys unknown there, the
 * older ones of the source.
 * @param keys as the source has them: newest first
 */
export function findEarlierKeys(keys: Keys, state: SealingState): ReadonlySet<string> {
  const said = readEarlierKeys(keys, state)
  if (said !== undefined) return new Set(said)
  const isSealing = ({ id }: { readonly id: string }) => id === findSealingKey(state)
  const at = state.keys.findIndex(isSealing)
  // A list without the key itself does not show which keys came before it.
  const listed = at < 0 ? [] : state.keys
  const older = keys.slice(keys.findIndex(isSealing) + 1)
  const unlisted = older.filter(({ id }) => listed.every((known) => known.id !== id))
  return new Set([...listed.slice(0, Math.max(at, 0)), ...unlisted].map(({ id }) => id))
}

/**
 * The ids of all keys that the key `next` replaces when it begins to seal, for its mark. A key that still waits is not among
 * them: it may follow later.
 */
export function listFollowed(next: string, keys: Keys, state: SealingState): string[] {
  const waiting = state.keys.filter((key) => key.sealsSince === null && key.retiredAt === null)
  const isBefore = (id: string) => id !== next && waiting.every((key) => key.id !== id)
  const known = state.keys.map(({ id }) => id)
  const all = [findSealingKey(state) ?? next, ...known, ...findEarlierKeys(keys, state)]
  return [...new Set(all)].filter(isBefore)
}

/** The programs that give rows their codes. */
export const firstToBind = { migration: '089-bound-rows', version: '0.1.0' } as const

/** From now on the mark says that every row has its code. Throws when the mark does not open. */
export async function writeBoundMark(
  tx: Queries,
  keyring: Keyring,
  { check }: SealingState,
): Promise<void> {
  const mark = openMark(keyring, check ?? '')
  if (mark === undefined) throw new Error('the row key_check of the table settings does not open')
  const [content = '', ...after] = mark.split(afterWords)
  if (content.endsWith(boundWords)) return
  // A mark without the name of a naming secret stays without it: the database may have none.
  const text = [`${content}${boundWords}`, ...after].join(afterWords)
  const { name, value } = makeCheck(keyring, text)
  await tx.updateTable('settings').set({ value }).where('name', '=', name).execute()
}

/** For the first key, which began to seal before there was a list. */
const unknownTime = 0

export const describeKey = (key: KeyEncryptionKey, now: number, waits: boolean): KnownKey => ({
  id: key.id,
  fingerprint: computeFingerprint(key),
  addedAt: now,
  sealsSince: waits ? null : unknownTime,
  retiredAt: null,
})

/** The message for a mark whose key was replaced by another one: an old mark was put back after the rotation. */
export const putBackText = (id: string, later: string): string =>
  `the row key_check of the table settings names the key ${id}, and ${later} has sealed after it: the row is one of before a rotation, put back by hand or by a restore while this server ran. Start it again: it takes the later one of the keys that have sealed values here`

const makeCheck = (keyring: Pick<Keyring, 'seal'>, mark = 'einlass') => ({
  name: checkName,
  value: keyring.seal(buildContext(checkName), Buffer.from(mark)),
})

/**
 * Compares the keyring with the database. The first keyring leaves a sealed mark in `settings`, and later ones must be able to
 * open it. Throws an Error when the key file belongs to another database.
 */
export async function checkKeyring(queries: Queries, keyring: Keyring): Promise<void> {
  if ((await readSealingState(queries)).check === undefined) {
    await queries
      .insertInto('settings')
      .values(makeCheck(keyring))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
  }
  const { check } = await readSealingState(queries)
  try {
    keyring.open(buildContext(checkName), check ?? '')
  } catch (cause) {
    throw new Error(
      'the key file does not belong to this database: it was set up with another key. Restore the key file of this database, or name the right one in the configuration.',
      { cause },
    )
  }
}

/**
 * A lock until the transaction ends, for servers that note which keys they have and for the command that lets another key seal.
 * So no server starts without a key that begins to seal at the same moment.
 */
export async function lockSealingState(tx: Queries): Promise<void> {
  const mark = tx.selectFrom('settings').select('name').where('name', '=', checkName)
  await (hasRowLocks(tx) ? mark.forUpdate() : mark).execute()
}

export async function writeKnownKeys(tx: Queries, keys: readonly KnownKey[]): Promise<void> {
  const value = JSON.stringify(keys)
  await tx
    .insertInto('settings')
    .values({ name: listName, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/**
 * From now on servers seal with the first key of the keyring.
 * @param earlier the ids of all keys that sealed before
 */
export async function writeCheck(
  tx: Queries,
  keyring: Pick<Keyring, 'seal' | 'open'>,
  earlier: readonly string[],
): Promise<void> {
  const isBound = areRowsBound(keyring, await readSealingState(tx))
  const { name, value } = makeCheck(keyring, writeMark(earlier, isBound))
  await tx.updateTable('settings').set({ value }).where('name', '=', name).execute()
}

/** Throws an Error with a message for people when a mark of the database does not open. */
export function checkMarks(keyring: Keyring, state: SealingState): void {
  for (const [name, value] of [
    [checkName, state.check],
    [namingName, state.naming],
  ] as const) {
    if (value === undefined) continue
    try {
      keyring.open(buildContext(name), value)
    } catch (cause) {
      const text = `the row ${name} of the table settings cannot be opened: it was changed, or is of another database. Take the row from a backup`
      throw new Error(text, { cause })
    }
  }
}
