/** Opens the operations for the time of one command. The command wakes the running server when the server has work to do. */

import { type Audit, createLazyAudit } from '../identity/audit/audit.ts'
import { createThrottle } from '../identity/limits/throttle.ts'
import { openNotify } from '../identity/notify/mail/mail.ts'
import { createLogins } from '../identity/operations/logins.ts'
import { createSetPassword, type SetPassword } from '../identity/operations/set-password.ts'
import { createRefuseAlone, type RefuseAlone } from '../identity/operations/two-people.ts'
import { createTwoPeople } from '../identity/operations/two-people-names.ts'
import { createUserOperations, type UserOperations } from '../identity/operations/users.ts'
import { createSessions, sessionsTopic } from '../identity/sessions/sessions.ts'
import { openDirectory } from '../identity/users/directories.ts'
import type { Directory } from '../identity/users/directory.ts'
import { createHasher } from '../identity/users/hasher.ts'
import { createUsers } from '../identity/users/users.ts'
import { createLoginHooks } from '../login/engine/ended-logins.ts'
import { createJourneyStore } from '../login/engine/store.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { unkeyedRows } from '../platform/storage/bound-rows.ts'
import type { Database } from '../platform/storage/database.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import { type Wake, withDatabase } from './database.ts'

export const users = createUsers({ clock, random })
export const throttle = createThrottle({ clock })

/** Audit events have a hash under the configured key, which is opened for the first event. */
export function openAudit(config: Config): Audit {
  return createLazyAudit({
    clock,
    openKeyring: (queries) => openKeyring(config, queries, { create: false }),
  })
}

/** Runs operations on users on the configured database. */
export function withUserOperations<Result>(
  config: Config,
  work: (operations: UserOperations & { readonly setPassword: SetPassword }) => Promise<Result>,
): Promise<Result> {
  return withDirectory(config, (directory) =>
    withDatabase(config, (db, wake) => {
      const { logins } = openLogins(config, db, wake)
      const notify = openNotifyFor(config)
      const twoPeople = createTwoPeople({ config, directory })
      const audit = openAudit(config)
      const parts = { db, users, directory, logins, throttle, notify, audit, twoPeople }
      return work({ ...createUserOperations(parts), setPassword: createSetPassword(parts) })
    }),
  )
}

/** What one operator alone may not do to members of configured groups. */
export function openRefuseAlone(config: Config): RefuseAlone {
  return createRefuseAlone({ config, directory: openDirectoryFor(config) })
}

export function openDirectoryFor(config: Config): Directory {
  const [audit, hasher] = [openAudit(config), createHasher({ cores: 1, log })]
  return openDirectory({ config, users, audit, hasher, clock, log })
}

/**
 * For commands that query an external directory: closes its connections, which would otherwise prevent the process from ending.
 */
export async function withDirectory<Result>(
  config: Config,
  work: (directory: Directory) => Promise<Result>,
): Promise<Result> {
  const directory = openDirectoryFor(config)
  try {
    return await work(directory)
  } finally {
    await directory.close?.()
  }
}

/** Operations that end logins and wake a running server. */
export function openLogins(config: Config, db: Database, wake: Wake) {
  const sessions = createSessions({
    db,
    rows: unkeyedRows,
    clock,
    random,
    limits: config.sessions,
    log,
  })
  sessions.onEnd(async () => wake(sessionsTopic))
  const store = createJourneyStore({ random, rows: unkeyedRows })
  const hooks = createLoginHooks({ store, events: { wake }, clock })
  return { sessions, store, logins: createLogins({ sessions, audit: openAudit(config), hooks }) }
}

/**
 * Queues notices; the running server sends them.
 * @param keyring for notices that contain a secret
 */
export function openNotifyFor(config: Config, keyring?: Keyring) {
  const { public_url: publicUrl } = config
  const parts = { config, publicUrl, clock, random, log, findUser: users.find }
  return openNotify({ ...parts, ...(keyring && { keyring }) })
}
