/**
 * Turns for work that few may do at the same time, such as hashing passwords. Owns who comes next, and who is refused when
 * too many wait: more than are expected to get their turn in time, by the measured pace. Known callers come in their order,
 * get most turns, and may take the place of others. The others share their turns equally by network, so that no number of
 * requests from one network keeps another one out. Who was refused and comes back is ahead of those who came later, but never
 * gets a turn of another network by that. Background callers, for whom no browser waits, have places and turns of their own.
 * A caller whose client has closed the connection (request-scope.ts) loses its place.
 */
import { createLine, type PlaceOptions, type Waiter } from './fair-line.ts'
import { Fault } from './fault.ts'
import { createPace } from './pace.ts'
import { findRequest, leftFault, longestTurns, type RequestScope } from './request-scope.ts'

export interface FairQueueOptions {
  /** Pieces of work at once. */
  readonly width: number
  /** Callers that may wait, all together, however fast the work is. */
  readonly limit: number
  /**
   * So many of these places known callers do not lose to others, nor others to them. The background has as many places
   * more. Where the pace allows fewer places in all, it is the same part of them.
   */
  readonly reserved: number
  /** Milliseconds. Nobody gets a place who would probably wait longer, or keeps it longer. Absent: only `limit` counts. */
  readonly longestWait?: number
  /** Milliseconds on a clock that never jumps; absent: `performance.now`. */
  readonly now?: () => number
}

export interface TurnOptions extends PlaceOptions {
  /** Milliseconds that the caller waits; absent: `longestWait`. */
  readonly patience?: number
}

export interface FairQueue {
  /** Runs `work` when its turn has come. Throws Fault `busy` when too many wait, or for too long. */
  run<Result>(work: () => Promise<Result>, options?: TurnOptions): Promise<Result>
  waiting(): number
  /** How many were refused so far. */
  refused(): number
  /** How many clients left while they waited. */
  left(): number
  /** Milliseconds that a new caller would probably wait. */
  expectedWait(): number
}

/** Seconds after which a refused caller comes back, at least and at most. */
const [soonest, latest] = [1, 120]

export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { width, limit, reserved, longestWait, now = () => performance.now() } = options
  const pace = createPace(width, longestWait ?? Number.POSITIVE_INFINITY)
  let [running, refused, left] = [0, 0, 0]
  /** When the caller that is refused next may come back: one after the other, as fast as turns come free. */
  let nextReturn = 0
  const line = createLine({
    countPlaces() {
      const interval = pace.findInterval()
      if (longestWait === undefined || interval === undefined) return limit
      return Math.min(limit, Math.max(1, Math.floor(longestWait / interval)))
    },
    reserved: reserved / Math.max(1, limit),
    isTimed: longestWait !== undefined,
    refuse,
  })

  const expectedWait = () => (pace.findInterval() ?? 0) * line.count()

  function refuse(waiter: Waiter): void {
    refused += 1
    waiter.refuse(tooMany(line.count(), findReturn()))
  }

  /** Seconds. */
  function findReturn(): number {
    const earliest = now() + Math.max(soonest * 1000, expectedWait())
    const next = Math.max(nextReturn + (pace.findInterval() ?? 0), earliest)
    nextReturn = Math.min(next, now() + latest * 1000)
    return Math.ceil((nextReturn - now()) / 1000)
  }

  function waitForTurn(turn: TurnOptions, request: RequestScope | undefined): Promise<void> {
    const patience = findPatience(turn.patience ?? longestWait, request)
    return new Promise<void>((done, fail) => {
      const settle = () => {
        clearTimeout(timer)
        request?.signal.removeEventListener('abort', leave)
      }
      const waiter: Waiter = {
        since: now() - (request?.waited ?? 0),
        go() {
          settle()
          done()
        },
        refuse(fault) {
          settle()
          fail(fault)
        },
      }
      const giveUp = () => {
        line.leave(waiter, turn)
        refuse(waiter)
      }
      const leave = () => {
        line.leave(waiter, turn)
        left += 1
        waiter.refuse(leftFault())
      }
      const timer = patience === undefined ? undefined : setTimeout(giveUp, patience)
      request?.signal.addEventListener('abort', leave)
      line.join(waiter, turn)
    })
  }

  return {
    waiting: line.count,
    refused: () => refused,
    left: () => left,
    expectedWait,
    async run(work, turn = {}) {
      const request = findRequest()
      if (request?.signal.aborted === true) {
        left += 1
        throw leftFault()
      }
      if (running < width) running += 1
      else await waitForTurn(turn, request)
      const begun = now()
      try {
        return await work()
      } finally {
        pace.note(now() - begun)
        line.trim()
        // Passes its place on, so that nobody new can slip in between.
        const next = line.takeNext()
        if (next === undefined) running -= 1
        else next.go()
      }
    },
  }
}

/** A request that needs several turns waits for all of them together no longer than a proxy does. */
function findPatience(
  patience: number | undefined,
  request: RequestScope | undefined,
): number | undefined {
  if (patience === undefined || request === undefined) return patience
  const rest = request.arrivedAt + longestTurns - performance.now()
  return Math.max(1, Math.min(patience, rest))
}

const tooMany = (waiting: number, retryAfter: number): Fault =>
  new Fault('busy', 'Too many logins at the same moment.', { details: { waiting }, retryAfter })
