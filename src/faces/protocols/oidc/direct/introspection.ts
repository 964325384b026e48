/** Introspects an access token, for an app with its own token or for an API (RFC 7662). */

import type { Answer } from './direct.ts'
import type { FindLiveToken, MayUse } from './live-tokens.ts'
import type { PlainApps } from './plain-apps.ts'
import { isToken, readForm } from './plain-request.ts'

const fields = new Set(['token', 'token_type_hint', 'client_id', 'client_secret'])

export interface IntrospectionOptions {
  readonly issuer: string
  readonly apps: Pick<PlainApps, 'authenticate'>
  readonly findToken: FindLiveToken
  readonly mayUse: MayUse
}

export function createIntrospection(options: IntrospectionOptions): Answer {
  const { issuer, apps, findToken, mayUse } = options
  return async (req) => {
    const form = await readForm(req, fields)
    const shown = form?.get('token')
    const hint = form?.get('token_type_hint') ?? 'access_token'
    if (form === undefined || !isToken(shown) || hint !== 'access_token') return undefined
    const token = await findToken('AccessToken', shown)
    const asking = token && (await apps.authenticate(req, form, token))
    if (token === undefined || asking === undefined) return undefined
    const { content, session } = token
    const isOwn = content.clientId === asking.app.id
    if (!isOwn && asking.settings.introspects !== true) return undefined
    if (!(await mayUse(token))) return undefined
    return {
      content: {
        active: true,
        sub: session.userId,
        client_id: content.clientId,
        exp: content.exp,
        iat: content.iat,
        sid: content.sid,
        iss: issuer,
        scope: content.scope,
        token_type: 'Bearer',
      },
    }
  }
}
