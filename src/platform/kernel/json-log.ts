/** The log of a process: JSON lines by pino, without secrets. log.ts has the type that features know. */
import { pino } from 'pino'
import type { Log } from './log.ts'
import { redact } from './redact.ts'

export interface LevelledLog extends Log {
  /** Can be changed while it is in use. */
  level: string
}

/** An entry below `level` costs nothing. An error is logged under the key `error`. */
export function createLog(level: string, to: NodeJS.WritableStream): LevelledLog {
  const options = {
    level,
    base: null,
    errorKey: 'error',
    formatters: { log: (entry: object) => ({ ...redact(entry) }) },
    // An error is an object by now, see `redact`.
    serializers: { err: (error: unknown) => error },
  }
  return pino(options, to as never)
}
