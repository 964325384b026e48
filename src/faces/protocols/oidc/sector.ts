/**
 * Which apps may share the ids of people (OpenID Connect Core 1.0 section 8.1): those whose addresses are all in a list at
 * their common host. Without this check, an app that registers itself could take the ids of any host.
 */
import type { GuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import type { RegistrationProblem } from './registration-metadata.ts'
import type { OidcAppSettings } from './settings.ts'

export async function findSectorProblem(
  fetchGuarded: GuardedFetch,
  {
    sectorIdentifierUri,
    redirectUris,
  }: Pick<OidcAppSettings, 'sectorIdentifierUri' | 'redirectUris'>,
): Promise<RegistrationProblem | undefined> {
  if (sectorIdentifierUri === undefined) return undefined
  const listed = await fetchList(fetchGuarded, sectorIdentifierUri)
  if (listed !== undefined && redirectUris.every((uri) => listed.includes(uri))) return undefined
  const rule = 'has to be a JSON array with every address of redirect_uris'
  return { error: 'invalid_client_metadata', description: `sector_identifier_uri: ${rule}` }
}

/** `undefined`: it could not be loaded, must not be loaded, or is not a list. The app does not learn which. */
async function fetchList(
  fetchGuarded: GuardedFetch,
  address: string,
): Promise<readonly unknown[] | undefined> {
  try {
    const answer = await fetchGuarded(address, { headers: { accept: 'application/json' } })
    const list: unknown = answer.status === 200 ? await answer.json() : undefined
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}
