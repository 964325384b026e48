/** Writes what hundreds of requests report at the same time, as in an outage or a flood, in few lines of the log. */
import { minutes } from './clock.ts'
import { isUnavailable } from './fault.ts'
import type { Log } from './log.ts'

/** Writes an entry. Of those with the same key, writes only the first and, a minute later, the last one with their number. */
export type LogFolded = (key: string, entry: object, message: string) => void

interface Open {
  times: number
  last: object
}

/** More than there are kinds of trouble at a time. Beyond this limit, each entry is written. */
const mostKeys = 100

/** An entry may itself stand for many, when one folded log writes to another. */
const readTimes = (entry: { readonly times?: unknown }): number =>
  typeof entry.times === 'number' ? entry.times : 1

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
      open.times += readTimes(entry)
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
    // The process does not wait for this timer.
    setTimeout(end, span).unref()
  }
}

/**
 * The same log, in which an outage is few lines: each error or warning whose cause is a Fault `unavailable`, such as a full disk,
 * is written once a minute, with the number of times. So neither a worker that looks into the database every second nor requests
 * whose writes are refused fill the disk while the database is away.
 */
export function foldOutages(log: Log, span = minutes(1)): Log {
  return {
    debug: (entry, message) => log.debug(entry, message),
    info: (entry, message) => log.info(entry, message),
    warn: foldLevel((entry, message) => log.warn(entry, message), span),
    error: foldLevel((entry, message) => log.error(entry, message), span),
  }
}

function foldLevel(write: Log['error'], span: number): Log['error'] {
  const logFolded = createFoldedLog(write, span)
  return (entry, message) => {
    if ('error' in entry && isUnavailable(entry.error)) logFolded(message, entry, message)
    else write(entry, message)
  }
}
