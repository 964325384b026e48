/**
 * The logout of all apps in the browser of the session: the state of each app, and where the frames and windows of that browser
 * lead. Owns when an app is done; the page is faces/account/logout.ts.
 */
import {
  asked,
  declined,
  inBrowser,
  type LogoutQueue,
  type QueuedLogout,
} from '../../identity/sessions/logout-queue.ts'
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { BrowserLogout } from '../account/logout.ts'
import type { LoggedOutApp } from '../account/pages/logged-out.ts'
import { type FindLogoutChannel, logoutPath } from './logouts.ts'

export interface BrowserLogoutOptions {
  readonly queue: Pick<LogoutQueue, 'endSessions' | 'listOf' | 'noteInBrowser' | 'finishInBrowser'>
  readonly clock: Clock
  readonly findChannel: FindLogoutChannel
  readonly appName: (appId: string) => Promise<string | undefined>
}

/** How long an app may take to answer a message. A later answer still counts. */
export const answerTime = seconds(10)
/** How long the page stays after a frame without an answer was loaded, because the app may redirect in it. */
export const frameTime = seconds(3)
/** After this time it is said that the browser has not loaded a frame. */
const loadTime = minutes(1)

export function createBrowserLogout(options: BrowserLogoutOptions): BrowserLogout {
  const { queue, findChannel, appName } = options
  return {
    /** @param sessionId of a session that has ended */
    async list(sessionId) {
      const all = await listQueued(queue, sessionId)
      const named = await Promise.all(
        all.map(async (one) => {
          const name = await appName(one.participant.appId)
          return name === undefined ? undefined : { name, ...(await findState(options, one)) }
        }),
      )
      return named.filter((one) => one !== undefined)
    },

    /** That the browser asks for this address shows that it has loaded the page: so it is noted here and not with the page. */
    async lead(sessionId, { id, place, index }) {
      const queued = (await queue.listOf(sessionId)).find((one) => one.id === id)
      if (queued === undefined || !isOpen(queued)) return undefined
      const channel = await findChannel(queued.participant, { id, place })
      if (channel.type === 'message') {
        await queue.noteInBrowser(sessionId, id, asked)
        return channel.url
      }
      if (channel.type !== 'frame') return undefined
      // A browser begins to load the frames of a page in their order.
      if (index === channel.urls.length - 1) await queue.finishInBrowser(sessionId, id)
      return channel.urls[index]
    },
  }
}

/** The frames of an app may come in any order, also after the last one. */
const isOpen = ({ status, reason }: QueuedLogout) =>
  status === 'waiting' || (status === 'sent' && reason === asked)

/** The browser may arrive before the apps of its session are queued. */
async function listQueued(
  queue: BrowserLogoutOptions['queue'],
  sessionId: string,
): Promise<readonly QueuedLogout[]> {
  const all = await queue.listOf(sessionId)
  if (all.length > 0) return all
  await queue.endSessions([sessionId])
  return await queue.listOf(sessionId)
}

type AppState = Omit<LoggedOutApp, 'name'>

async function findState(options: BrowserLogoutOptions, queued: QueuedLogout): Promise<AppState> {
  const { id, status, reason } = queued
  if (status === 'failed') return { id, state: 'not_reached' }
  if (status === 'sent' && reason !== asked) return { id, state: 'logged_out' }
  if (reason === asked || reason === declined) return findAskedState(options, queued)
  if (reason !== null && reason !== inBrowser) return { id, state: 'tried_again' }
  return await findWaitingState(options, queued)
}

function findAskedState(
  { clock }: BrowserLogoutOptions,
  { id, status, reason, askedAt = 0 }: QueuedLogout,
): AppState {
  const passed = clock.now() - askedAt
  if (status === 'sent') return { id, state: passed < frameTime ? 'under_way' : 'asked' }
  if (reason === asked && passed < answerTime) return { id, state: 'under_way' }
  return { id, state: 'not_reached', windowUrl: `${findPath(id)}/window` }
}

async function findWaitingState(
  { clock, findChannel }: BrowserLogoutOptions,
  { id, participant, createdAt }: QueuedLogout,
): Promise<AppState> {
  const channel = await findChannel(participant, { id, place: 'frame' })
  if (channel.type !== 'frame' && channel.type !== 'message') return { id, state: 'under_way' }
  const count = channel.type === 'frame' ? channel.urls.length : 1
  const frameUrls = Array.from({ length: count }, (_, index) => `${findPath(id)}/frames/${index}`)
  if (clock.now() < createdAt + loadTime) return { id, state: 'under_way', frameUrls }
  const windowUrl = channel.type === 'message' && { windowUrl: `${findPath(id)}/window` }
  return { id, state: 'not_reached', frameUrls, ...windowUrl }
}

const findPath = (id: string): string => `${logoutPath}/apps/${id}`
