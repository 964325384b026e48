/** Counts how logins end, for each level and each reason. Owns the numbers; metrics.ts shows them. */

import {
  type Acr,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
} from '../policy/assurance.ts'
import type { Audit } from './audit.ts'

export type FailureReason = Parameters<Audit['loginFailed']>[1]['reason']

export interface LoginCounts {
  succeeded(acr: Acr): void
  failed(reason: FailureReason): void
  /** A copy. What has not happened yet is there with 0, so that a first time shows as a rise. */
  snapshot(): {
    readonly succeeded: Readonly<Record<Acr, number>>
    readonly failed: Readonly<Record<FailureReason, number>>
  }
}

export function createLoginCounts(): LoginCounts {
  const succeeded: Record<Acr, number> = {
    [acrPassword]: 0,
    [acrPossession]: 0,
    [acrNumber]: 0,
    [acrPhishingResistant]: 0,
  }
  const failed: Record<FailureReason, number> = { wrong_credentials: 0, throttled: 0, disabled: 0 }
  return {
    succeeded(acr) {
      succeeded[acr] += 1
    },
    failed(reason) {
      failed[reason] += 1
    },
    snapshot: () => ({ succeeded: { ...succeeded }, failed: { ...failed } }),
  }
}

/**
 * The same audit log, with failed logins counted. What stands for many is left out: it was folded, so it comes late, and
 * whoever folds it counts it.
 */
export function countFailures(audit: Audit, counts: LoginCounts): Audit {
  return {
    ...audit,
    async loginFailed(queries, facts) {
      await audit.loginFailed(queries, facts)
      if (facts.times === undefined) counts.failed(facts.reason)
    },
  }
}
