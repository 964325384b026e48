/** Server time. Every lifetime in Einlass is judged by this clock and by no other. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** Durations in milliseconds: `minutes(5)` is 300 000. */
export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000
export const hours = (n: number): number => n * 3_600_000
