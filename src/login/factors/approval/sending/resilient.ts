/**
 * Wraps a sender with a timeout for each try and up to two retries while the challenge is valid. Does not try at all while a
 * provider keeps failing, or while it accepts no messages for a phone. Owns the tries; the sender inside does not know of them.
 */
import { type Clock, seconds } from '../../../../platform/kernel/clock.ts'
import type { Random } from '../../../../platform/kernel/random.ts'
import { type Piece, tracePiece } from '../../../../platform/kernel/trace.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import type { ProviderMetrics } from './metrics.ts'
import { refuse } from './replies.ts'
import { createRests, type Rests } from './rests.ts'
import type { Message, Sender, SendResult, Target } from './sender.ts'
import { createSlots } from './slots.ts'

/** Timers as an argument, so that tests need not wait. */
export interface Timers {
  /** Calls `callback` after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void
}

export const systemTimers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

export interface ResilientOptions<To extends Target, What extends Message> {
  readonly sender: Sender<To, What>
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly metrics: ProviderMetrics
}

export const tryTimeout = seconds(5)
const maxTries = 3
/** The longest wait (ms) before the second and before the third try. The wait is drawn between half of it and all of it. */
const backoff = [500, 2000] as const
/** How many tries run at a time for each provider, so that one that hangs does not block the others. */
const concurrency = 64
const queueLimit = 2000
const providerLimit = 100

export function createResilientSender<To extends Target, What extends Message>(
  options: ResilientOptions<To, What>,
): Sender<To, What> {
  const { sender, clock, metrics } = options
  const parts = { ...options, findLane: createLanes(options), rests: createRests(clock) }
  return {
    ...sender,
    async send(target, message, signal) {
      const begin = clock.now()
      const end = metrics.began(begin)
      const result = await sendWithTries(parts, target, message, signal).finally(end)
      if (result.type === 'sent') metrics.handedOver(clock.now() - begin)
      else if (result.type === 'gone') metrics.gone()
      else metrics.failed()
      return result
    },
  }
}

interface Parts<To extends Target, What extends Message> extends ResilientOptions<To, What> {
  readonly findLane: (target: To) => Lane
  /** Phones for which their provider accepts no messages now. */
  readonly rests: Rests
}

/** The state that all tries at one provider share. */
interface Lane {
  readonly slots: ReturnType<typeof createSlots>
  /** Absent where a failure says nothing about other phones. */
  readonly breaker: Breaker | undefined
}

/** One lane for each provider. Phones can name providers, so only the last ones are remembered. */
function createLanes<To extends Target, What extends Message>({
  sender,
  clock,
  metrics,
}: ResilientOptions<To, What>) {
  const lanes = new Map<string | undefined, Lane>()
  const createLane = (provider: string | undefined): Lane => ({
    slots: createSlots({ limit: concurrency, queueLimit }),
    breaker:
      provider === undefined ? undefined : createBreaker({ clock, onOpen: metrics.breakerOpened }),
  })
  return (target: To): Lane => {
    const provider = sender.getProvider === undefined ? sender.name : sender.getProvider(target)
    const lane = lanes.get(provider) ?? createLane(provider)
    lanes.delete(provider)
    lanes.set(provider, lane)
    if (lanes.size > providerLimit) {
      const [oldest] = lanes.keys()
      lanes.delete(oldest)
    }
    return lane
  }
}

async function sendWithTries<To extends Target, What extends Message>(
  parts: Parts<To, What>,
  target: To,
  message: What,
  signal: AbortSignal,
): Promise<SendResult> {
  const { clock, metrics, timers } = parts
  const end = clock.now() + seconds(message.ttlSeconds)
  let mayHaveArrived = false
  for (let tries = 1; ; tries += 1) {
    const last = await runInSlot(parts, target, { signal, end }, async (left) => {
      const now = { ...message, ttlSeconds: Math.ceil(left / 1000) }
      return await runWithTimeout(timers, Math.min(left, tryTimeout), signal, (trySignal) =>
        tracePiece(createPiece(parts.sender.name), () => parts.sender.send(target, now, trySignal)),
      )
    })
    // The last try certainly did not arrive, but an earlier one of the same message may have arrived.
    const result = mayHaveArrived ? withoutCertainty(last) : last
    mayHaveArrived ||= last.type === 'failed' && last.isRefused !== true
    if (result.type !== 'failed' || !result.retryable || tries === maxTries) return result
    const pause = drawPause(parts, tries, result.retryAfter)
    if (signal.aborted || clock.now() + pause >= end) return result
    await wait(timers, pause, signal)
    if (signal.aborted) return result
    metrics.retried()
  }
}

const createPiece = (provider: string): Piece<SendResult> => ({
  name: `push ${provider}`,
  kind: 'client',
  describe: ({ type }) => ({
    'einlass.outcome': type,
    ...(type === 'failed' && { 'error.type': 'failed' }),
  }),
})

function withoutCertainty(result: SendResult): SendResult {
  if (result.type !== 'failed') return result
  const { isRefused: _, ...failure } = result
  return failure
}

function drawPause({ random }: { readonly random: Random }, tries: number, retryAfter = 0): number {
  const most = backoff[tries - 1] ?? 2000
  return Math.max(retryAfter, random.int(most / 2, most + 1))
}

/** Nothing was sent. There is no retry, so that users learn at once that they need not wait. */
const closed = refuse('breaker_open')
const full = refuse('too_many_under_way')
const expired = refuse('expired')
const resting = refuse('phone_limited')

async function runInSlot<To extends Target, What extends Message>(
  { clock, findLane, rests }: Parts<To, What>,
  target: To,
  { signal, end }: { readonly signal: AbortSignal; readonly end: number },
  attempt: (left: number) => Promise<SendResult>,
): Promise<SendResult> {
  const { slots, breaker } = findLane(target)
  if (!(await slots.take(signal))) return full
  try {
    const left = end - clock.now()
    if (left <= 0) return expired
    if (rests.has(target)) return resting
    if (breaker?.enter() === false) return closed
    const result = await attempt(left)
    if (signal.aborted) breaker?.brokenOff()
    else if (result.type !== 'failed') breaker?.succeeded()
    else if (result.ofPhone) {
      rests.begin(target, result.retryAfter)
      breaker?.brokenOff()
    } else if (result.retryable) breaker?.failed()
    else breaker?.succeeded()
    return result
  } catch (error) {
    breaker?.brokenOff()
    throw error
  } finally {
    slots.give()
  }
}

/** Gives up after `limit` (ms), even when the sender ignores its signal. */
async function runWithTimeout(
  timers: Timers,
  limit: number,
  outer: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<SendResult>,
): Promise<SendResult> {
  const controller = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<SendResult>()
  const giveUp = (reason: string) => {
    resolve({ type: 'failed', reason, retryable: true })
    controller.abort(new DOMException(reason, 'AbortError'))
  }
  const stop = () => giveUp('stopped')
  const forget = timers.after(limit, () => giveUp('timeout'))
  outer.addEventListener('abort', stop, { once: true })
  try {
    attempt(controller.signal).then(resolve, reject)
    return await promise
  } finally {
    forget()
    outer.removeEventListener('abort', stop)
  }
}

async function wait(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const forget = timers.after(ms, done)
    function done() {
      forget()
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}
