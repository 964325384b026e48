/**
 * Keys that are missing because their lines were removed by hand. While a value needs such a key, it has to come back.
 * Otherwise it is treated as retired, and a server may start without it.
 */
import { createKeyring } from '../kernel/keyring.ts'
import { systemRandom as random } from '../kernel/random.ts'
import type { Database } from './database.ts'
import type { Keys } from './key-file.ts'
import { countSealedValues } from './sealed-values.ts'
import {
  findSealingKey,
  listNeededKeys,
  lockSealingState,
  readSealingState,
  type SealingState,
  writeKnownKeys,
} from './sealing-state.ts'
import { transact } from './transact.ts'

/** Retires such keys and returns the new state. Never retires the key that seals. */
export async function retireLostKeys(
  db: Database,
  keys: Keys,
  state: SealingState,
  now: number,
): Promise<SealingState> {
  const isThere = (id: string) => keys.some((key) => key.id === id)
  const missing = listNeededKeys(state).filter((id) => !isThere(id))
  if (missing.length === 0 || missing.includes(findSealingKey(state) ?? '')) return state
  const counts = await countSealedValues(db, createKeyring({ keys, random }))
  const lost = missing.filter((id) => counts.every(({ keyId }) => keyId !== id))
  if (lost.length === 0) return state
  return await transact(db, async (tx) => {
    await lockSealingState(tx)
    const found = await readSealingState(tx)
    const known = found.keys.map((key) =>
      lost.includes(key.id) ? { ...key, retiredAt: key.retiredAt ?? now } : key,
    )
    await writeKnownKeys(tx, known)
    return { ...found, keys: known }
  })
}
