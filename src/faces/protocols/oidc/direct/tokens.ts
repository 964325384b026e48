/**
 * Issues tokens for a code (OpenID Connect Core 1.0 section 3.1.3, RFC 7636), and for a refresh token. That of an app without a
 * secret is spent by that (RFC 9700 section 4.14).
 */
import type { IncomingMessage } from 'node:http'
import type { AdapterPayload } from 'oidc-provider'
import type { App } from '../../../../identity/apps/apps.ts'
import type { Clock } from '../../../../platform/kernel/clock.ts'
import { equalInConstantTime, sha256 } from '../../../../platform/kernel/crypto.ts'
import { newOrderedSecret } from '../../../../platform/kernel/ids.ts'
import type { Random } from '../../../../platform/kernel/random.ts'
import type { Records } from '../records.ts'
import type { NewRecord } from '../request-memory.ts'
import type { Successors } from '../successors.ts'
import type { Answer } from './direct.ts'
import type { PrepareIdToken } from './id-token.ts'
import type { FindLiveToken, LiveToken } from './live-tokens.ts'
import type { PlainApp, PlainApps } from './plain-apps.ts'
import { type Fields, isToken, readForm } from './plain-request.ts'

const fields = new Set([
  ...['grant_type', 'client_id', 'client_secret'],
  ...['code', 'redirect_uri', 'code_verifier'],
  'refresh_token',
])

export interface TokensOptions {
  readonly clock: Clock
  readonly random: Random
  readonly apps: PlainApps
  readonly findToken: FindLiveToken
  /** Whether the person may still enter the app; if so, this also renews the idle time of the session. */
  readonly mayRefresh: (app: App, token: LiveToken) => Promise<boolean>
  readonly storage: Pick<Records, 'exchange' | 'give'> & {
    readonly nameSuccessor: Successors['name']
  }
  readonly prepareIdToken: PrepareIdToken
  /** Seconds. */
  readonly lifetimes: { readonly accessToken: number; readonly refreshToken: number }
}

export function createTokens(options: TokensOptions): Answer {
  const { apps, findToken } = options
  return async (req: IncomingMessage) => {
    const form = await readForm(req, fields)
    const kind = kinds.get(form?.get('grant_type') ?? '')
    if (form === undefined || kind === undefined || form.has(kind.otherField)) return undefined
    const shown = form.get(kind.field)
    if (!isToken(shown)) return undefined
    const token = await findToken(kind.model, shown)
    const app = token && (await apps.authenticate(req, form, token))
    if (app === undefined || token?.content.clientId !== app.app.id) return undefined
    const issued = await kind.redeem(options, { app, token, form })
    const content = issued && (await issue(options, app, issued))
    return content && { content }
  }
}

interface Shown {
  readonly app: PlainApp
  readonly token: LiveToken
  readonly form: Fields
}

interface Kind {
  /** The field that contains it. */
  readonly field: string
  readonly otherField: string
  readonly model: Issued['model']
  /** Returns what it gives; `undefined`: nothing, or the library has to answer. */
  redeem(options: TokensOptions, shown: Shown): Promise<Issued | undefined>
}

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    'authorization_code',
    {
      field: 'code',
      otherField: 'refresh_token',
      model: 'AuthorizationCode',
      redeem: redeemCode,
    },
  ],
  [
    'refresh_token',
    { field: 'refresh_token', otherField: 'code', model: 'RefreshToken', redeem: refresh },
  ],
])

async function redeemCode(
  { lifetimes, clock, random }: TokensOptions,
  { token, form }: Shown,
): Promise<Issued | undefined> {
  const { content } = token
  const isRightAddress = content.redirectUri === form.get('redirect_uri')
  if (!isRightAddress || !isVerified(content, form.get('code_verifier'))) return undefined
  const getsRefreshToken = content.scope.split(' ').includes('offline_access')
  const now = clock.now()
  const lifetime = lifetimes.refreshToken
  return {
    ...{ token, now, model: 'AuthorizationCode', gty: 'authorization_code' },
    ...(getsRefreshToken && {
      refreshToken: { id: newOrderedSecret(random, now), isNew: true, rotations: 0, lifetime },
    }),
  }
}

const verifierPattern = /^[\w.~-]{43,128}$/

function isVerified(
  { codeChallenge, codeChallengeMethod }: AdapterPayload,
  verifier: string | undefined,
): boolean {
  if (verifier === undefined || codeChallenge === undefined) return false
  if (codeChallengeMethod !== 'S256' || !verifierPattern.test(verifier)) return false
  return equalInConstantTime(sha256(verifier), codeChallenge)
}

