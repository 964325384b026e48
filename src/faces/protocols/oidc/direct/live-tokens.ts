/**
 * Finds valid codes and tokens, with everything that they depend on in one query: the grant, the login session, the person, the
 * app. Owns which of them are plain: tokens with a member unknown here are left to the library.
 */
import type { AdapterPayload } from 'oidc-provider'
import {
  isSessionOver,
  type SessionLimits,
  selectLiveSessions,
} from '../../../../identity/sessions/open.ts'
import { toLiveSession } from '../../../../identity/sessions/rows.ts'
import type { LiveSession } from '../../../../identity/sessions/session.ts'
import type { Clock } from '../../../../platform/kernel/clock.ts'
import type { RowBinding } from '../../../../platform/storage/bound-rows.ts'
import type { Queries } from '../../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../../platform/storage/prepared.ts'
import { narrowScope } from '../granted-scopes.ts'
import { hashRecordId } from '../record-ids.ts'
import type { PlainApp, PlainApps } from './plain-apps.ts'

export interface LiveToken {
  /** SHA-256 of the token. */
  readonly id: string
  readonly content: TokenContent
  /** The granted part of its scopes, separated by spaces. */
  readonly scope: string
  readonly session: LiveSession
  readonly lastSeenAt: number
  /** The app that got the token, in its current state. */
  readonly app: PlainApp
}

/** The stored content, limited to what its app may still have. Times are seconds since the epoch. */
export type TokenContent = AdapterPayload & {
  readonly iat: number
  readonly exp: number
  readonly clientId: string
  readonly grantId: string
  readonly scope: string
}

const shared = 'iat exp kind accountId clientId grantId scope sessionUid sid gty'.split(' ')
const ofLogin = 'acr amr authTime'.split(' ')
const plainMembers = {
  AccessToken: new Set(shared),
  RefreshToken: new Set([...shared, ...ofLogin, 'iiat', 'rotations']),
  AuthorizationCode: new Set([
    ...shared,
    ...ofLogin,
    ...'codeChallenge codeChallengeMethod nonce redirectUri'.split(' '),
  ]),
}
const ofGrant = new Set(['iat', 'exp', 'kind', 'accountId', 'clientId', 'openid'])
const ofGrantedScopes = new Set(['scope'])

export type TokenModel = keyof typeof plainMembers

/** A record with its grant and the login of both. */
const findRecord = prepared((queries, at: Slots<{ model: string; id: string; now: number }>) =>
  selectLiveSessions(queries)
    .innerJoin('oidc_records as token', 'token.login_session', 'sessions.id')
    .innerJoin('oidc_records as grant', (join) =>
      join
        .onRef('grant.id', '=', 'token.grant_id')
        .onRef('grant.login_session', '=', 'token.login_session')
        .on('grant.model', '=', 'Grant'),
    )
    .innerJoin('apps', 'apps.id', 'token.client_id')
    .select([
      'token.payload as token',
      'grant.payload as grant',
      'apps.updated_at as app_updated_at',
    ])
    .where('token.model', '=', at.model)
    .where('token.id', '=', at.id)
    .where('token.expires_at', '>', at.now)
    .where('token.consumed_at', 'is', null)
    .where('grant.expires_at', '>', at.now),
)

export interface LiveTokensOptions {
  readonly db: Queries
  readonly rows: RowBinding
  /** Finds the app of a token. The time of the app's last change was read with the token, so only a changed app costs a query. */
  readonly findApp: PlainApps['findOf']
  readonly clock: Clock
  readonly limits: SessionLimits
}

/** `undefined`: it is not valid, or not plain. */
export type FindLiveToken = (model: TokenModel, token: string) => Promise<LiveToken | undefined>

/** Whether the person of a valid token may still enter its app. */
export type MayUse = (token: Pick<LiveToken, 'app' | 'session'>) => Promise<boolean>

export function createLiveTokens({
  db,
  rows,
  findApp,
  clock,
  limits,
}: LiveTokensOptions): FindLiveToken {
  async function findRow(model: TokenModel, id: string, now: number) {
    const row = await findRecord.first(db, { model, id, now })
    if (row === undefined || isSessionOver(row, limits, now)) return undefined
    return rows.isGenuine('sessions', row) ? row : undefined
  }

  return async (model, token) => {
    const id = hashRecordId(token)
    const now = clock.now()
    const row = await findRow(model, id, now)
    if (row === undefined) return undefined
    const content: AdapterPayload = JSON.parse(row.token)
    const grant: AdapterPayload = JSON.parse(row.grant)
    const session = toLiveSession(row)
    const granted = readGrantedScope(grant)
    if (granted === undefined || !isPlain(content, plainMembers[model])) return undefined
    if (!isWhole(content) || !belongsTogether(content, grant, session)) return undefined
    if (content.exp * 1000 <= now) return undefined
    const { last_seen_at: lastSeenAt, app_updated_at: appUpdatedAt } = row
    const app = await findApp({ content, appUpdatedAt })
    if (app === undefined) return undefined
    const held = narrowScope(content.scope, app.settings.scopes)
    return {
      ...{ id, session, lastSeenAt, app },
      content: held === content.scope ? content : { ...content, scope: held },
      scope: selectGranted(held, granted),
    }
  }
}

function isPlain(content: object, members: ReadonlySet<string>): boolean {
  return Object.keys(content).every((name) => members.has(name))
}

/** `undefined`: the grant is not plain. */
function readGrantedScope(grant: AdapterPayload): string | undefined {
  const openid: { readonly scope?: unknown } = Object(grant.openid)
  if (!isPlain(grant, ofGrant) || !isPlain(openid, ofGrantedScopes)) return undefined
  return typeof openid.scope === 'string' ? openid.scope : undefined
}

function isWhole(content: AdapterPayload): content is TokenContent {
  const { iat, exp, clientId, grantId, scope } = content
  const isTimed = typeof iat === 'number' && typeof exp === 'number'
  return isTimed && [clientId, grantId, scope].every((text) => typeof text === 'string')
}

function belongsTogether(
  { clientId, accountId, sessionUid }: AdapterPayload,
  grant: AdapterPayload,
  session: LiveSession,
): boolean {
  const isSameClient = grant.clientId === clientId
  const isSamePerson = grant.accountId === accountId && session.userId === accountId
  return isSameClient && isSamePerson && session.id === sessionUid
}

/** Returns the scopes in the order of the grant. */
function selectGranted(scope: string, granted: string): string {
  if (scope === granted) return scope
  const asked = new Set(scope.split(' '))
  return granted
    .split(' ')
    .filter((one) => asked.has(one))
    .join(' ')
}
