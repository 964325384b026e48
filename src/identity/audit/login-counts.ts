/** Counts how logins end, for each level and each reason. Owns the numbers, and how metrics name them. */
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'

import {
  type AchievedAcr,
  acrApproval,
  acrCode,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
  acrVerifiedCode,
} from '../policy/assurance.ts'
import type { Audit } from './audit.ts'
import type { EventType, FactsOf } from './event.ts'
import { loginEvents } from './login-events.ts'

type Failure = FactsOf<typeof loginEvents.failed>

export type FailureReason = Failure['reason']

export interface LoginCounts {
  succeeded(acr: AchievedAcr): void
  failed(reason: FailureReason): void
  /** A copy. Outcomes that have not happened yet have 0, so that the first one shows as a rise. */
  snapshot(): {
    readonly succeeded: Readonly<Record<AchievedAcr, number>>
    readonly failed: Readonly<Record<FailureReason, number>>
  }
}

export function createLoginCounts(): LoginCounts {
  const succeeded: Record<AchievedAcr, number> = {
    [acrApproval]: 0,
    [acrPassword]: 0,
    [acrPossession]: 0,
    [acrNumber]: 0,
    [acrCode]: 0,
    [acrVerifiedCode]: 0,
    [acrPhishingResistant]: 0,
  }
  const failed: Record<FailureReason, number> = {
    ...{ wrong_credentials: 0, throttled: 0, disabled: 0, locked: 0 },
    ...{ account_expired: 0, outside_hours: 0, held_back: 0, change_elsewhere: 0 },
  }
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

export function listLoginMetrics(counts: Pick<LoginCounts, 'snapshot'>): Metric[] {
  return [
    {
      name: 'einlass_logins_total',
      type: 'counter',
      help: 'Logins that ended with a session.',
      read: () => labelCounts('acr', counts.snapshot().succeeded),
    },
    {
      name: 'einlass_login_failures_total',
      type: 'counter',
      help: 'Tries that were refused.',
      read: () => labelCounts('reason', counts.snapshot().failed),
    },
  ]
}

/**
 * The same audit log, with failed logins counted. An event that stands for many is left out: it was aggregated and comes
 * late, and each of its attempts was counted when it was added.
 */
export function countFailures(audit: Audit, counts: LoginCounts): Audit {
  return {
    async record(queries, event, facts) {
      await audit.record(queries, event, facts)
      if (isFailure(event, facts) && facts.times === undefined) counts.failed(facts.reason)
    },
  }
}

function isFailure({ type }: EventType, _facts: unknown): _facts is Failure {
  return type === loginEvents.failed.type
}
