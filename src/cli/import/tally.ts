/** What an import did or would do, in numbers. Owns the sums and the report; has no value of a record but names and reasons. */
import { cutText, escapeControls } from '../../platform/kernel/text.ts'

export type Outcome =
  | { readonly type: 'new' | 'unchanged' }
  | { readonly type: 'changed'; readonly what: readonly string[] }
  | { readonly type: 'refused'; readonly reason: string }
  /** It is nothing to import, for example a group in an LDIF of users. */
  | { readonly type: 'passed' }

export type Counts = Readonly<Record<Outcome['type'], number>>

export interface Refused {
  readonly line: number
  /** The user name; absent where it could not be read. */
  readonly name?: string
  readonly reason: string
}

export interface Tally {
  readonly counts: Counts
  /** The first of them. */
  readonly refused: readonly Refused[]
  /** What the file has and was not asked for, with how many records have it. */
  readonly leftOut: ReadonlyMap<string, number>
  /** The file was not read to its end. */
  readonly isCutShort: boolean
}

/** Refusals that are kept for the report; all of them are in the file of `--report`. */
const longestList = 100
const mostNames = 1000

export function createTally() {
  const counts = { new: 0, changed: 0, unchanged: 0, refused: 0, passed: 0 }
  const refused: Refused[] = []
  const leftOut = new Map<string, number>()
  const tally = { counts, refused, leftOut, isCutShort: false }
  return {
    tally: tally as Tally,
    add(outcome: Outcome, line: number, name?: string): void {
      counts[outcome.type] += 1
      if (outcome.type !== 'refused' || refused.length >= longestList) return
      const { reason } = outcome
      refused.push({ line, ...(name !== undefined && { name: shorten(name) }), reason })
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
  refused: 'refused',
} as const

export function formatTally({ counts, refused, leftOut }: Tally): string[] {
  const width = Math.max(...Object.values(counts).map((count) => `${count}`.length))
  const lines = (Object.keys(words) as (keyof typeof words)[])
    .filter((type) => type !== 'passed' || counts.passed > 0)
    .map((type) => `  ${`${counts[type]}`.padStart(width)}  ${words[type]}`)
  return [...lines, ...formatRefused(refused, counts.refused), ...formatLeftOut(leftOut)]
}

const refusalsShown = 20

function formatRefused(refused: readonly Refused[], count: number): string[] {
  if (count === 0) return []
  const shown = refused
    .slice(0, refusalsShown)
    .map(({ line, name, reason }) => `  line ${line}${name ? `, ${name}` : ''}: ${reason}`)
  const more = count - shown.length
  return ['Refused:', ...shown, ...(more > 0 ? [`  and ${more} more; --report FILE has all`] : [])]
}

function formatLeftOut(leftOut: ReadonlyMap<string, number>): string[] {
  if (leftOut.size === 0) return []
  const most = [...leftOut].sort(([, a], [, b]) => b - a).slice(0, refusalsShown)
  const shown = most.map(([name, count]) => `${name} (${count})`).join(', ')
  const more = leftOut.size - most.length
  return [`Left out: ${shown}${more > 0 ? ` and ${more} more` : ''}.`]
}
