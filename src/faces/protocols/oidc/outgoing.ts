/** The requests that leave through the library: logout messages to apps, and what they publish of their keys. */
import type { Configuration } from 'oidc-provider'
import { createGuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { findCalledClient } from './library.ts'
import { registeredMember } from './members.ts'

/**
 * In place of the library's own guard, which refuses every address in the house of the apps, and looks at it only when the
 * connection is there.
 * @param networks CIDR: those that the configuration allows, for apps that an administrator has added or adopted. One that
 * registered itself could else have us call any server in the house.
 */
export function createLibraryFetch(
  networks: readonly string[],
): NonNullable<Configuration['fetch']> {
  const fetchGuarded = createGuardedFetch({ networks })
  const fetchPublic = createGuardedFetch({ networks: [] })
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    const isRegistered = findCalledClient()?.[registeredMember] === true
    const send = isRegistered ? fetchPublic : fetchGuarded
    return await send(url instanceof Request ? url.url : url, {
      method,
      headers: new Headers(headers),
      ...(signal && { signal }),
      ...(body !== undefined && body !== null && { body: String(body) }),
    })
  }
}
