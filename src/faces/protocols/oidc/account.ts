/** The account behind a token, as the library requests it. */
import type { Account, KoaContextWithOIDC } from 'oidc-provider'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { Release } from '../release.ts'
import { readClaims } from './claims.ts'
import { isWaitingModel } from './records.ts'
import type { MayUseToken } from './refresh.ts'

/** The member of a client's metadata with the app's own claims mapping, see describeClient. */
export const mappingProperty = 'einlass_claims'

type Sources = Pick<ProtocolHost, 'users' | 'releaseValues' | 'findVerifiedContacts'> & {
  readonly base: Pick<ProtocolHost['base'], 'db'>
}

/** Throws if a person who answered a request may no longer enter the app. */
type CheckEntry = (clientId: string, sessionId: string | undefined) => Promise<void>

/** For the library's configuration. `undefined`: nobody has the id, or they may not log in. */
export function createFindAccount(
  { base: { db }, users, ...source }: Sources,
  { checkEntry, mayUse }: { readonly checkEntry: CheckEntry; readonly mayUse: MayUseToken },
) {
  return async (
    { oidc }: KoaContextWithOIDC,
    id: string,
    token?: {
      readonly kind: string
      readonly clientId?: string | undefined
      readonly sessionUid?: string | undefined
    },
  ): Promise<Account | undefined> => {
    if (token?.clientId !== undefined && isWaitingModel(token.kind)) {
      await checkEntry(token.clientId, token.sessionUid)
    }
    if (token?.kind === 'AccessToken' && !(await mayUse(token))) return undefined
    // The app must not learn whether the person exists, so nothing is looked up while it waits for the answer.
    if (oidc.route === 'backchannel_authentication') return { accountId: id, claims: refuseClaims }
    const user = await users.find(db, id as Id<'user'>)
    if (!user || user.disabledAt !== null) return undefined
    return {
      accountId: user.id,
      claims: (_use, scope, claims) =>
        readClaims({ ...source, queries: db }, user, {
          scope,
          requested: Object.keys(claims),
          mapping: readMapping(oidc.client),
        }),
    }
  }
}

const refuseClaims = () => Promise.reject(new Error('nobody has approved this request'))

function readMapping(client: object | undefined): Release {
  return client !== undefined && mappingProperty in client
    ? (client[mappingProperty] as Release)
    : {}
}
