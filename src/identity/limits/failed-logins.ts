/**
 * Wrong passwords in the audit log: the first one of a name and a network at once, then one event a minute that says how many
 * there were, so that a flood of them does not fill a log that is kept for ever. Counts in memory, per node.
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
  /** `null`: what the password came with has none. */
  readonly address: string | null
  /** SHA-256 of the name that was typed, whether anybody has it or not; absent: the name was not typed. */
  readonly nameHash?: string
}

export type FailedLogins = Aggregate<WrongPassword>

export interface FailedLoginsOptions {
  readonly clock: Clock
  readonly audit: Audit
  /** Hears of each of them. */
  readonly onFailed: (reason: 'wrong_credentials') => void
}

/** Of how many names and networks a minute has events of their own. More come from no people who mistype. */
const maxFloods = 300

export function createFailedLogins({ clock, audit, onFailed }: FailedLoginsOptions): FailedLogins {
  const reason = 'wrong_credentials'
  const wrongPasswords = createAggregate<WrongPassword>({
    clock,
    maxFloods,
    write: (queries, { username, address, times }) =>
      audit.record(queries, loginEvents.failed, { username, address, reason, times }),
    // Not by who has the name: what a wrong password writes, and so its time, must not tell whether anybody does.
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
