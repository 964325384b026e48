/**
 * What an import did or would do, in numbers. Owns the sums and the report; contains no values of records except names and
 * reasons.
 */
import { cutText, escapeControls } from '../../platform/kernel/text.ts'

export type Outcome =
  | { readonly type: 'new' | 'unchanged' }
  | { readonly type: 'changed'; readonly what: readonly string[] }
  | { readonly type: 'left_alone'; readonly reason: string }
  | { readonly type: 'refused'; readonly reason: string }
  /** The record has nothing to import, for example a group in an LDIF of users. */
  | { readonly type: 'passed' }

export type Counts = Readonly<Record<Outcome['type'], number>>

/** A record that is not imported. */
export interface Rejected {
  readonly line: number
  /** The user name; absent if it could not be read. */
  readonly name?: string
  readonly reason: string
}

export interface Tally {
  readonly counts: Counts
  /** The first of them. */
  readonly refused: readonly Rejected[]
  /** The first users that the import may not change. */
  readonly leftAlone: readonly Rejected[]
  /** Columns of the file that were not requested, with the number of records that have them. */
  readonly leftOut: ReadonlyMap<string, number>
  /** The file was not read to its end. */
  readonly isCutShort: boolean
}

/** Entries of each kind in the report; the file of `--report` has all of them. */
const longestList = 100
const mostNames = 1000

export function createTally() {
  const counts = { new: 0, changed: 0, unchanged: 0, left_alone: 0, refused: 0, passed: 0 }
  const refused: Rejected[] = []
  const leftAlone: Rejected[] = []
  const leftOut = new Map<string, number>()
  const tally = { counts, refused, leftAlone, leftOut, isCutShort: false }
  return {
    tally: tally as Tally,
    add(outcome: Outcome, line: number, name?: string): void {
      counts[outcome.type] += 1
      if (outcome.type !== 'refused' && outcome.type !== 'left_alone') return
      const { type, reason } = outcome
      const list = type === 'refused' ? refused : leftAlone
      if (list.length >= longestList) return
      list.push({ line, ...(name !== undefined && { name: shorten(name) }), reason })
    },
    addLeftOut(names: readonly string[]): void {
      for (const name of names) {
        const short = shorten(name)
        if (leftOut.size < mostNames || leftOut.has(short))
          leftOut.set(short, (leftOut.get(short) ?? 0) + 1)
      }
    },
    cutShort(): void {
      tally.isCutShort = true
    },
  }
}

export const shorten = (text: string): string => escapeControls(cutText(text, 100))

const words = {
  new: 'new',
  changed: 'changed',
  unchanged: 'unchanged',
  passed: 'nothing to import',
  left_alone: 'left alone',
  refused: 'refused',
} as const

/** Outcomes that are shown only if their number is not 0, as they are rare. */
const rare: readonly Outcome['type'][] = ['passed', 'left_alone']

export function formatTally({ counts, refused, leftAlone, leftOut }: Tally): string[] {
  const width = Math.max(...Object.values(counts).map((count) => `${count}`.length))
  const lines = (Object.keys(words) as (keyof typeof words)[])
    .filter((type) => !rare.includes(type) || counts[type] > 0)
    .map((type) => `  ${`${counts[type]}`.padStart(width)}  ${words[type]}`)
  return [
    ...lines,
    ...formatRejected('Left alone:', leftAlone, counts.left_alone),
    ...formatRejected('Refused:', refused, counts.refused),
    ...formatLeftOut(leftOut),
  ]
}

const mostShown = 20

function formatRejected(title: string, rejected: readonly Rejected[], count: number): string[] {
  if (count === 0) return []
  const shown = rejected
    .slice(0, mostShown)
    .map(({ line, name, reason }) => `  line ${line}${name ? `, ${name}` : ''}: ${reason}`)
  const more = count - shown.length
  return [title, ...shown, ...(more > 0 ? [`  and ${more} more; --report FILE has all`] : [])]
}

function formatLeftOut(leftOut: ReadonlyMap<string, number>): string[] {
  if (leftOut.size === 0) return []
  const most = [...leftOut].sort(([, a], [, b]) => b - a).slice(0, mostShown)
  const shown = most.map(([name, count]) => `${name} (${count})`).join(', ')
  const more = leftOut.size - most.length
  return [`Left out: ${shown}${more > 0 ? ` and ${more} more` : ''}.`]
}
