/** Opens the configured keyring and checks that it belongs to the database. */
import { ConfigMistakes } from '../config/mistakes.ts'
import type { Config } from '../config/schema.ts'
import { systemClock } from '../kernel/clock.ts'
import { deniedText } from '../kernel/denied.ts'
import { Fault } from '../kernel/fault.ts'
import { type ChangingKeyring, createKeyring } from '../kernel/keyring.ts'
import { systemRandom } from '../kernel/random.ts'
import type { Queries } from './database.ts'
import { epochRow, readEpoch } from './epoch.ts'
import { openKeySource, type SealingKeySource } from './key-source.ts'
import { retireLostKeys } from './lost-keys.ts'
import { putLaterFirst } from './put-back.ts'
import {
  areRowsBound,
  checkKeyring,
  openNamingSecret,
  orderKeys,
  readSealingState,
  sealingRows,
  writeMarks,
} from './sealing-state.ts'

/** The rows of `settings` from which a keyring is opened. With them alone it derives the same keys. */
export const keyringRows: readonly string[] = [...sealingRows, epochRow]

export interface OpenKeyringOptions {
  /** Absent: the configured one. */
  readonly source?: SealingKeySource
  /** Whether the key file may be created. Absent: yes. */
  readonly create?: boolean
  /** Whether a missing key that no value needs is retired; not in a transaction. Absent: as `create`. */
  readonly retireLost?: boolean
}

/**
 * Creates the key file if it is missing, may be created, and the database was never used with one. Throws `ConfigMistakes` when
 * it is missing or belongs to another database. If the mark is from before a rotation, the later key seals; a caller that
 * continues then calls `followLaterKey` as well.
 */
export async function openKeyring(
  config: Config,
  db: Queries,
  { create = true, retireLost = create, source = openKeySource(config) }: OpenKeyringOptions = {},
): Promise<ChangingKeyring> {
  try {
    // A new key for a database that has one would be useless, and look like the right one.
    const isNew = create && (await readSealingState(db)).check === undefined
    const found = await (isNew ? source.readOrCreate() : source.read())
    if (create) await writeMarks(db, found)
    const marks = await readSealingState(db)
    const state = retireLost ? await retireLostKeys(db, found, marks, systemClock.now()) : marks
    const namingSecret = openNamingSecret(orderKeys(found, state), state)
    const keys = await putLaterFirst(db, found, state)
    const epoch = (await readEpoch(db))?.id
    const keyring = createKeyring({ keys, random: systemRandom, namingSecret, epoch })
    await checkKeyring(db, keyring)
    if (areRowsBound(keyring, await readSealingState(db))) keyring.refuseUnboundRows()
    return keyring
  } catch (error) {
    if (error instanceof Fault || !(error instanceof Error)) throw error
    const allowed =
      source.file === undefined
        ? 'the keys of this database'
        : 'the key file of this database, readable by its owner alone'
    throw new ConfigMistakes(
      [{ path: source.path, found: deniedText(error) ?? error.message, allowed }],
      undefined,
    )
  }
}
