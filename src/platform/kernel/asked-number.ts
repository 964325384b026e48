/**
 * What another program has to be asked for, such as a count in the database, for metrics: asked when it is wanted, at most once in
 * a while, and not waited for without end. So no number of scrapes is a load, and one that hangs holds up no other.
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
    // One that still waits is not asked once more.
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
