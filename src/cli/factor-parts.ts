/** Builds the parts for commands about authenticators and passes, without the steps that verify them. */

import { createThrottle } from '../identity/limits/throttle.ts'
import { createHasher } from '../identity/users/hasher.ts'
import { openLockout } from '../login/factors/index.ts'
import { createRevokeProofs } from '../login/factors/revoke-proofs.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import type { Database } from '../platform/storage/database.ts'
import type { Wake } from './database.ts'
import { openAudit, openLogins, openNotifyFor } from './operations.ts'

export function openFactorParts(config: Config, db: Database, wake: Wake) {
  const notify = openNotifyFor(config)
  const throttle = createThrottle({ clock })
  const audit = openAudit(config)
  const lockout = openLockout({
    db,
    clock,
    throttle,
    audit,
    notify,
  })
  const { store, logins } = openLogins(config, db, wake)
  const events = { wake }
  return {
    config,
    db,
    clock,
    random,
    audit,
    notify,
    lockout,
    logins,
    events,
    log,
    hasher: createHasher({ cores: 1, log }),
    revokeProofs: createRevokeProofs({ journeys: store, logins, events, clock }),
  }
}
