/**
 * How many requests a person's phones may get: the numbers, and what follows from the requests that were sent. Each factor
 * counts its own requests.
 */
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'

/** Login messages that were not approved, for each asker. `window` in milliseconds. */
const shortBudget = { messages: 3, window: minutes(10) }
const testBudget = { messages: 5, window: minutes(10) }
export const longBudget = { messages: 10, window: hours(24) }
/** Refused messages. They reach nobody, so this only protects a provider from endless requests. */
export const refusedBudget = { messages: 20, window: minutes(10) }
/**
 * How long the next message has to wait after the first and after the second one that was not approved (ms). No person
 * sends again faster than the first pause, but many logins at the same moment do.
 */
const pauses = [seconds(1), seconds(20)]

/**
 * `limit`: too many were not approved. `pause`: the next one follows shortly. `busy`: a phone waits for the answer to a request
 * that this login does not supersede. `until` in milliseconds since the epoch.
 */
export interface SendWait {
  readonly reason: 'pause' | 'limit' | 'busy'
  readonly until: number
}

/** Too many tests in ten minutes, or in 24 hours. `until` in milliseconds since the epoch. */
export interface TestLimit {
  readonly type: 'tests' | 'day'
  readonly until: number
}

export interface Sent {
  readonly created_at: number
}

/** @param sent messages of the last 24 hours, the latest first */
export function findLimit(sent: readonly Sent[], now: number): TestLimit | undefined {
  return findDayLimit(sent) ?? findTenMinutesLimit(sent, now)
}

/** @param sent messages of the last 24 hours, the latest first */
function findDayLimit(sent: readonly Sent[]): TestLimit | undefined {
  const oldest = sent[longBudget.messages - 1]
  if (oldest === undefined) return undefined
  return { type: 'day', until: oldest.created_at + longBudget.window }
}

/** @param tests test messages, the latest first */
function findTenMinutesLimit(tests: readonly Sent[], now: number): TestLimit | undefined {
  const until = (tests[testBudget.messages - 1]?.created_at ?? 0) + testBudget.window
  return until > now ? { type: 'tests', until } : undefined
}

export interface SentForLogin {
  readonly at: number
  /** It can still be answered. */
  readonly isOpen: boolean
  readonly isToChosen: boolean
  /** It certainly did not arrive. */
  readonly isRefused?: boolean
}

/** @param all messages that were not approved, the latest first */
export function computeSendWait(
  all: readonly SentForLogin[],
  now: number,
  hasChosen: boolean,
): SendWait | undefined {
  const sent = all.filter(({ isRefused }) => isRefused !== true)
  const refused = all.filter(({ isRefused }) => isRefused === true)
  const limited = Math.max(
    findEnd(sent, shortBudget),
    findEnd(sent, longBudget),
    findEnd(refused, refusedBudget),
  )
  if (limited > now) return { reason: 'limit', until: limited }
  const recent = sent.filter(({ at }) => at > now - shortBudget.window)
  const [latest] = recent
  // A user who cancelled or denied the only message need not wait.
  if (latest === undefined || (recent.length === 1 && !latest.isOpen)) return undefined
  if (hasChosen && recent.every(({ isToChosen }) => !isToChosen)) return undefined
  const paused = latest.at + (pauses[recent.length - 1] ?? 0)
  return paused > now ? { reason: 'pause', until: paused } : undefined
}

/** When a budget has room again (ms since the epoch); 0: it has room now. */
function findEnd(sent: readonly SentForLogin[], { messages, window }: typeof longBudget): number {
  const oldest = sent[messages - 1]
  return oldest === undefined ? 0 : oldest.at + window
}
