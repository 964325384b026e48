/**
 * How apps learn that a person has logged out (OpenID Connect Back-Channel Logout 1.0): when a session ends, each app that
 * took part in it gets a logout token. The other direction, an app that asks for a logout, is rp-initiated-logout.ts.
 */
import type { Log } from '../../../platform/kernel/log.ts'
import type { Participant } from '../participants.ts'
import { type Provider, sendLogoutToken } from './library.ts'
import type { Records } from './records.ts'

/** The `sid` of an app in a session (section 2.1). */
export type ComputeSid = (loginSession: string, clientId: string) => string

interface BackChannelLogoutOptions {
  readonly provider: Provider
  readonly records: Pick<Records, 'endLogins'>
  readonly computeSid: ComputeSid
  readonly log: Log
}

/** An app that cannot be reached keeps no other from its token. */
export function createBackChannelLogout(options: BackChannelLogoutOptions) {
  return async (ids: readonly string[]): Promise<void> => {
    const participants = await options.records.endLogins(ids)
    await Promise.all(participants.map((one) => notifyApp(options, one)))
  }
}

async function notifyApp(
  { provider, computeSid, log }: BackChannelLogoutOptions,
  { clientId, userId, loginSession }: Participant,
): Promise<void> {
  try {
    const sid = computeSid(loginSession, clientId)
    if (!(await sendLogoutToken(provider, { clientId, userId, sid }))) return
    log.info({ appId: clientId, sessionId: loginSession }, 'An app was told of a logout.')
  } catch (error) {
    log.warn({ error, appId: clientId }, 'An app could not be told of a logout.')
  }
}
