/**
 * Notifies apps that a person has logged out (OpenID Connect Back-Channel Logout 1.0): when a session ends, each app that took
 * part in it gets a logout token. For the other direction, a logout that an app requests, see rp-initiated-logout.ts.
 */
import type { Participant } from '../../../identity/sessions/participants.ts'
import { Forbidden } from '../../../platform/http/public-address.ts'
import type { AttemptResult } from '../../../platform/storage/work-queue.ts'
import type { LogoutChannel } from '../logouts.ts'
import { findLogoutClient, type LogoutClient, type Provider } from './library.ts'

/** The `sid` of an app in a session (section 2.1). */
export type ComputeSid = (loginSession: string, clientId: string) => string

interface BackChannelLogoutOptions {
  readonly provider: Provider
  readonly computeSid: ComputeSid
}

export function createFindLogoutChannel({ provider, computeSid }: BackChannelLogoutOptions) {
  return async ({ sessionId, userId, appId }: Participant): Promise<LogoutChannel> => {
    const client = await findLogoutClient(provider, appId)
    if (client === undefined) return { type: 'none' }
    const sid = computeSid(sessionId, appId)
    return { type: 'back_channel', notify: () => sendLogoutToken(client, userId, sid) }
  }
}

/** Each attempt sends a new token, because a token is valid only for a short time (section 2.4). */
async function sendLogoutToken(
  client: LogoutClient,
  userId: string,
  sid: string,
): Promise<AttemptResult> {
  try {
    await client.backchannelLogout(userId, sid)
    return { type: 'sent' }
  } catch (error) {
    return { type: 'later', reason: describe(error) }
  }
}

/** Describes the error without the address. */
function describe(error: unknown): string {
  if (error instanceof Forbidden) return 'its address is neither public nor in app_networks'
  const { response, name } = error as { response?: { status: number }; name?: string }
  if (response !== undefined) return `answer ${response.status}`
  return name === 'TimeoutError' || name === 'AbortError' ? 'no answer in time' : 'not reached'
}
