/**
 * Checks the clock of this node against the clock of the database, which all nodes have in common. Owns how far it may be off,
 * what the log says about it, and the metric. SQLite uses the clock of its process, so there is never an offset.
 */
import { type Clock, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Metric } from '../kernel/metric.ts'
import type { OpenDatabase } from './database.ts'

export interface ClockWatch {
  /** `false`: the clock of this node is so wrong that no browser should be sent to it. */
  isRight(): boolean
  readonly metric: Metric
  start(): void
  stop(): void
}

export interface ClockWatchOptions {
  readonly database: Pick<OpenDatabase, 'findClockOffset'>
  readonly clock: Clock
  readonly log: Log
}

/** Milliseconds. From the first offset on, logins fail in some apps that ask for a fresh login; from the second on, in most. */
const warnedFrom = seconds(10)
const wrongFrom = seconds(60)
/** A state ends only this far below its limit, so that an offset near the limit does not change the state every second. */
const slack = seconds(1)
const betweenLooks = seconds(1)

type Verdict = 'right' | 'off' | 'wrong'

export function createClockWatch({ database, clock, log }: ClockWatchOptions): ClockWatch {
  let verdict: Verdict = 'right'
  let timer: NodeJS.Timeout | undefined

  /** Writes one log line for each change, however often it is called. */
  function look(): Verdict {
    const offset = database.findClockOffset(clock.now())
    if (offset === undefined) return verdict
    const now = judgeOffset(Math.abs(offset), verdict)
    if (now === verdict) return verdict
    verdict = now
    const entry = { offset: toSeconds(offset) }
    if (now === 'right') log.info(entry, 'the clock of this node agrees with the database again')
    else if (now === 'off') log.warn(entry, offText)
    else log.error(entry, wrongText)
    return verdict
  }

  return {
    isRight: () => look() !== 'wrong',
    metric: {
      name: 'einlass_clock_offset_seconds',
      type: 'gauge',
      help: 'How far the clock of this node is ahead of that of the database; negative: behind.',
      read() {
        const offset = database.findClockOffset(clock.now())
        return offset === undefined ? [] : [{ labels: {}, value: toSeconds(offset) }]
      },
    },
    start() {
      look()
      timer = setInterval(look, betweenLooks).unref()
    },
    stop: () => clearInterval(timer),
  }
}

const offText =
  'the clock of this node differs from that of the database by more than 10 seconds: compare both with NTP'
const wrongText =
  'the clock of this node differs from that of the database by a minute or more, so this node is not ready: compare both with NTP'

function judgeOffset(size: number, before: Verdict): Verdict {
  if (size >= wrongFrom - (before === 'wrong' ? slack : 0)) return 'wrong'
  return size > warnedFrom - (before === 'right' ? 0 : slack) ? 'off' : 'right'
}

const toSeconds = (offset: number): number => Math.round(offset) / seconds(1)
