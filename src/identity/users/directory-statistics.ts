/**
 * Measures whether directories elsewhere answer, and how fast. Owns the numbers and their names in the metrics;
 * outages.ts writes outages to the log. The names of directories come from the configuration, so there are few.
 */
import { createHistogram } from '../../platform/kernel/histogram.ts'
import type { Metric, Sample } from '../../platform/kernel/metric.ts'
import { type Piece, tracePiece } from '../../platform/kernel/trace.ts'
import type { Unavailable } from './directory.ts'
import type { LdapDirectory } from './ldap/member.ts'
import { watchDirectory } from './watched-directory.ts'

export interface DirectoryStatistics {
  /** The same directory, with its answers counted. */
  watch(member: LdapDirectory): LdapDirectory
  readonly metrics: readonly Metric[]
}

/** In seconds. */
const bounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Counted {
  /** `undefined`: nobody has asked it yet. */
  isUp: boolean | undefined
  /** `away`: the whole directory did not answer. `question`: it answered others. */
  readonly failures: { away: number; question: number }
  readonly times: ReturnType<typeof createHistogram>
}

export function createDirectoryStatistics(
  now: () => number = () => performance.now(),
): DirectoryStatistics {
  const directories = new Map<string, Counted>()

  function note(counted: Counted, answer: { readonly type: string }, begin: number): void {
    if (answer.type !== 'unavailable') {
      counted.isUp = true
      counted.times.note(now() - begin)
    } else if ((answer as Unavailable).answersOthers === true) counted.failures.question += 1
    else {
      counted.isUp = false
      counted.failures.away += 1
    }
  }

  const readEach = (read: (directory: string, counted: Counted) => readonly Sample[]) => () =>
    [...directories].flatMap(([directory, counted]) => read(directory, counted))

  return {
    watch(member) {
      const counted: Counted = {
        isUp: undefined,
        failures: { away: 0, question: 0 },
        times: createHistogram(bounds),
      }
      directories.set(member.name, counted)
      return watchDirectory(member, (question, ask) => async (...asked) => {
        const begin = now()
        const answer = await tracePiece(createPiece(member.name, question), () => ask(...asked))
        note(counted, answer, begin)
        return answer
      })
    },
    metrics: [
      {
        name: 'einlass_directory_up',
        type: 'gauge',
        help: 'Whether the directory has answered the last question; absent: it was not asked yet.',
        read: readEach((directory, { isUp }) =>
          isUp === undefined ? [] : [{ labels: { directory }, value: isUp ? 1 : 0 }],
        ),
      },
      {
        name: 'einlass_directory_failures_total',
        type: 'counter',
        help: 'Questions without an answer: the directory was away, or only this question was too much for it.',
        read: readEach((directory, { failures }) =>
          Object.entries(failures).map(([reason, value]) => ({
            labels: { directory, reason },
            value,
          })),
        ),
      },
      {
        name: duration,
        type: 'histogram',
        help: 'How long a directory took for an answer.',
        read: readEach((directory, { times }) => times.read(duration, { directory })),
      },
    ],
  }
}

const duration = 'einlass_directory_answer_duration_seconds'

const createPiece = (directory: string, question: string): Piece<{ readonly type: string }> => ({
  name: `directory ${question}`,
  kind: 'client',
  facts: { 'einlass.directory': directory },
  describe: ({ type }) => (type === 'unavailable' ? { 'error.type': type } : {}),
})
