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

/** The clocks of nodes that are ready differ by less. */
export const clockSlack = minutes(1)

/**
 * Whether a time was written by a clock that was set back since, of this node or of another one. What is counted from such a
 * time is not believed: a wait would else last for as long as the clock was ahead.
 */
export const isFromFuture = (at: number, now: number): boolean => at > now + clockSlack
