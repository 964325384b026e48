// The median of the differences, and the interval that contains the true median in 95 of 100 measurements. Both ends are values
// of the sorted differences, chosen by the sign test, which assumes nothing about their distribution.

export type Interval = { median: number; low: number; high: number }

/** Standard deviations of the normal distribution, which approximates the number of positive signs. */
const deviations = 1.96

export const findInterval = (differences: readonly number[]): Interval => {
  const sorted = differences.toSorted((a, b) => a - b)
  const count = sorted.length
  const at = (rank: number) => sorted[Math.min(count - 1, Math.max(0, rank))] ?? Number.NaN
  const low = Math.floor((count - deviations * Math.sqrt(count)) / 2)
  const middle = (count - 1) / 2
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(low - 1),
    high: at(count - low),
  }
}
