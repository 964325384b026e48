/**
 * For tests: requests to the endpoints of OpenID Connect, answered directly (see oidc/direct) or by the library. Something beside
 * a request that the library passes over, and that no direct answer knows, makes the library answer it.
 */
import assert from 'node:assert/strict'
import type { RelyingParty, startSignedIn } from './oidc-server.ts'

export type Scene = Awaited<ReturnType<typeof startSignedIn>>
export type Answerer = 'direct' | 'library'

export interface Asked {
  readonly path: '/me' | '/token' | '/token/introspection'
  readonly headers: Readonly<Record<string, string>>
  /** Absent: a GET. */
  readonly form?: readonly (readonly [string, string])[]
}

export interface Answered {
  readonly status: number
  readonly body: Record<string, unknown>
  /** Of the headers, those that say something. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly by: Answerer
}

const shown = ['content-type', 'cache-control', 'vary', 'x-content-type-options', 'referrer-policy']

export async function ask(
  { server }: Scene,
  { path, headers, form }: Asked,
  by: Answerer,
): Promise<Answered> {
  const beside = by === 'library' ? [['unused', '1']] : []
  const query = form === undefined && by === 'library' ? '?unused=1' : ''
  const response = await fetch(`${server.origin}/oidc${path}${query}`, {
    headers,
    ...(form && { method: 'POST', body: new URLSearchParams([...form, ...beside] as string[][]) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: text === '' ? {} : JSON.parse(text),
    headers: Object.fromEntries(shown.map((name) => [name, response.headers.get(name)])),
    // The library allows all origins where a request names none.
    by: response.headers.has('access-control-allow-origin') ? 'library' : 'direct',
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

export function basic({ clientId, clientSecret }: RelyingParty, secret = clientSecret) {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` }
}

export const offline = { scope: 'openid profile email groups offline_access', prompt: 'consent' }

/** A code, and the request that redeems it. */
export async function makeCode(
  { browser }: Scene,
  app: RelyingParty,
  extra: Record<string, string> = {},
) {
  const { url, checks } = await app.begin(extra)
  const { url: answer } = await browser.open(url, app.redirectUri)
  return [
    ['grant_type', 'authorization_code'],
    ['code', answer.searchParams.get('code') ?? assert.fail(answer.href)],
    ['redirect_uri', app.redirectUri],
    ['code_verifier', `${checks.pkceCodeVerifier}`],
  ] as const
}

export async function makeRefresh(scene: Scene, app: RelyingParty) {
  const { refresh_token = '' } = await app.signIn(scene.browser, offline)
  return [
    ['grant_type', 'refresh_token'],
    ['refresh_token', refresh_token],
  ] as const
}

/** Both answers to a request, which is made anew for each, as it may be answered only once. */
export async function askBoth(scene: Scene, make: () => Promise<Asked>) {
  const direct = await ask(scene, await make(), 'direct')
  const library = await ask(scene, await make(), 'library')
  return { direct, library }
}

/** Where the browser goes from an authorization request, and the headers of that answer that say something. */
export async function enter({ browser }: Pick<Scene, 'browser'>, url: URL, by: Answerer) {
  const address = new URL(url)
  if (by === 'library') address.searchParams.set('unused', '1')
  const response = await browser.fetch(address)
  await response.body?.cancel()
  const names = [...shown, 'content-security-policy', 'content-length', 'x-frame-options']
  return {
    status: response.status,
    location: new URL(response.headers.get('location') ?? '/', address),
    headers: Object.fromEntries(names.map((name) => [name, response.headers.get(name)])),
    // The library renews its cookie with each answer.
    by: response.headers.has('set-cookie') ? 'library' : 'direct',
  }
}
