/** Writes a line of progress from time to time; a short run writes none. */
import { type Clock, seconds } from '../platform/kernel/clock.ts'
import type { Io } from '../platform/kernel/io.ts'

const every = seconds(5)

/** @param what is counted, for example `rows copied` */
export function createProgress(
  { stderr }: Pick<Io, 'stderr'>,
  clock: Clock,
  what: string,
): (more: number) => void {
  let count = 0
  let written = clock.now()
  return (more) => {
    count += more
    if (Math.abs(clock.now() - written) < every) return
    written = clock.now()
    stderr.write(`${count} ${what}\n`)
  }
}
