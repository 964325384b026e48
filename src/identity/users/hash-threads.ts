/** How important the threads that hash passwords are to the system. Owns nothing of the hashes themselves. */
import { readdir, readFile } from 'node:fs/promises'
import { constants, getPriority, setPriority } from 'node:os'

/** As libuv calls the threads of its pool, which run the hashes. */
const poolThread = 'libuv-worker'
/** With 17, a hash still gets about a fortieth of a core from an event loop, or a neighbour, that is busy all the time. */
const step = 17

/**
 * Puts the threads of the pool behind the event loop, which then gets the core of a hash as soon as it has something to
 * do. Hashes lose nothing: what the loop does has to be done anyhow. Linux knows a priority for each thread; elsewhere,
 * and where it is forbidden, everything stays as it is. Returns the numbers of the threads.
 */
export async function putPoolBehindLoop(): Promise<readonly number[]> {
  if (process.platform !== 'linux') return []
  try {
    // This reading runs on the pool, so its threads are there when the list comes.
    const threads = (await readdir('/proc/self/task')).map(Number)
    const names = await Promise.all(
      threads.map((thread) => readFile(`/proc/self/task/${thread}/comm`, 'utf8').catch(() => '')),
    )
    const pool = threads.filter((_, index) => names[index]?.trim() === poolThread)
    const priority = Math.min(getPriority() + step, constants.priority.PRIORITY_LOW)
    for (const thread of pool) setPriority(thread, priority)
    return pool
  } catch {
    return []
  }
}
