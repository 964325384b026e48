/**
 * By which id an app knows a person (OpenID Connect Core 1.0 section 8): the same for all apps, or for pairwise ones an id that
 * only apps of one host or scheme share, and none on the device itself. It is computed, so that nothing has to be stored and it can be told again at any time.
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

/** The library knows hosts only, and takes the port of the device for a part of one. */
function findSector(client: SubjectClient): string | undefined {
  const { clientId, redirectUris: [address] = [] } = client
  if (client.sectorIdentifierUri !== undefined || address === undefined) {
    return client.sectorIdentifier
  }
  const sector = nameSector(address)
  return sector === loopbackSector ? `${sector} ${clientId}` : sector
}
