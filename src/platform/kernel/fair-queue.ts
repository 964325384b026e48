/**
 * Turns for work that few may do at the same time, such as hashing passwords. Owns who comes next, and who is refused when
 * too many wait. Known callers come in their order, get most turns, and may take the place of others. The others share
 * their turns equally by network, so that no number of requests from one network keeps another one out. Background callers,
 * for whom no browser waits, have places and turns of their own.
 */
import { Fault } from './fault.ts'

export interface FairQueueOptions {
  /** Pieces of work at once. */
  readonly width: number
  /** Callers that may wait, all together. */
  readonly limit: number
  /**
   * So many of these places known callers do not lose to others, nor others to them. The background has as many places
   * more.
   */
  readonly reserved: number
}

/**
 * The networks of an unknown client, the widest first, each one inside the one before. `background`: jobs, operators and
 * other systems, for which no browser waits.
 */
export type Caller = readonly string[] | 'background'

export interface TurnOptions {
  /** Absent: a known caller. */
  readonly from?: Caller | undefined
  /** For known callers: how many may wait before this one; absent: all that have a place. */
  readonly limit?: number
  /** Milliseconds that the caller waits; absent: as long as it takes. */
  readonly patience?: number
}

export interface FairQueue {
  /** Runs `work` when its turn has come. Throws Fault `unavailable` when too many wait, or for too long. */
  run<Result>(work: () => Promise<Result>, options?: TurnOptions): Promise<Result>
  waiting(): number
  /** How many were refused so far. */
  refused(): number
}

interface Waiter {
  go(): void
  refuse(fault: Fault): void
}

/** One of so many turns is for the others, if one of them waits, however many known callers wait. */
const turnsPerOther = 4
/** One of so many turns is for the background; the known callers give it up. */
const turnsPerBackground = 8
const backgroundTurn = 2

export function createFairQueue({ width, limit, reserved }: FairQueueOptions): FairQueue {
  const known: Waiter[] = []
  const others = createShare()
  const background: Waiter[] = []
  let running = 0
  let turns = 0
  let refused = 0

  const waiting = () => known.length + others.size + background.length

  function joinOthers(waiter: Waiter, from: readonly string[]): void {
    addTo(others, from, waiter)
    const places = limit - Math.max(reserved, known.length)
    if (others.size > places) removeLast(others, from)?.refuse(tooMany(waiting()))
  }

  /** Takes the place of another caller if no place is free. */
  function joinKnown(waiter: Waiter, ownLimit = limit): void {
    const isFull = known.length + others.size >= limit
    const mayTake = others.size > reserved
    if (known.length >= ownLimit || (isFull && !mayTake)) {
      waiter.refuse(tooMany(waiting()))
      return
    }
    if (isFull) removeLast(others, [])?.refuse(tooMany(waiting()))
    known.push(waiter)
  }

  function joinBackground(waiter: Waiter): void {
    if (background.length < reserved) background.push(waiter)
    else waiter.refuse(tooMany(waiting()))
  }

  function takeNext(): Waiter | undefined {
    turns += 1
    const isForBackground = turns % turnsPerBackground === backgroundTurn
    const first = isForBackground ? background.shift() : undefined
    if (first !== undefined) return first
    const isForOther = known.length === 0 || turns % turnsPerOther === 0
    return (isForOther ? takeFirst(others) : undefined) ?? known.shift() ?? background.shift()
  }

  function leave(waiter: Waiter, from: Caller | undefined): void {
    if (from === undefined) known.splice(known.indexOf(waiter), 1)
    else if (from === 'background') background.splice(background.indexOf(waiter), 1)
    else remove(others, from, waiter)
    waiter.refuse(tooMany(waiting()))
  }

  async function waitForTurn({ from, limit: ownLimit, patience }: TurnOptions): Promise<void> {
    if (running < width) {
      running += 1
      return
    }
    await new Promise<void>((done, fail) => {
      const waiter: Waiter = {
        go() {
          clearTimeout(timer)
          done()
        },
        refuse(fault) {
          clearTimeout(timer)
          refused += 1
          fail(fault)
        },
      }
      const timer =
        patience === undefined ? undefined : setTimeout(() => leave(waiter, from), patience)
      if (from === undefined) joinKnown(waiter, ownLimit)
      else if (from === 'background') joinBackground(waiter)
      else joinOthers(waiter, from)
    })
  }

  return {
    waiting,
    refused: () => refused,
    async run(work, options = {}) {
      await waitForTurn(options)
      try {
        return await work()
      } finally {
        // Passes its place on, so that nobody new can slip in between.
        const next = takeNext()
        if (next === undefined) running -= 1
        else next.go()
      }
    },
  }
}

const tooMany = (waiting: number): Fault =>
  new Fault('unavailable', 'Too many logins at the same moment.', {
    details: { waiting },
    retryAfter: 1,
  })

/** The waiters of a network, by the networks inside it; the innermost have the waiters. Each has at least one. */
interface Share {
  size: number
  /** The one whose turn is next comes first. */
  readonly parts: Map<string, Share>
  readonly waiters: Waiter[]
}

const createShare = (): Share => ({ size: 0, parts: new Map(), waiters: [] })

function addTo(share: Share, [name, ...names]: readonly string[], waiter: Waiter): void {
  share.size += 1
  if (name === undefined) {
    share.waiters.push(waiter)
    return
  }
  const part = share.parts.get(name) ?? createShare()
  share.parts.set(name, part)
  addTo(part, names, waiter)
}

/** Takes the next waiter of the network whose turn is next. */
function takeFirst(share: Share): Waiter | undefined {
  if (share.size > 0) share.size -= 1
  const [first] = share.parts
  if (first === undefined) return share.waiters.shift()
  const [name, part] = first
  const waiter = takeFirst(part)
  share.parts.delete(name)
  if (part.size > 0) share.parts.set(name, part)
  return waiter
}

/** Removes one waiter from its network. */
function remove(share: Share, [name, ...names]: readonly string[], waiter: Waiter): void {
  share.size -= 1
  const part = name === undefined ? undefined : share.parts.get(name)
  if (name === undefined || part === undefined) {
    share.waiters.splice(share.waiters.indexOf(waiter), 1)
    return
  }
  remove(part, names, waiter)
  if (part.size === 0) share.parts.delete(name)
}

/** Takes the last waiter of the network where most wait; if as many wait in the newcomer's network, of that one. */
function removeLast(
  share: Share,
  [newcomer = '', ...names]: readonly string[],
): Waiter | undefined {
  share.size -= 1
  let fullest: readonly [name: string, part: Share] | undefined
  const own = share.parts.get(newcomer)
  if (own !== undefined) fullest = [newcomer, own]
  for (const one of share.parts) {
    if (one[1].size > (fullest?.[1].size ?? 0)) fullest = one
  }
  if (fullest === undefined) return share.waiters.pop()
  const [name, part] = fullest
  const waiter = removeLast(part, names)
  if (part.size === 0) share.parts.delete(name)
  return waiter
}
