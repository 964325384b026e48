/**
 * Issues a code to a browser that is logged in, if the gate lets the person in at once (OpenID Connect Core 1.0 section 3.1.2,
 * RFC 9207). If the person has to be asked anything, the library handles the request.
 */
import type { IncomingMessage } from 'node:http'
import type { LiveSession } from '../../../../identity/sessions/session.ts'
import type { Clock } from '../../../../platform/kernel/clock.ts'
import { newOrderedSecret, newSecret } from '../../../../platform/kernel/ids.ts'
import type { Random } from '../../../../platform/kernel/random.ts'
import { personScopes } from '../claims.ts'
import { describeLogin } from '../entry.ts'
import type { CheckEntry } from '../entry-checks.ts'
import { createGrantId } from '../record-ids.ts'
import type { Records } from '../records.ts'
import type { NewRecord } from '../request-memory.ts'
import type { Answer } from './direct.ts'
import type { PlainApp, PlainApps } from './plain-apps.ts'
import { type Fields, readQuery } from './plain-request.ts'

const fields = new Set([
  ...['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method'],
])

export interface AuthorizationOptions {
  readonly clock: Clock
  readonly random: Random
  readonly issuer: string
  readonly apps: PlainApps
  readonly records: Pick<Records, 'issueCode'>
  readonly browser: {
    readonly checkEntry: CheckEntry
    /** The Einlass session that the cookies of this request name, if it is alive. */
    findSession(req: IncomingMessage): Promise<LiveSession | undefined>
    /** The `sid` of an app in a login. */
    computeSid(loginSession: string, clientId: string): string
  }
  /** Seconds. */
  readonly lifetimes: { readonly code: number; readonly grant: number }
}

export function createAuthorization(options: AuthorizationOptions): Answer {
  const { issuer, apps, clock, random, records, browser } = options
  return async (req) => {
    const asked = readQuery(req, fields)
    const found = asked && (await apps.find(asked.get('client_id') ?? ''))
    const wish = found && readWish(found, asked)
    const session = wish && (await browser.findSession(req))
    if (found === undefined || wish === undefined || session === undefined) return undefined
    const entry = await browser.checkEntry(req, { app: found.app, session })
    if (entry !== 'enter') return undefined
    const code = newOrderedSecret(random, clock.now())
    const [grant, record] = describe(options, { wish, session, clientId: found.app.id, code })
    await records.issueCode(grant, record)
    return { location: writeLocation(wish, code, issuer) }
  }
}

function writeLocation({ redirectUri, state }: Wish, code: string, issuer: string): string {
  const location = new URL(redirectUri)
  location.searchParams.set('code', code)
  if (state !== undefined) location.searchParams.set('state', state)
  location.searchParams.set('iss', issuer)
  return location.href
}

interface Wish {
  readonly redirectUri: string
  readonly scope: string
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly codeChallenge: string
}

const longestNonce = 1024

/** `undefined`: part of the request is unusual. */
function readWish({ app, settings }: PlainApp, asked: Fields): Wish | undefined {
  const redirectUri = asked.get('redirect_uri') ?? ''
  const scope = asked.get('scope') ?? ''
  const codeChallenge = asked.get('code_challenge') ?? ''
  const nonce = asked.get('nonce')
  const isCodeFlow =
    asked.get('response_type') === 'code' && asked.get('code_challenge_method') === 'S256'
  if (!isCodeFlow || !/^[\w-]{43}$/.test(codeChallenge)) return undefined
  if (!settings.redirectUris.includes(redirectUri) || /[?#]/.test(redirectUri)) return undefined
  if (settings.requirePar === true || app.registration !== undefined) return undefined
  if (!isPlainScope(scope, settings.scopes) || (nonce ?? '').length > longestNonce) return undefined
  return { redirectUri, scope, state: asked.get('state'), nonce, codeChallenge }
}

/** Each scope only once, and only scopes that the app may always have. */
function isPlainScope(scope: string, allowed: readonly string[] = personScopes): boolean {
  const scopes = scope.split(' ')
  const isKnown = scopes.every((one) => one === 'openid' || allowed.includes(one))
  return isKnown && scopes.includes('openid') && new Set(scopes).size === scopes.length
}

interface Entering {
  readonly wish: Wish
  readonly session: LiveSession
  readonly clientId: string
  readonly code: string
}

/** A grant and its code, in the form of the library, which may read them next. */
function describe(
  { clock, random, browser, lifetimes }: AuthorizationOptions,
  { wish, session, clientId, code }: Entering,
): [grant: NewRecord, code: NewRecord] {
  const iat = Math.floor(clock.now() / 1000)
  const { id: sessionUid, userId: accountId } = session
  const { redirectUri, scope, nonce, codeChallenge } = wish
  const grantId = createGrantId(sessionUid, newSecret(random))
  const { loginTs: authTime, acr, amr } = describeLogin(session)
  return [
    {
      model: 'Grant',
      id: grantId,
      payload: {
        ...{ iat, exp: iat + lifetimes.grant, kind: 'Grant', accountId, clientId },
        openid: { scope },
      },
      expiresIn: lifetimes.grant,
    },
    {
      model: 'AuthorizationCode',
      id: code,
      payload: {
        ...{ iat, exp: iat + lifetimes.code, kind: 'AuthorizationCode', accountId, clientId },
        ...{ grantId, scope, sessionUid, acr, amr, authTime },
        ...{ redirectUri, nonce, codeChallenge },
        codeChallengeMethod: 'S256',
        sid: browser.computeSid(sessionUid, clientId),
      },
      expiresIn: lifetimes.code,
    },
  ]
}
