/** What hundreds of requests say at the same time, as in an outage or a flood, in few lines of the log. */
import { minutes } from './clock.ts'

/** Writes an entry; of those with the same key only the first and, a minute later, the last with the number of all since. */
export type LogFolded = (key: string, entry: object, message: string) => void

interface Open {
  times: number
  last: object
}

/** More than there are kinds of trouble at a time. Beyond, each entry is written. */
const mostKeys = 100

/**
 * @param write of the log, for example its `error`
 * @param span milliseconds
 */
export function createFoldedLog(
  write: (entry: object, message: string) => void,
  span = minutes(1),
): LogFolded {
  const openByKey = new Map<string, Open>()
  return (key, entry, message) => {
    const open = openByKey.get(key)
    if (open !== undefined) {
      open.times += 1
      open.last = entry
      return
    }
    write(entry, message)
    if (openByKey.size >= mostKeys) return
    const fresh: Open = { times: 0, last: entry }
    openByKey.set(key, fresh)
    const end = () => {
      openByKey.delete(key)
      if (fresh.times > 0) write({ ...fresh.last, times: fresh.times }, message)
    }
    // The process does not stay for it.
    setTimeout(end, span).unref()
  }
}
