/**
 * A mark of before a rotation that was put back by one who can write to the database: servers would seal again with a key that may
 * be known elsewhere. Owns how that is seen at a start, when nothing is known but the keys of the source and the database: what a key
 * has sealed that the one of the mark has not followed.
 */
import { createKeyring } from '../kernel/keyring.ts'
import { systemRandom as random } from '../kernel/random.ts'
import type { Queries } from './database.ts'
import type { Keys } from './key-file.ts'
import { hasSealedValue } from './sealed-values.ts'
import {
  findEarlierKeys,
  findSealingKey,
  putBackText,
  readSealingState,
  type SealingState,
} from './sealing-state.ts'

/**
 * Throws an Error in words. Reads nothing more where the newest key seals, as it nearly always does.
 * @param keys as the source has them: newest first
 */
export async function refusePutBack(
  queries: Queries,
  keys: Keys,
  state: SealingState,
): Promise<void> {
  const later = await findLater(queries, keys, state)
  if (later === undefined) return
  const now = await readSealingState(queries)
  if (now.check === state.check) throw new Error(putBackText(findSealingKey(state) ?? '', later))
  // A rotation has ended between the two questions.
  await refusePutBack(queries, keys, now)
}

async function findLater(
  queries: Queries,
  keys: Keys,
  state: SealingState,
): Promise<string | undefined> {
  const earlier = findEarlierKeys(keys, state)
  const keyring = createKeyring({ keys, random })
  const sealing = findSealingKey(state)
  for (const { id } of keys) {
    if (id === sealing || earlier.has(id)) continue
    if (await hasSealedValue(queries, keyring, id)) return id
  }
  return undefined
}
