/** The library's outgoing requests: logout messages to apps, and fetches of their published keys. */
import type { Configuration } from 'oidc-provider'
import { createGuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { mostKeys, mostRegisteredKeys } from './client-keys.ts'
import { findCalledClient } from './library.ts'
import { registeredMember } from './members.ts'
import { createKeysFetch } from './published-keys.ts'

/**
 * Replaces the library's own guard, which refuses every internal address of apps, and checks it only after the connection
 * exists.
 * @param networks CIDR: the networks that the configuration allows, for apps that an administrator has added or adopted. An app
 * that registered itself could otherwise make the server call any internal server.
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
    // The library reads nothing but keys.
    if (method === 'GET') return await (isRegistered ? fetchPublicKeys : fetchKeys)(url, request)
    return await (isRegistered ? fetchPublic : fetchGuarded)(url, {
      ...request,
      ...(body !== undefined && body !== null && { body: String(body) }),
    })
  }
}
