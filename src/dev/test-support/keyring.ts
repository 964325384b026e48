/** For tests: a keyring that is the same everywhere. */

import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { createRowBinding } from '../../platform/storage/bound-rows.ts'

export const testKeyring = createKeyring({
  keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }],
  random,
})

export const testRows = createRowBinding({ keyring: testKeyring })
