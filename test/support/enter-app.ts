/** The way into an app behind a proxy, without a browser and without the proxy: for tests that need the cookie of the app. */
import { callbackPath, loginPath } from '../../src/faces/protocols/forward-auth/paths.ts'

export interface EnterOptions {
  /** Where Einlass listens. */
  readonly einlass: string
  readonly host: string
  /** As a browser sends it to Einlass: `name=value`. */
  readonly session: string
  /** A path and query of the app. */
  readonly to?: string
}

/** The cookie of the app, as a browser sends it: `name=value`. */
export async function enterApp({
  einlass,
  host,
  session,
  to = '/',
}: EnterOptions): Promise<string> {
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host }
  const begun = await ask(`${einlass}${loginPath}?to=${to}`, proxied)
  const entered = await ask(moveTo(einlass, begun.location), { cookie: session })
  if (!entered.location.includes(callbackPath)) throw new Error(`sent to ${entered.location}`)
  const cookie = begun.cookies.join('; ')
  const finished = await ask(moveTo(einlass, entered.location), { ...proxied, cookie })
  const own = finished.cookies.find((one) => one.includes('einlass_app_'))
  if (own === undefined) throw new Error(`no cookie on the way to ${finished.location}`)
  return own
}

async function ask(url: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(url, { headers, redirect: 'manual' })
  await response.body?.cancel()
  return {
    location: response.headers.get('location') ?? '',
    cookies: response.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? ''),
  }
}

function moveTo(origin: string, location: string): string {
  const { pathname, search } = new URL(location)
  return `${origin}${pathname}${search}`
}
