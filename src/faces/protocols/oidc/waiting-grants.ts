/** What an app gets from the login that answers a request elsewhere. Owns no request; waiting-requests.ts has them. */
import type { AdapterPayload } from 'oidc-provider'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { readApis } from './apis.ts'
import { isOidcScope } from './claims.ts'
import { describeLogin } from './entry.ts'
import { type Client, describeGrant, type Provider } from './library.ts'
import type { OidcEntry } from './records.ts'
import type { NewRecord } from './request-memory.ts'
import {
  listAllowedClaims,
  listRequestedClaims,
  nameReachedLevel,
  readRequestedLogin,
} from './requested-claims.ts'
import type { WaitingRequest } from './waiting-requests.ts'

interface NewGrant {
  /** An id from `createGrantId`. */
  readonly id: string
  readonly request: Pick<WaitingRequest, 'clientId' | 'params'>
  readonly client: Client
  readonly userId: string
}

/** Stores what an app gets, and notes that the person enters it. Call it in the transaction of the answer. */
export type EnterWithGrant = (tx: Queries, entry: OidcEntry, grant: NewRecord) => Promise<void>

type AnsweringSession = Pick<LiveSession, 'id' | 'userId' | 'acr' | 'amr' | 'authenticatedAt'>

/** What the person grants with the answer: everything that the app may request, as in a code flow. */
export async function createGrant(
  provider: Provider,
  { id, request: { clientId, params }, client, userId }: NewGrant,
): Promise<NewRecord> {
  const grant = new provider.Grant({ clientId, accountId: userId })
  const scopes = readScopes(params)
  const allowed = client.scope?.split(' ')
  const ofPerson = scopes.filter(
    (scope) => isOidcScope(scope) && allowed?.includes(scope) !== false,
  )
  if (ofPerson.length > 0) grant.addOIDCScope(ofPerson.join(' '))
  const claims = listAllowedClaims(listRequestedClaims(params.claims), allowed)
  if (claims.length > 0) grant.addOIDCClaims(claims)
  const apis = readApis(client)
  for (const uri of readResources(params)) {
    const known = apis.get(uri)?.split(',') ?? []
    const asked = scopes.filter((scope) => known.includes(scope))
    if (asked.length > 0) grant.addResourceScope(uri, asked.join(' '))
  }
  return { model: 'Grant', id, ...(await describeGrant(grant, id)) }
}

/** What the library itself stores when a browser answers in its own pages. */
export function describeApproval(
  { params }: Pick<WaitingRequest, 'params'>,
  live: AnsweringSession,
  sid: string,
) {
  const { loginTs: authTime, ...login } = describeLogin(live)
  const acr = nameReachedLevel(live.acr, readRequestedLogin(params.claims)) ?? live.acr
  const resources = readResources(params)
  return {
    ...login,
    acr,
    authTime,
    accountId: live.userId,
    scope: readScopes(params).join(' '),
    sessionUid: live.id,
    sid,
    ...(typeof params.claims === 'string' && { claims: JSON.parse(params.claims) }),
    ...(resources.length > 0 && { resource: resources.length === 1 ? resources[0] : resources }),
  } satisfies AdapterPayload
}

function readScopes({ scope }: WaitingRequest['params']): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []
}

function readResources({ resource }: WaitingRequest['params']): string[] {
  return [resource].flat().filter((uri) => typeof uri === 'string')
}
