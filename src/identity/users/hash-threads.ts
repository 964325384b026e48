/** The priority of the threads that hash passwords. Does not own the hashes themselves. */
import { readdir, readFile } from 'node:fs/promises'
import { constants, getPriority, setPriority } from 'node:os'

/** The name that libuv gives the threads of its pool, which run the hashes. */
const poolThread = 'libuv-worker'
/**
 * With 5, a hash gets a quarter of a core beside an event loop, or another process, that is busy all the time. With 17 it gets a
 * fortieth: then a neighbour that uses the processor ends all logins but a few. A process cannot take a step back.
 */
const step = 5

/**
 * Gives the threads of the pool a lower priority than the event loop, so that the loop gets the core of a hash as soon as
 * it has work. Hashes lose nothing, because the work of the loop has to be done anyhow. Linux has a priority for each
 * thread; on other systems, and where it is forbidden, nothing changes. Returns the ids of the threads.
 */
export async function putPoolBehindLoop(): Promise<readonly number[]> {
  if (process.platform !== 'linux') return []
  try {
    // This read runs on the pool, so the pool's threads exist when the list arrives.
    const threads = (await readdir('/proc/self/task')).map(Number)
    const names = await Promise.all(
      threads.map((thread) => readFile(`/proc/self/task/${thread}/comm`, 'utf8').catch(() => '')),
    )
    const pool = threads.filter((_, index) => names[index]?.trim() === poolThread)
    for (const thread of pool) setPriority(thread, findPriority())
    return pool
  } catch {
    return []
  }
}

/** The same for the thread that calls it, which is not the main thread. */
export function putThreadBehindLoop(): void {
  if (process.platform !== 'linux') return
  try {
    // On Linux, 0 is the thread and not the process.
    setPriority(0, findPriority())
  } catch {
    // The thread then competes with the event loop.
  }
}

const findPriority = () => Math.min(getPriority() + step, constants.priority.PRIORITY_LOW)
