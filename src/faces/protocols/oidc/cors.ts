/**
 * Decides which scripts in browsers may call the endpoints of apps (CORS): those at the origins of an app's redirect addresses,
 * and at further origins in its settings. They may send cookies, because some libraries always do. Only the logout reads a
 * cookie, and it requires an ID token of the session.
 */
import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import type { ProtocolHost } from '../protocol.ts'
import { type OidcAppSettings, readSettings } from './settings.ts'

/** A member of the client's metadata: origins in addition to those of its redirect addresses. */
export const originsMember = 'einlass_origins'

/** The endpoints that an app calls itself, and the logout. Keys and discovery are open to all origins. */
const endpoints =
  /^\/(token|me|request|device\/auth|token\/revocation|token\/introspection|session\/end)$/

const preflightSeconds = 3600

/** For the library's configuration. */
export function allowsOrigin(client: Client, origin: string): boolean {
  const more = client[originsMember]
  return isOrigin(origin, client.redirectUris ?? [], Array.isArray(more) ? more : [])
}

function hasOrigin(
  { redirectUris, allowedOrigins }: Pick<OidcAppSettings, 'redirectUris' | 'allowedOrigins'>,
  origin: string,
): boolean {
  return isOrigin(origin, redirectUris, allowedOrigins)
}

/** The origin of `com.example.app:/callback` is `null`, and so is the origin of every sandboxed page. */
function isOrigin(origin: string, addresses: readonly string[], more: readonly unknown[]): boolean {
  if (origin === 'null') return false
  return addresses.some((uri) => URL.parse(uri)?.origin === origin) || more.includes(origin)
}

/**
 * Runs around the library, which allows the origins of a client, but without cookies.
 * @param isKnown whether any app has this origin: a preflight and an answer to an invalid token name no app
 */
export function createCors(isKnown: (origin: string) => Promise<boolean>) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    const origin = ctx.get('Origin')
    if (!endpoints.test(ctx.path) || origin === '') return await next()
    if (ctx.method === 'OPTIONS') return answerPreflight(ctx, origin, await isKnown(origin))
    await next()
    const client = ctx.oidc?.client
    const isAllowed = client ? allowsOrigin(client, origin) : await isKnown(origin)
    if (isAllowed) allow(ctx, origin)
    else ctx.remove('Access-Control-Allow-Origin')
  }
}

function answerPreflight(ctx: KoaContextWithOIDC, origin: string, isAllowed: boolean): void {
  ctx.status = 204
  ctx.vary('Origin')
  if (!isAllowed) return
  allow(ctx, origin)
  ctx.set('Access-Control-Allow-Methods', 'GET,POST')
  ctx.set('Access-Control-Allow-Headers', ctx.get('Access-Control-Request-Headers'))
  ctx.set('Access-Control-Max-Age', `${preflightSeconds}`)
}

function allow(ctx: KoaContextWithOIDC, origin: string): void {
  ctx.vary('Origin')
  ctx.set('Access-Control-Allow-Origin', origin)
  ctx.set('Access-Control-Allow-Credentials', 'true')
}

/** Whether any app has this origin. */
export function createOriginSearch({ base, apps }: Pick<ProtocolHost, 'base' | 'apps'>) {
  return async (origin: string): Promise<boolean> => {
    const all = await apps.listReadable(base.db)
    return all.some((app) => app.protocol === 'oidc' && hasOrigin(readSettings(app), origin))
  }
}
