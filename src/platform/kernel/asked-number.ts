/**
 * A number for metrics that another program has to be asked for, such as a count in the database. It is asked for on
 * demand, at most once in a while, and with a time limit. So many scrapes cause no load, and one that hangs does not delay
 * the others.
 */
import { seconds } from './clock.ts'
import type { Log } from './log.ts'

export interface AskedNumberOptions<Result> {
  ask(): Result | Promise<Result>
  /** For the log. */
  readonly name: string
  readonly log: Log
  /** Milliseconds that an answer is good for. */
  readonly goodFor?: number
  /** Milliseconds that an answer may take. */
  readonly patience?: number
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number
}

/** Gives `undefined` while there is no answer. */
export function createAskedNumber<Result>(
  options: AskedNumberOptions<Result>,
): () => Promise<Result | undefined> {
  const { ask, name, log, goodFor = seconds(5), patience = seconds(1) } = options
  const { now = () => performance.now() } = options
  let last: { readonly at: number; readonly result: Result } | undefined
  let asking: Promise<Result | undefined> | undefined

  async function askNow(): Promise<Result | undefined> {
    try {
      const result = await ask()
      last = { at: now(), result }
      return result
    } catch (error) {
      log.debug({ error, name }, 'a number for the metrics could not be read')
      return undefined
    }
  }

  return async () => {
    if (last !== undefined && now() - last.at < goodFor) return last.result
    // While an answer is awaited, nothing is asked again.
    asking ??= askNow().finally(() => {
      asking = undefined
    })
    return await withinTime(asking, patience)
  }
}

async function withinTime<Result>(
  answer: Promise<Result | undefined>,
  limit: number,
): Promise<Result | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), limit)
  return await Promise.race([answer, promise]).finally(() => clearTimeout(timer))
}
