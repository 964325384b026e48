/** Choices that depend only on a seed, so that the requests of a run can be repeated. */
export interface Choices {
  /** From 0 up to 1, without 1. */
  next(): number
  isTrue(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item | undefined
  between(least: number, most: number): number
}

/** The generator mulberry32. */
export function createChoices(seed: number): Choices {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    isTrue: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)],
    between: (least, most) => least + next() * (most - least),
  }
}
