/**
 * The logout of all apps: when a session ends, each app that took part in it is notified through the channel that its protocol
 * chooses. Owns when an app is tried and what is recorded of the attempt; identity/sessions/logout-queue.ts stores the waiting
 * apps.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import {
  asked,
  browserTime,
  declined,
  inBrowser,
  type LogoutQueue,
  type QueuedLogout,
  type TakenLogout,
} from '../../identity/sessions/logout-queue.ts'
import type { Participant } from '../../identity/sessions/participants.ts'
import { type Clock, seconds } from '../../platform/kernel/clock.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { labelCounts, type Metric } from '../../platform/kernel/metric.ts'
import { type Piece, tracePiece } from '../../platform/kernel/trace.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { AttemptResult } from '../../platform/storage/work-queue.ts'
import { logoutEvents } from './events.ts'

/**
 * How an app is notified that a session has ended.
 *
 *   return { type: 'back_channel', notify: () => postLogoutRequest(app, data.nameId) }
 *   return { type: 'frame', urls: realms.map((realm) => `${realm}?wa=wsignoutcleanup1.0`) }
 */
export type LogoutChannel =
  /** The app has no address for logouts: its own session continues until it ends by itself. */
  | { readonly type: 'none' }
  /** From server to server. `notify` takes a few seconds at most and does not throw. Any node may call it, even days later. */
  | { readonly type: 'back_channel'; notify(): Promise<AttemptResult> }
  /** By hidden frames in the person's browser, at the end of a logout there. Nobody can read what an app answers in them. */
  | { readonly type: 'frame'; readonly urls: readonly string[] }
  /**
   * By a message that the person's browser takes to the app, at the end of a logout there. It brings back an answer, which the
   * protocol gives to `host.sessions.noteLogoutAnswer`. `url` may be a path on this server that redirects.
   */
  | { readonly type: 'message'; readonly url: string }

/** How a browser takes a message to an app. */
export interface LogoutCarrier {
  /** The entry of the app, by which the protocol recognizes the answer. 36 characters. */
  readonly id: string
  /** `window`: the person opens it, because the app gave no answer in the frame. */
  readonly place: 'frame' | 'window'
}

/** Asks the protocol of a participant for the channel. */
export type FindLogoutChannel = (
  participant: Participant,
  carrier: LogoutCarrier,
) => Promise<LogoutChannel>

export interface AppLogoutsOptions {
  readonly clock: Clock
  readonly queue: LogoutQueue
  readonly findChannel: FindLogoutChannel
  readonly db: Database
  readonly audit: Audit
  readonly log: Log
}

export type AppLogouts = ReturnType<typeof createAppLogouts>

const pollEvery = seconds(5)
/** The maximum number of attempts at the same time. */
const batch = 50

/** The page that shows in the browser which apps were logged out. */
export const logoutPath = '/logout'

export function createAppLogouts(options: AppLogoutsOptions) {
  const { queue, log } = options
  const counts: Record<Outcome, number> = { notified: 0, retried: 0, given_up: 0 }
  let poll: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  /** First attempts, for sessions that have just ended. */
  const first = new Set<Promise<void>>()

  async function attempt(taken: TakenLogout): Promise<void> {
    try {
      const result = await notify(options, taken)
      const status = await queue.note(taken, result)
      if (isUnreachable(result)) return
      counts[findOutcome(status)] += 1
      await writeDown(options, taken, result, status)
    } catch (error) {
      log.error({ error, appId: taken.participant.appId }, 'the logout of an app failed')
    }
  }

  async function notifyDue(sessionId?: string): Promise<void> {
    const attempts: Promise<void>[] = []
    while (attempts.length < batch) {
      const taken = await queue.takeDue(sessionId)
      if (taken === undefined) break
      attempts.push(attempt(taken))
    }
    await Promise.all(attempts)
  }

  function look(): Promise<void> {
    running ??= notifyDue()
      .catch((error: unknown) =>
        log.error({ error }, 'apps that wait for a logout were not looked at'),
      )
      .finally(() => {
        running = undefined
      })
    return running
  }

  async function notifyEnded(ids: readonly string[]): Promise<void> {
    await queue.endSessions(ids)
    await Promise.all(ids.map(notifyDue))
  }

  return {
    /** Queues the apps of these sessions and tries each once; resolves after these attempts. */
    async sessionsEnded(ids: readonly string[]): Promise<void> {
      const notifying = notifyEnded(ids).finally(() => first.delete(notifying))
      first.add(notifying)
      await notifying
    },

    /** Tries again the apps that are due. */
    look,

    start(): void {
      poll ??= setInterval(() => void look(), pollEvery).unref()
    },

    /** Waits for the running attempts. */
    async stop(): Promise<void> {
      clearInterval(poll)
      poll = undefined
      await Promise.allSettled([running, ...first])
    },

    metric: {
      name: 'einlass_app_logouts_total',
      type: 'counter',
      help: 'Attempts to notify an app that a session has ended.',
      read: () => labelCounts('outcome', counts),
    } satisfies Metric,
  }
}

type Outcome = 'notified' | 'retried' | 'given_up'

const outcomes = { sent: 'notified', waiting: 'retried', failed: 'given_up' } as const

const findOutcome = (status: QueuedLogout['status']): Outcome => outcomes[status]

const noAddress = 'no_address'

const isUnreachable = (result: AttemptResult): boolean =>
  result.type !== 'sent' && (result.reason === noAddress || result.reason === inBrowser)

const piece: Piece<AttemptResult> = {
  name: 'logout of an app',
  kind: 'client',
  describe: ({ type }) => ({
    'einlass.outcome': type,
    ...(type !== 'sent' && { 'error.type': type }),
  }),
}

async function notify(
  { clock, findChannel }: AppLogoutsOptions,
  { id, participant, row, reason }: TakenLogout,
): Promise<AttemptResult> {
  const channel = await findChannel(participant, { id, place: 'frame' })
  if (channel.type === 'back_channel') return await tracePiece(piece, () => channel.notify())
  if (channel.type === 'none') return { type: 'refused', reason: noAddress }
  const isOver = clock.now() >= row.created_at + browserTime
  if (!isOver) return { type: 'later', reason: inBrowser }
  return { type: 'refused', reason: endReasons[reason ?? ''] ?? 'no_browser' }
}

/** Why an app is given up that only the browser could log out. */
const endReasons: Readonly<Record<string, string>> = {
  [asked]: 'no_answer',
  [declined]: declined,
}

async function writeDown(
  { db, audit, log }: AppLogoutsOptions,
  { participant: { appId, sessionId, userId }, row }: TakenLogout,
  result: AttemptResult,
  status: QueuedLogout['status'],
): Promise<void> {
  const facts = { appId, sessionId, attempts: row.attempts }
  if (result.type === 'sent') return log.info(facts, 'An app was notified of a logout.')
  const { reason } = result
  if (status === 'waiting') {
    return log.warn(
      { ...facts, reason },
      'An app could not be notified of a logout and is tried again.',
    )
  }
  log.error({ ...facts, reason }, 'An app could not be notified of a logout, which is given up.')
  await audit.record(db, logoutEvents.givenUp, { userId, sessionId, appId, reason })
}
