/**
 * The mark in the database names the key that seals. A restore while a server runs, or a change by hand, can put back the
 * mark from before a rotation: then the later key, which has sealed since, gets the mark again. Owns that this happens
 * once, however many servers and commands see it at the same time.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import type { ChangingKeyring } from '../../platform/kernel/keyring.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Keys } from '../../platform/storage/key-file.ts'
import { countSealedValues } from '../../platform/storage/sealed-values.ts'
import {
  describeKey,
  findEarlierKeys,
  findSealingKey,
  type KnownKey,
  listFollowed,
  lockSealingState,
  readSealingState,
  writeCheck,
  writeKnownKeys,
} from '../../platform/storage/sealing-state.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { By } from '../audit/event.ts'
import { sealingEvents } from './events.ts'

export interface LaterKeyOptions {
  readonly db: Database
  /** The keyring from `openKeyring`. */
  readonly keyring: ChangingKeyring
  readonly audit: Audit
  readonly clock: Clock
}

/** Returns the id of the key that the mark named until now; `undefined`: there was nothing to do. */
export async function followLaterKey(
  { db, keyring, audit, clock }: LaterKeyOptions,
  by: By,
): Promise<string | undefined> {
  const { sealingKey, keys } = keyring
  const [first, ...others] = keys
  if (first === undefined || findSealingKey(await readSealingState(db)) === sealingKey)
    return undefined
  const used = (await countSealedValues(db, keyring)).map(({ keyId }) => keyId)
  return await transact(db, async (tx) => {
    await lockSealingState(tx)
    const state = await readSealingState(tx)
    const before = findSealingKey(state)
    // Another server was faster, or a rotation has ended since the keyring was opened.
    if (before === undefined || before === sealingKey) return undefined
    if (findEarlierKeys([first, ...others], state).has(sealingKey)) return undefined
    const inUse = keys.filter(({ id }) => id === before || used.includes(id))
    const followed = listFollowed(sealingKey, [first, ...others], state)
    const earlier = new Set([...followed, ...inUse.map(({ id }) => id)])
    earlier.delete(sealingKey)
    await writeCheck(tx, keyring, [...earlier])
    await writeKnownKeys(tx, listKnown(state.keys, [first, ...inUse], clock.now()))
    await audit.record(tx, sealingEvents.rotated, { key: sealingKey, before, by })
    return before
  })
}

/** @param inUse the key that seals from now on, and the keys with which values are sealed */
function listKnown(known: readonly KnownKey[], inUse: Keys, now: number): KnownKey[] {
  const isNew = ({ id }: Keys[number]) => known.every((key) => key.id !== id)
  const [{ id }, ...others] = inUse
  const added = [...others.filter((key) => key.id !== id), inUse[0]].filter(isNew)
  return [...known, ...added.map((key) => describeKey(key, now, false))].map((key) =>
    key.id === id ? { ...key, sealsSince: now, retiredAt: null } : key,
  )
}
