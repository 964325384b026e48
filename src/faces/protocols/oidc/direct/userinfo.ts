/** The claims that an app gets about a person with an access token (OpenID Connect Core 1.0 section 5.3). */
import type { IncomingMessage } from 'node:http'
import type { ReadPersonClaims } from './claims.ts'
import type { Answer } from './direct.ts'
import type { FindLiveToken, MayUse } from './live-tokens.ts'
import { readBearerToken } from './plain-request.ts'

export interface UserinfoOptions {
  readonly findToken: FindLiveToken
  readonly readClaims: ReadPersonClaims
  readonly mayUse: MayUse
}

export function createUserinfo({ findToken, readClaims, mayUse }: UserinfoOptions): Answer {
  return async (req: IncomingMessage) => {
    const shown = readBearerToken(req)
    const token = shown === undefined ? undefined : await findToken('AccessToken', shown)
    if (token === undefined || !token.content.scope.split(' ').includes('openid')) return undefined
    if (!(await mayUse(token))) return undefined
    return { content: await readClaims(token.app, token) }
  }
}
