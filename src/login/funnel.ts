/**
 * How far logins get, in numbers: first pages shown, logins begun, and how each of them ended. Owns the counts and their
 * names in the metrics; sees what a browser sees and decides nothing.
 */
import { Fault } from '../platform/kernel/fault.ts'
import { labelCounts, type Metric } from '../platform/kernel/metric.ts'
import type { Engine } from './engine/engine.ts'
import type { JourneyView } from './engine/view.ts'

/**
 * `refused`: by the first answer, such as a wrong password. `limited`: it was not judged, after too many. `left`: by a person who
 * cancelled it. `unavailable`: the server could not do it now. `failed`: by a mistake of our own.
 */
const ends = [
  ...(['logged_in', 'refused', 'limited', 'left'] as const),
  ...(['expired', 'unavailable', 'failed'] as const),
]

export type LoginEnd = (typeof ends)[number]

export interface Funnel {
  /** The same engine, whose logins are counted. */
  watch(engine: Engine): Engine
  noteEnd(end: LoginEnd, times?: number): void
  readonly metrics: readonly Metric[]
}

export function createFunnel(): Funnel {
  const ended = Object.fromEntries(ends.map((end) => [end, 0])) as Record<LoginEnd, number>
  let shown = 0
  let begun = 0

  function noteEnd(end: LoginEnd, times = 1): void {
    ended[end] += times
  }

  /** What the first answer has led to. A page without an error only asks for something else: nothing has begun. */
  function noteFirst(view: JourneyView): JourneyView {
    if (view.type !== 'page') begun += 1
    else if (view.formError !== undefined) {
      begun += 1
      noteEnd(view.formError.status === 429 ? 'limited' : 'refused')
    }
    return view
  }

  /** Notes what ends a login that goes on: its session, or its person. */
  function noteView(view: JourneyView): JourneyView {
    if (view.type === 'finished' && view.kind === 'login') noteEnd('logged_in')
    else if (view.type === 'left' && view.cancelled?.kind === 'login') noteEnd('left')
    return view
  }

  return {
    noteEnd,
    watch: (engine) => ({
      ...engine,
      async preview(kind, request, client) {
        const view = await engine.preview(kind, request, client)
        if (kind === 'login' && view.type === 'page') shown += 1
        return view
      },
      async begin(beginning, client) {
        if (beginning.kind !== 'login') return await engine.begin(beginning, client)
        try {
          return noteView(noteFirst(await engine.begin(beginning, client)))
        } catch (error) {
          begun += 1
          noteEnd(findEnd(error))
          throw error
        }
      },
      look: async (reference, client) => noteView(await engine.look(reference, client)),
      submit: async (reference, submission, client) =>
        noteView(await engine.submit(reference, submission, client)),
    }),
    metrics: [
      {
        name: 'einlass_login_pages_total',
        type: 'counter',
        help: 'First pages of a login that were shown.',
        read: () => [{ labels: {}, value: shown }],
      },
      {
        name: 'einlass_logins_begun_total',
        type: 'counter',
        help: 'First answers to such a page: each begins a login.',
        read: () => [{ labels: {}, value: begun }],
      },
      {
        name: 'einlass_login_ends_total',
        type: 'counter',
        help: 'How logins ended that were begun.',
        read: () => labelCounts('end', ended),
      },
    ],
  }
}

function findEnd(error: unknown): LoginEnd {
  if (!(error instanceof Fault)) return 'failed'
  if (error.code === 'unavailable' || error.code === 'busy') return 'unavailable'
  if (error.code === 'too_many_requests') return 'limited'
  return error.status < 500 ? 'refused' : 'failed'
}
