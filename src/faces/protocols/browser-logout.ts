/**
 * The logout of all apps in the browser of the session: the state of each app, and the steps that only this browser can do.
 * Owns which app is next; the page is faces/account/logout.ts.
 */
import {
  framed,
  inBrowser,
  type LogoutQueue,
  type QueuedLogout,
} from '../../identity/sessions/logout-queue.ts'
import type { BrowserLogout } from '../account/logout.ts'
import type { LoggedOutApp } from '../account/pages/logged-out.ts'
import { type FindLogoutChannel, findComeBack } from './logouts.ts'

export interface BrowserLogoutOptions {
  readonly queue: Pick<LogoutQueue, 'endSessions' | 'listOf' | 'noteInBrowser' | 'finishInBrowser'>
  readonly findChannel: FindLogoutChannel
  readonly appName: (appId: string) => Promise<string | undefined>
}

/** The reason that is stored for an app that the browser was sent to. */
const redirected = 'redirected'

export function createBrowserLogout(options: BrowserLogoutOptions): BrowserLogout {
  const { queue, appName } = options
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
    noteRedirect: (sessionId, id) => queue.noteInBrowser(sessionId, id, redirected),
    finishRedirect: (sessionId, id, isLoggedOut) =>
      queue.finishInBrowser(sessionId, id, isLoggedOut ? 'sent' : 'failed'),
  }
}

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

async function findState(
  { queue, findChannel }: BrowserLogoutOptions,
  { id, participant, status, reason }: QueuedLogout,
): Promise<Omit<LoggedOutApp, 'name'>> {
  if (status === 'sent') return { id, state: 'logged_out' }
  if (status === 'failed') return { id, state: 'not_reached' }
  const { sessionId } = participant
  if (reason === framed) {
    // The page with the frame was shown and is now replaced. Nobody can read what an app answers in a frame.
    await queue.finishInBrowser(sessionId, id, 'sent')
    return { id, state: 'logged_out' }
  }
  if (reason !== null && reason !== inBrowser) {
    // The browser was sent to the app and came back, but not through the app's answer.
    return { id, state: reason === redirected ? 'not_reached' : 'tried_again' }
  }
  const channel = await findChannel(participant, findComeBack(id))
  if (channel.type === 'redirect') return { id, state: 'under_way', redirectUrl: channel.url }
  if (channel.type !== 'frame') return { id, state: 'under_way' }
  await queue.noteInBrowser(sessionId, id, framed)
  return { id, state: 'under_way', frameUrls: channel.urls }
}
