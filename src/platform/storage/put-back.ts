/**
 * A mark of before a rotation, put back by one who can write to the database or by a restore while a server ran: servers would seal
 * again with a key that may be known elsewhere. Owns how that is seen at a start, when nothing is known but the keys of the source and
 * the database, and that it goes forward: a key that has sealed, and that the one of the mark has not followed, is the later one.
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
 * The keys as `orderKeys` gives them, with the later key first where the mark is one of before. Throws as `orderKeys` does. Reads
 * nothing more where the newest key seals, as it nearly always does.
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
  // A rotation has ended between the two questions.
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
