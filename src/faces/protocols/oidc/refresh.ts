/**
 * Whether a refresh token is still usable. Owns that a refresh is an entry into the app: the gate decides as at a login. So a
 * stricter rule, a group that the person has left, or a disabled account ends it, and also what an access token gives. A refresh also renews the idle time of the
 * session, but not the end of the session.
 */
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App, Apps } from '../../../identity/apps/apps.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Sessions } from '../../../identity/sessions/sessions.ts'
import type { Gate } from '../../../login/decision/gate.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { InvalidGrant } from './library.ts'

export interface RefreshOptions {
  readonly db: Queries
  readonly apps: Apps
  readonly gate: Gate
  readonly sessions: Pick<Sessions, 'findById'>
}

/**
 * Called when everything else about the token is valid and before it is spent, so that it stays valid while the directory is
 * briefly unavailable. Throws `invalid_grant`: then the app sends the browser to a new login.
 */
export function createRefreshCheck({ db, apps, gate, sessions }: RefreshOptions) {
  return async ({ oidc }: KoaContextWithOIDC): Promise<void> => {
    const sessionId = oidc.entities.RefreshToken?.sessionUid
    const session =
      sessionId === undefined ? undefined : await sessions.findById(sessionId, { isActivity: true })
    const app = oidc.client && (await apps.find(db, oidc.client.clientId))
    if (session === undefined || app === undefined) throw new InvalidGrant('the login has ended')
    // What the app once required of a login, such as max_age, was for that login only.
    const entry = await gate.check({ app, session })
    if (entry !== 'enter') throw new InvalidGrant(`the gate says ${entry}`)
  }
}

/** Whether the person behind a token may still enter the app that has it. A token without a login has no person. */
export type MayUseToken = (token: {
  readonly clientId?: string | undefined
  readonly sessionUid?: string | undefined
}) => Promise<boolean>

/** Asked when an app shows an access token: what ends a refresh also ends the token that the app already has. */
export function createMayUseToken({ db, apps, gate, sessions }: RefreshOptions): MayUseToken {
  return async ({ clientId, sessionUid }) => {
    if (clientId === undefined || sessionUid === undefined) return true
    const session = await sessions.findById(sessionUid)
    const app = await apps.find(db, clientId)
    if (session === undefined || app === undefined) return false
    return (await gate.check({ app, session })) === 'enter'
  }
}

/**
 * Whether a refresh token is replaced at each use: only that of an app without a secret or key, which is not bound to a key or
 * certificate either. Others are worthless to a thief (RFC 9700 sections 2.2.2 and 4.14.2), and a rotation could only lose them.
 */
export function isRotated({ oidc }: KoaContextWithOIDC): boolean {
  const token: Bindings | undefined = oidc.entities.RefreshToken
  const isBound = token?.jkt !== undefined || token?.['x5t#S256'] !== undefined
  return oidc.client?.clientAuthMethod === 'none' && !isBound
}

interface Bindings {
  readonly jkt?: string | undefined
  readonly 'x5t#S256'?: string | undefined
}

/** The same for a session that was read together with its token. `false`: the library has to report the reason. */
export function createRefreshAdmission({
  gate,
  sessions,
}: Pick<RefreshOptions, 'gate'> & { readonly sessions: Pick<Sessions, 'markActive'> }) {
  return async (
    app: App,
    { session, lastSeenAt }: { readonly session: LiveSession; readonly lastSeenAt: number },
  ): Promise<boolean> => {
    if ((await gate.check({ app, session })) !== 'enter') return false
    sessions.markActive({ id: session.id, lastSeenAt })
    return true
  }
}
