// A measured figure, what it is compared with, and whether it reaches its goal.

import type { Target } from './process.ts'

export type Figure = {
  name: string
  unit: string
  value: number
  /** That holds it in 95 of 100 measurements, where that is known. */
  interval?: [low: number, high: number]
  reference: string
  referenceValue: number
  ratio: number
  /** The smallest and the largest ratio of all rounds. */
  spread: [least: number, most: number]
  goal: string
  holds: boolean
}

/** What one run of measurements has in common. */
export type Bench = {
  product: Target
  floor: Target
  /** What the table calls the floor: another checkout may stand in its place. */
  reference: string
  rounds: number
  /** Seconds of load in one round. */
  seconds: number
  waiters: number
  say: (text: string) => void
}

/** What both sides gave in one round. */
export type Round<Result> = { value: Result; referenceValue: Result }

export type Goal =
  | { of: 'ratio' | 'value'; atLeast: number }
  | { of: 'ratio' | 'value'; atMost: number }

export const median = (values: number[]): number => percentile(values, 50)

/** The nearest rank; NaN without values. */
export const percentile = (values: number[], percent: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

/** The figure of interleaved rounds: medians of both sides, and the median of the ratios within each round. */
export const compare = (options: {
  name: string
  unit: string
  reference: string
  rounds: Round<number>[]
  /** Absent: it is only to be known. */
  goal?: Goal
}): Figure => {
  const { name, unit, reference, rounds, goal } = options
  const value = median(rounds.map((round) => round.value))
  const referenceValue = median(rounds.map((round) => round.referenceValue))
  const ratios = rounds.map((round) => round.value / round.referenceValue)
  const ratio = median(ratios)
  const measured = {
    name,
    unit,
    value,
    reference,
    referenceValue,
    ratio,
    spread: findSpread(ratios),
  }
  if (goal === undefined) return { ...measured, goal: 'none', holds: true }
  const judged = goal.of === 'ratio' ? ratio : value
  const [holds, words] =
    'atLeast' in goal
      ? [judged >= goal.atLeast, `at least ${goal.atLeast}`]
      : [judged <= goal.atMost, `at most ${goal.atMost}`]
  const text = goal.of === 'ratio' ? `${words} times` : `${words} ${unit}`
  return { ...measured, goal: text, holds }
}

const findSpread = (ratios: number[]): Figure['spread'] => [
  Math.min(...ratios),
  Math.max(...ratios),
]

/**
 * The least of each side, as one round: for times of single events, to which whatever else the machine does only adds,
 * so that the least is closest to the truth.
 */
export const findLeast = (rounds: Round<number>[]): Round<number>[] =>
  rounds.length === 0
    ? []
    : [
        {
          value: Math.min(...rounds.map((round) => round.value)),
          referenceValue: Math.min(...rounds.map((round) => round.referenceValue)),
        },
      ]

/** Both sides once per round, the order turned each time, so that slow drift of the machine hits both. */
export const interleave = async <Result>(
  rounds: number,
  product: () => Promise<Result>,
  reference: () => Promise<Result>,
): Promise<Round<Result>[]> => {
  const results: Round<Result>[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      const value = await product()
      results.push({ value, referenceValue: await reference() })
    } else {
      const referenceValue = await reference()
      results.push({ value: await product(), referenceValue })
    }
  }
  return results
}

const format = (value: number) => {
  if (!Number.isFinite(value)) return '-'
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)
}

const formatValue = ({ value, unit, interval }: Figure) =>
  interval === undefined
    ? `${format(value)} ${unit}`
    : `${format(value)} ${unit} (${format(interval[0])} to ${format(interval[1])})`

const formatRatio = ({ ratio, spread: [least, most] }: Figure) =>
  least < most ? `${format(ratio)} (${format(least)} to ${format(most)})` : format(ratio)

/** The figures as a table of plain text. */
export const formatTable = (figures: Figure[]): string => {
  const rows = [
    ['figure', 'measured', 'compared with', 'its figure', 'ratio', 'goal', ''],
    ...figures.map((figure) => [
      figure.name,
      formatValue(figure),
      figure.reference,
      Number.isFinite(figure.referenceValue)
        ? `${format(figure.referenceValue)} ${figure.unit}`
        : '-',
      formatRatio(figure),
      figure.goal,
      figure.goal === 'none' ? '' : figure.holds ? 'reached' : 'MISSED',
    ]),
  ]
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
