/**
 * Detects at a start that the mark in the database is from before a rotation. A thief with write access may have put it back,
 * or a restore while a server ran; servers would then seal again with a key that others may know. Only the keys of the source
 * and the database are known at a start. A key that has sealed values, and that the key of the mark did not replace, is the
 * later one: it seals.
 */
import { createKeyring } from '../kernel/keyring.ts'
import { systemRandom as random } from '../kernel/random.ts'
import type { Queries } from './database.ts'
import type { Keys } from './key-file.ts'
import { hasSealedValue } from './sealed-values.ts'
import {
  findEarlierKeys,
  findSealingKey,
  orderKeys,
  readSealingState,
  type SealingState,
} from './sealing-state.ts'

/**
 * Returns the keys in the order of `orderKeys`, with the later key first if the mark is an old one. Throws as `orderKeys` does.
 * Reads nothing more if the newest key seals, which is nearly always so.
 * @param keys as the source has them: newest first
 */
export async function putLaterFirst(
  queries: Queries,
  keys: Keys,
  state: SealingState,
): Promise<Keys> {
  const ordered = orderKeys(keys, state)
  const later = await findLater(queries, keys, state)
  if (later === undefined) return ordered
  const now = await readSealingState(queries)
  // A rotation ended between the two reads.
  if (now.check !== state.check) return await putLaterFirst(queries, keys, now)
  return [later, ...ordered.filter((key) => key !== later)]
}

async function findLater(
  queries: Queries,
  keys: Keys,
  state: SealingState,
): Promise<Keys[number] | undefined> {
  const earlier = findEarlierKeys(keys, state)
  const sealing = findSealingKey(state)
  const others = keys.filter(({ id }) => id !== sealing && !earlier.has(id))
  if (others.length === 0) return undefined
  const keyring = createKeyring({ keys, random })
  for (const key of others) if (await hasSealedValue(queries, keyring, key.id)) return key
  return undefined
}
