/** The number challenge: three numbers on the phone, the right one of them on the page. */
import type { RandomSource } from './random.ts'

export interface DrawnNumbers {
  /** Three different numbers from 10 to 99, ascending. Smaller ones would lose their leading zero on some phones. */
  readonly numbers: readonly [number, number, number]
  /** The number that the page shows. */
  readonly right: number
}

/**
 * Draws the numbers of one challenge: `{ numbers: [17, 42, 88], right: 42 }`.
 * @param chosen the right number, from 10 to 99, if it was already drawn elsewhere
 */
export function drawNumbers(random: RandomSource, chosen?: number): DrawnNumbers {
  const drawn = new Set<number>(chosen === undefined ? [] : [chosen])
  while (drawn.size < 3) drawn.add(random.int(10, 100))
  const [a, b, c] = [...drawn].sort((x, y) => x - y) as [number, number, number]
  const numbers = [a, b, c] as const
  return { numbers, right: chosen ?? numbers[random.int(0, 3)] ?? a }
}
