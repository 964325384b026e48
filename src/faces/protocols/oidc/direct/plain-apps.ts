/**
 * Apps with common settings: a secret or none, tokens that are bound to nothing, the same subject for all apps. Owns how such
 * an app authenticates; if it cannot do so here, the library answers.
 */
import type { IncomingMessage } from 'node:http'
import type { App, Apps } from '../../../../identity/apps/apps.ts'
import { equalInConstantTime } from '../../../../platform/kernel/crypto.ts'
import type { Queries } from '../../../../platform/storage/database.ts'
import { hasOwnProof } from '../client-options.ts'
import { type OidcAppSettings, readSettings } from '../settings.ts'
import type { LiveToken } from './live-tokens.ts'
import type { Fields } from './plain-request.ts'

export interface PlainApp {
  readonly app: App
  readonly settings: OidcAppSettings
}

/** The facts about a token that are necessary to find its app. */
export interface TokenOfApp {
  readonly content: { readonly clientId: string }
  /** The time of the app's last change, in milliseconds since the epoch. */
  readonly appUpdatedAt: number
}

export interface PlainApps {
  /** `undefined`: no such app exists, or it is not plain. */
  find(id: string): Promise<PlainApp | undefined>
  /** The app of a token. */
  findOf(token: TokenOfApp): Promise<PlainApp | undefined>
  /**
   * The app that sends a request; `undefined` also if it does not authenticate as that app.
   * @param token the token in the request, in most cases the app's own
   */
  authenticate(req: IncomingMessage, form: Fields, token: LiveToken): Promise<PlainApp | undefined>
}

export function createPlainApps(db: Queries, apps: Pick<Apps, 'find' | 'findAsOf'>): PlainApps {
  /** By settings: they are the same object until the app changes. */
  const known = new WeakMap<App['settings'], OidcAppSettings | undefined>()

  function readPlain(app: App): OidcAppSettings | undefined {
    if (known.has(app.settings)) return known.get(app.settings)
    const settings = readSettings(app)
    const plain = isPlain(settings) ? settings : undefined
    known.set(app.settings, plain)
    return plain
  }

  function describe(app: App | undefined): PlainApp | undefined {
    const settings = app?.protocol === 'oidc' ? readPlain(app) : undefined
    return app && settings && { app, settings }
  }

  const find = async (id: string) => describe(await apps.find(db, id))
  const findOf = async ({ content: { clientId }, appUpdatedAt }: TokenOfApp) =>
    describe(await apps.findAsOf(db, clientId, appUpdatedAt))

  return {
    find,
    findOf,
    async authenticate({ headers }, form, token) {
      const shown = readCredentials(headers.authorization, form)
      if (shown === undefined) return undefined
      const isOwn = shown.id === token.content.clientId
      const found = isOwn ? token.app : await find(shown.id)
      return found && isProven(found, shown.secret) ? found : undefined
    },
  }
}

function isPlain(settings: OidcAppSettings): boolean {
  const { redirectUris, resources, subjectType, signedUserinfo } = settings
  const isBound = settings.requireDpop === true || settings.certificateBoundTokens === true
  const isSpecial = isBound || hasOwnProof(settings) || signedUserinfo !== undefined
  return redirectUris.length > 0 && !isSpecial && !resources && subjectType === 'public'
}

interface Credentials {
  readonly id: string
  readonly secret: string | undefined
}

/** In the header or in the form, never in both (RFC 6749 section 2.3.1). */
function readCredentials(authorization: string | undefined, form: Fields): Credentials | undefined {
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  if (authorization === undefined) return id === undefined ? undefined : { id, secret }
  const basic = secret === undefined ? readBasic(authorization) : undefined
  return id === undefined || basic?.id === id ? basic : undefined
}

function readBasic(authorization: string): Credentials | undefined {
  const base64 = /^Basic ([A-Za-z0-9+/]{2,}={0,2})$/.exec(authorization)?.[1]
  // Other encodings of bytes are not valid credentials, although a lenient reader would accept them.
  if (base64 === undefined || base64.length % 4 !== 0) return undefined
  // Other characters have their own escapes.
  const [, id, secret] =
    /^([\w.-]+):([\w.-]+)$/.exec(Buffer.from(base64, 'base64').toString('latin1')) ?? []
  return id === undefined ? undefined : { id, secret }
}

/** A public app has no secret. */
function isProven({ app, settings }: PlainApp, secret: string | undefined): boolean {
  if (settings.tokenEndpointAuthMethod === 'none') return secret === undefined
  const { clientSecret } = app
  return (
    secret !== undefined && clientSecret !== undefined && equalInConstantTime(secret, clientSecret)
  )
}
