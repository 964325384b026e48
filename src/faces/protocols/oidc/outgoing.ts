/** The requests that leave through the library: logout messages to apps, and what they publish of their keys. */
import type { Configuration } from 'oidc-provider'
import { createGuardedFetch } from '../../../platform/http/guarded-fetch.ts'

/**
 * In place of the library's own guard, which refuses every address in the house of the apps, and looks at it only when the
 * connection is there.
 * @param networks CIDR: those that the configuration allows
 */
export function createLibraryFetch(
  networks: readonly string[],
): NonNullable<Configuration['fetch']> {
  const fetchGuarded = createGuardedFetch({ networks })
  return async (url, { method = 'GET', headers, body, signal } = {}) =>
    await fetchGuarded(url instanceof Request ? url.url : url, {
      method,
      headers: new Headers(headers),
      ...(signal && { signal }),
      ...(body !== undefined && body !== null && { body: String(body) }),
    })
}
