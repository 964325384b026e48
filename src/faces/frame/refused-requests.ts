/**
 * Requests that no page of Einlass makes, such as forged forms. They are counted, and logged once a minute for each kind
 * and route. Neither the numbers nor the log contain anything that a client wrote.
 */
import type { Fault, FaultCode } from '../../platform/kernel/fault.ts'
import { createFoldedLog } from '../../platform/kernel/folded-log.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'

const counted = [
  'foreign_origin',
  'bad_form_token',
  'bad_request',
  'too_large',
  'unsupported_media_type',
] as const satisfies readonly FaultCode[]

type CountedCode = (typeof counted)[number]

const isCounted = (code: FaultCode): code is CountedCode => counted.some((known) => known === code)

export interface RefusedRequests {
  /** @param route the pattern of the path; absent: the path has no pattern, or belongs to a protocol */
  note(fault: Pick<Fault, 'code'>, route: string | undefined): void
  readonly metric: Metric
}

export function createRefusedRequests(log: Pick<Log, 'info'>): RefusedRequests {
  const logFolded = createFoldedLog((entry, text) => log.info(entry, text))
  const counts: Record<string, number> = Object.fromEntries(counted.map((code) => [code, 0]))
  return {
    note({ code }, route) {
      if (!isCounted(code)) return
      counts[code] = (counts[code] ?? 0) + 1
      logFolded(`${code} ${route}`, { code, route }, 'a request that no page makes was refused')
    },
    metric: {
      name: 'einlass_requests_refused_total',
      type: 'counter',
      help: 'Requests to pages that no page makes, such as forged forms.',
      read: () => labelCounts('reason', counts),
    },
  }
}
