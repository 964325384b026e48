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

/**
 * Whether a time of `length` that began at `since` is over. So is one that began in the future: the clock was set back since,
 * and a pause would otherwise last for as long as the clock was ahead. For times in memory; of times that another node may have
 * written, `isFromFuture` knows that clocks differ.
 */
export const isOver = (since: number, length: number, now: number): boolean =>
  now < since || now - since >= length

/** The clocks of ready nodes differ by less than this. */
export const clockSlack = minutes(1)

/**
 * Whether a time was written by a clock that was ahead and was set back since, on this node or another one. Such a time is
 * not trusted: a wait that starts at it would last for as long as the clock was ahead.
 */
export const isFromFuture = (at: number, now: number): boolean => at > now + clockSlack
