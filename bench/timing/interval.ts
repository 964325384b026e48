// The median of differences with the interval that holds that of all such pairs in 95 of 100 measurements: between two of the
// sorted differences, by the sign test, which asks nothing of their distribution.

export type Interval = { median: number; low: number; high: number }

/** Of the normal distribution, which the number of positive signs comes close to. */
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
