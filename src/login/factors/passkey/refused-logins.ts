/**
 * What a node remembers about attempts with a passkey as the whole login: how many come from an address, and the refused ones
 * that are audited as aggregates.
 */

import { createAggregate } from '../../../identity/audit/aggregate.ts'
import type { Audit } from '../../../identity/audit/audit.ts'
import { loginEvents } from '../../../identity/audit/login-events.ts'
import { createAddressLimit } from '../../../identity/limits/address-limit.ts'
import { readNetwork } from '../../../identity/limits/networks.ts'
import type { Config } from '../../../platform/config/schema.ts'
import { sharedRanges } from '../../../platform/http/client.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { StrayPasskey } from './whole-login.ts'

export interface RefusedLoginsOptions {
  readonly networks: Config['networks']
  readonly clock: Clock
  readonly audit: Audit
  /** Called for each refused attempt. */
  readonly onFailedLogin: (reason: StrayPasskey['reason']) => void
}

export function createRefusedLogins({
  networks,
  clock,
  audit,
  onFailedLogin,
}: RefusedLoginsOptions) {
  const strayPasskeys = createAggregate<StrayPasskey>({
    clock,
    write: (queries, facts) =>
      audit.record(queries, loginEvents.failed, { username: null, ...facts }),
    findKey: ({ address, reason }) => `${reason}:${readNetwork(address)}`,
    withoutKey: (facts) => facts,
  })
  return {
    passkeyAddresses: createAddressLimit({ clock, isShared: sharedRanges(networks).has }),
    strayPasskeys: {
      ...strayPasskeys,
      add(queries: Queries, facts: StrayPasskey) {
        onFailedLogin(facts.reason)
        return strayPasskeys.add(queries, facts)
      },
    },
    flush: strayPasskeys.flush,
  }
}
