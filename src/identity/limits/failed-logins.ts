/**
 * Wrong passwords in the audit log: the first one of a name and a network is written at once, then one event a minute has
 * their number. So a flood of them does not fill a log that is stored for long. Counts in memory, per node.
 */
import type { Clock } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type Aggregate, createAggregate } from '../audit/aggregate.ts'
import type { Audit } from '../audit/audit.ts'
import { loginEvents } from '../audit/login-events.ts'
import { readNetwork } from './networks.ts'

export interface WrongPassword {
  /** `null`: nobody has the name. */
  readonly username: string | null
  /** `null`: the password came without an address. */
  readonly address: string | null
  /** SHA-256 of the typed name, even if nobody has it; absent: no name was typed. */
  readonly nameHash?: string
}

export type FailedLogins = Aggregate<WrongPassword>

export interface FailedLoginsOptions {
  readonly clock: Clock
  readonly audit: Audit
  /** Called for each wrong password. */
  readonly onFailed: (reason: 'wrong_credentials') => void
}

/** How many names and networks get events of their own in a minute. People who mistype do not cause more. */
const maxFloods = 300

export function createFailedLogins({ clock, audit, onFailed }: FailedLoginsOptions): FailedLogins {
  const reason = 'wrong_credentials'
  const wrongPasswords = createAggregate<WrongPassword>({
    clock,
    maxFloods,
    write: (queries, { username, address, times }) =>
      audit.record(queries, loginEvents.failed, { username, address, reason, times }),
    // The key does not depend on who has the name: what a wrong password writes, and so its time, must not reveal whether
    // anybody has it.
    findKey: ({ username, address, nameHash = sha256(username ?? '') }) =>
      `${nameHash} ${readNetwork(address ?? '')}`,
    withoutKey: () => ({ username: null, address: null }),
  })
  return {
    ...wrongPasswords,
    add(queries: Queries, wrong: WrongPassword) {
      onFailed(reason)
      return wrongPasswords.add(queries, wrong)
    },
  }
}
