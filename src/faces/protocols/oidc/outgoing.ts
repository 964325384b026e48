/** The requests that leave through the library: logout messages to apps, and what they publish of their keys. */
import type { Configuration } from 'oidc-provider'
import { createGuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { mostKeys, mostRegisteredKeys } from './client-keys.ts'
import { findCalledClient } from './library.ts'
import { registeredMember } from './members.ts'
import { createKeysFetch } from './published-keys.ts'

/**
 * In place of the library's own guard, which refuses every address in the house of the apps, and looks at it only when the
 * connection is there.
 * @param networks CIDR: those that the configuration allows, for apps that an administrator has added or adopted. One that
 * registered itself could else have us call any server in the house.
 */
export function createLibraryFetch(
  networks: readonly string[],
  clock: Clock,
): NonNullable<Configuration['fetch']> {
  const fetchGuarded = createGuardedFetch({ networks })
  const fetchPublic = createGuardedFetch({ networks: [] })
  const fetchKeys = createKeysFetch(fetchGuarded, mostKeys, clock)
  const fetchPublicKeys = createKeysFetch(fetchPublic, mostRegisteredKeys, clock)
  return async (input, { method = 'GET', headers, body, signal } = {}) => {
    const url = `${input instanceof Request ? input.url : input}`
    const isRegistered = findCalledClient()?.[registeredMember] === true
    const request = { method, headers: new Headers(headers), ...(signal && { signal }) }
    // Nothing but keys is read by the library.
    if (method === 'GET') return await (isRegistered ? fetchPublicKeys : fetchKeys)(url, request)
    return await (isRegistered ? fetchPublic : fetchGuarded)(url, {
      ...request,
      ...(body !== undefined && body !== null && { body: String(body) }),
    })
  }
}