async function refresh(
  { mayRefresh, clock, storage }: TokensOptions,
  { app, token, form }: Shown,
): Promise<Issued | undefined> {
  if (!(await mayRefresh(app.app, token))) return undefined
  const { content } = token
  const { gty = 'refresh_token', rotations = 0 } = content
  const now = clock.now()
  const shown = form.get('refresh_token') ?? ''
  // A token that is bound to a key is not plain, so the library answers.
  const isRotated = app.settings.tokenEndpointAuthMethod === 'none'
  return {
    ...{ token, now, model: 'RefreshToken' },
    gty: gty.endsWith('refresh_token') ? gty : `${gty} refresh_token`,
    refreshToken: {
      id: isRotated ? storage.nameSuccessor({ token: shown, at: now }) : shown,
      isNew: isRotated,
      rotations: rotations + 1,
      // Rotation does not extend the lifetime of the token family.
      lifetime: content.exp - Math.floor(now / 1000),
    },
  }
}

interface Issued {
  readonly model: 'AuthorizationCode' | 'RefreshToken'
  readonly token: LiveToken
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The grant types that led to the tokens, separated by spaces. */
  readonly gty: string
  readonly refreshToken?: {
    readonly id: string
    /** `false`: the app has it already. */
    readonly isNew: boolean
    readonly rotations: number
    /** Seconds. */
    readonly lifetime: number
  }
}

/** `undefined`: another request has spent it meanwhile. */
async function issue(options: TokensOptions, app: PlainApp, issued: Issued) {
  const { random, prepareIdToken, lifetimes } = options
  const { token, refreshToken, now } = issued
  if (!token.scope.split(' ').includes('openid')) return undefined
  const issuedAt = Math.floor(now / 1000)
  const lifetime = lifetimes.accessToken
  const signIdToken = await prepareIdToken(app, token, { issuedAt, lifetime })
  if (signIdToken === undefined) return undefined
  const id = newOrderedSecret(random, now)
  // In parallel: one waits for the disk, the other for a processor.
  const [isStored, idToken] = await Promise.all([
    store(options, issued, { id, issuedAt, lifetime }),
    signIdToken(),
  ])
  if (!isStored) return undefined
  return {
    access_token: id,
    expires_in: lifetime,
    id_token: idToken,
    ...(refreshToken !== undefined && { refresh_token: refreshToken.id }),
    scope: token.scope,
    token_type: 'Bearer',
  }
}

/** `false`: another request has spent it meanwhile. */
async function store({ storage }: TokensOptions, issued: Issued, made: Made): Promise<boolean> {
  const { model, token, refreshToken, now } = issued
  const access = describeAccessToken(issued, made)
  if (refreshToken?.isNew === false) {
    await storage.give(access)
    return true
  }
  const next =
    refreshToken && describeRefreshToken(issued, { issuedAt: made.issuedAt, ...refreshToken })
  return await storage.exchange(
    { model, hash: token.id, at: now },
    next === undefined ? [access] : [access, next],
  )
}

interface Made {
  readonly id: string
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Seconds. */
  readonly lifetime: number
}

/** In the form of the library, which may read it next. */
function describeAccessToken(
  { token: { content, scope }, gty }: Issued,
  { id, issuedAt: iat, lifetime }: Made,
): NewRecord {
  const { accountId, clientId, grantId, sessionUid, sid } = content
  const model = 'AccessToken'
  const times = { iat, exp: iat + lifetime }
  const payload = { kind: model, accountId, clientId, grantId, gty, scope, sessionUid, sid }
  return { model, id, payload: { ...times, ...payload }, expiresIn: lifetime }
}

function describeRefreshToken(
  { model: from, token: { content }, gty }: Issued,
  { id, issuedAt: iat, lifetime, rotations }: Made & { readonly rotations: number },
): NewRecord {
  const { accountId, clientId, grantId, scope, sessionUid, sid, acr, amr, authTime } = content
  const model = 'RefreshToken'
  const iiat = from === model ? content.iiat : iat
  const times = { iat, exp: iat + lifetime, iiat, authTime }
  const payload = { kind: model, accountId, clientId, grantId, gty, scope, sessionUid, sid }
  return {
    model,
    id,
    payload: { ...times, ...payload, acr, amr, rotations },
    expiresIn: lifetime,
  }
}
