/** How fast the turns of a queue go, as measured: so it follows the processor, and neighbours that use it too. */

export interface Pace {
  /** Notes how long one piece of work took, in milliseconds. */
  note(took: number): void
  /** Milliseconds from one turn to the next when some wait; `undefined`: nothing was measured yet. */
  findInterval(): number | undefined
}

/** The weight of the latest measurement. */
const weight = 1 / 8

/**
 * @param width pieces of work at once
 * @param longest no measurement is taken as more than this: a machine that stood still says little about the next minute
 */
export function createPace(width: number, longest: number): Pace {
  let usual: number | undefined
  return {
    note(took) {
      const counted = Math.min(took, longest)
      usual = usual === undefined ? counted : usual + (counted - usual) * weight
    },
    findInterval: () => (usual === undefined ? undefined : usual / width),
  }
}
