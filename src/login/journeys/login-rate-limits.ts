/**
 * What a node remembers about password attempts on the login page: how many come from an address, which browsers are known,
 * and the refused attempts that are audited as aggregates.
 */
import { createAggregate } from '../../identity/audit/aggregate.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import { createAddressLimit, isLoopback } from '../../identity/limits/address-limit.ts'
import { createBuckets } from '../../identity/limits/buckets.ts'
import { createFailedLogins, type WrongPassword } from '../../identity/limits/failed-logins.ts'
import { createKnownBrowsers } from '../../identity/limits/known-browsers.ts'
import { listTiers, readNetwork } from '../../identity/limits/networks.ts'
import type { Config } from '../../platform/config/schema.ts'
import { sharedRanges } from '../../platform/http/client.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { ThrottledTry } from '../factors/password/step.ts'
import { createGuessWarning, type GuessWarningOptions } from '../report/guess-warning.ts'
import { createSpraying, type SprayingOptions } from '../report/spraying.ts'

export interface LoginLimitsOptions extends SprayingOptions, GuessWarningOptions {
  readonly config: Pick<Config, 'networks'>
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly audit: Audit
  /** Receives each refused attempt. */
  readonly onFailed: (reason: 'throttled' | 'wrong_credentials') => void
}

/**
 * Per person, over all browsers that are not known. No person logs in so often, and a thief with one password cannot fill a
 * table with logins that wait for a second factor.
 */
const rightPasswordsPerMinute = 300

export function createLoginLimits(options: LoginLimitsOptions) {
  const { config, clock, random, keyring, audit, onFailed } = options
  const ranges = sharedRanges(config.networks)
  const throttledTries = createAggregate<ThrottledTry>({
    clock,
    write: (queries, { username, address, times }) =>
      audit.record(queries, loginEvents.failed, { username, address, times, reason: 'throttled' }),
    // The key does not depend on whether a user has the name: what a refused attempt writes, and so its time, must not
    // reveal it.
    findKey: ({ nameHash, address }) =>
      nameHash === undefined ? `address:${readNetwork(address)}` : `name:${nameHash}`,
    withoutKey: ({ address }) => ({ username: null, address }),
  })
  const failedLogins = createFailedLogins({ clock, audit, onFailed })
  const guesses = createGuessWarning(options)
  return {
    addresses: createAddressLimit({ clock, isShared: ranges.has }),
    knownBrowsers: createKnownBrowsers({ random, key: keyring.deriveInEpoch('known browsers') }),
    rightPasswords: createBuckets({ clock, limit: rightPasswordsPerMinute }),
    failedLogins: {
      ...failedLogins,
      add(queries: Queries, wrong: WrongPassword) {
        if (wrong.username !== null) guesses.note(wrong.username)
        return failedLogins.add(queries, wrong)
      },
    },
    guesses,
    spraying: createSpraying(options),
    listNetworks: (address: string) =>
      ranges.has(address) || isLoopback(address) ? [] : listTiers(address),
    throttledTries: {
      ...throttledTries,
      add(queries: Queries, facts: ThrottledTry) {
        onFailed('throttled')
        return throttledTries.add(queries, facts)
      },
    },
  }
}

export type LoginLimits = ReturnType<typeof createLoginLimits>
