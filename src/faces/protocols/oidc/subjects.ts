/**
 * The id of a person for an app (OpenID Connect Core 1.0 section 8): the same for all apps; or, for pairwise apps, an id that
 * only apps of one host or scheme share, and never apps on the device itself. It is computed, so nothing has to be stored, and
 * it is the same at any time.
 */
import { hmac } from '../../../platform/kernel/crypto.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import { loopbackSector, nameSector } from './places.ts'

interface SubjectClient {
  readonly clientId: string
  readonly redirectUris?: readonly string[] | undefined
  readonly sectorIdentifierUri?: string | undefined
  readonly subjectType?: string | undefined
  readonly sectorIdentifier?: string | undefined
}

export type ComputeSubject = (userId: string, client: SubjectClient) => string

export function createSubjects(keyring: Keyring): ComputeSubject {
  const key = keyring.derive('oidc pairwise subjects')
  return (userId, client) =>
    client.subjectType === 'pairwise' ? hmac(key, `${findSector(client)} ${userId}`) : userId
}

/** The library knows only hosts, and considers the port of an app on the device a part of the host. */
function findSector(client: SubjectClient): string | undefined {
  const { clientId, redirectUris: [address] = [] } = client
  if (client.sectorIdentifierUri !== undefined || address === undefined) {
    return client.sectorIdentifier
  }
  const sector = nameSector(address)
  return sector === loopbackSector ? `${sector} ${clientId}` : sector
}
