// A measured figure, its reference, and whether it reaches its goal.

import type { Target } from './process.ts'

export type Figure = {
  name: string
  unit: string
  value: number
  /** The interval that contains the true value in 95 of 100 measurements, if known. */
  interval?: [low: number, high: number]
  reference: string
  referenceValue: number
  ratio: number
  /** The smallest and the largest ratio of all rounds. */
  spread: [least: number, most: number]
  goal: string
  holds: boolean
}

/** The settings of one run of measurements. */
export type Bench = {
  product: Target
  floor: Target
  /** The name of the reference in the table: the floor, or another checkout. */
  reference: string
  rounds: number
  /** Seconds of load in one round. */
  seconds: number
  waiters: number
  say: (text: string) => void
}

/** The results of both sides in one round. */
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

/** The figure from interleaved rounds: the medians of both sides, and the median of the ratios of each round. */
export const compare = (options: {
  name: string
  unit: string
  reference: string
  rounds: Round<number>[]
  /** Absent: the figure is only shown. */
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
 * The smallest value of each side, as one round. For times of single events: other work of the machine can only add to them, so
 * the smallest one is closest to the truth.
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

/** Measures both sides once per round and reverses the order each time, so that slow drift of the machine affects both. */
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

/** Formats the figures as a plain-text table. */
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
