/**
 * By which id an app knows a person (OpenID Connect Core 1.0 section 8): the same for all apps, or for pairwise ones an id that
 * only apps of one host share. It is computed, so that nothing has to be stored and it can be told again at any time.
 */
import { hmac } from '../../../platform/kernel/crypto.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'

interface SubjectClient {
  readonly subjectType?: string | undefined
  readonly sectorIdentifier?: string | undefined
}

export type ComputeSubject = (userId: string, client: SubjectClient) => string

export function createSubjects(keyring: Keyring): ComputeSubject {
  const key = keyring.derive('oidc pairwise subjects')
  return (userId, { subjectType, sectorIdentifier }) =>
    subjectType === 'pairwise' ? hmac(key, `${sectorIdentifier} ${userId}`) : userId
}
