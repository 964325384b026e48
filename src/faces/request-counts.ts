/**
 * Counts the requests of each route with their status and duration. Owns the metrics and their labels, which have few values:
 * patterns of paths and never paths, so that they contain no address of a person and no secret of a link.
 */
import type { ServerResponse } from 'node:http'
import { createHistogram, type Histogram } from '../platform/kernel/histogram.ts'
import type { Metric, Sample } from '../platform/kernel/metric.ts'
import type { WatchRequest } from './dispatch.ts'

export interface RequestCounts {
  readonly watch: WatchRequest
  readonly metrics: readonly Metric[]
}

/** Seconds. A page takes a few milliseconds, a password some dozens; the last bound is longer than any person waits. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every other method becomes `other`. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
export const nameMethod = (typed: string): string => (methods.includes(typed) ? typed : 'other')

const classes = ['1xx', '2xx', '3xx', '4xx', '5xx']

interface Counted {
  readonly route: string
  readonly method: string
  /** By status class. */
  readonly answers: number[]
  readonly times: Histogram
}

export function createRequestCounts(now: () => number = () => performance.now()): RequestCounts {
  const countedByRoute = new Map<string, Map<string, Counted>>()

  function find(route: string, typed: string): Counted {
    const method = nameMethod(typed)
    const byMethod = countedByRoute.get(route) ?? new Map<string, Counted>()
    countedByRoute.set(route, byMethod)
    const found = byMethod.get(method)
    if (found !== undefined) return found
    const fresh = { route, method, answers: classes.map(() => 0), times: createHistogram(bounds) }
    byMethod.set(method, fresh)
    return fresh
  }

  function note({ answers, times }: Counted, status: number, begin: number): void {
    const index = Math.floor(status / 100) - 1
    answers[index] = (answers[index] ?? 0) + 1
    times.note(now() - begin)
  }

  const list = (): Counted[] => [...countedByRoute.values()].flatMap((one) => [...one.values()])

  return {
    async watch({ route, method }, outgoing, work) {
      const counted = find(route, method)
      const begin = now()
      try {
        await work()
      } catch (error) {
        note(counted, findFailedStatus(outgoing), begin)
        throw error
      }
      note(counted, outgoing.statusCode, begin)
    },
    metrics: [
      {
        name: 'einlass_http_requests_total',
        type: 'counter',
        help: 'Requests by the pattern of their path, and the class of the status that answered them.',
        read: () => list().flatMap(readAnswers),
      },
      {
        name: duration,
        type: 'histogram',
        help: 'From the head of a request until its answer was handed over.',
        read: () =>
          list().flatMap(({ route, method, times }) => times.read(duration, { route, method })),
      },
    ],
  }
}

const duration = 'einlass_http_request_duration_seconds'

/** An error that no page handled is answered with 503, see `createListener`. */
const findFailedStatus = ({ headersSent, statusCode }: ServerResponse): number =>
  headersSent ? statusCode : 503

/** The series for 5xx exists from the first request on, so that the first failure shows as an increase. */
function readAnswers({ route, method, answers }: Counted): Sample[] {
  return answers.flatMap((value, index) => {
    const status = classes[index] ?? ''
    return value > 0 || status === '5xx' ? [{ labels: { route, method, status }, value }] : []
  })
}
