/**
 * The paths at an app's origin that its proxy passes to us: to the login, back from it with a one-time code, and to the logout.
 * Owns the cookies there. Shows no pages: they are only at our own origin.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { matchAddress, matchAddressBelow } from '../../../identity/apps/match-address.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import { sendPage } from '../answer.ts'
import { browserCookie, returnCookie } from './app-cookies.ts'
import { readForwarded } from './dialects.ts'
import { type EntryRequests, planReturn, readLong } from './entry-request.ts'
import type { Grants } from './grants.ts'
import { callbackPath, enterPath, loginPath, logoutPath } from './paths.ts'
import { type Problem, writeProblem } from './problem.ts'
import type { FoundApp, ProtectedApps } from './protected-apps.ts'
import { type RequestTarget, readTarget } from './request-target.ts'

export interface AtAppOptions {
  readonly publicUrl: string
  readonly random: Random
  readonly apps: ProtectedApps
  readonly grants: Pick<Grants, 'redeem' | 'find'>
  readonly requests: EntryRequests
}

/** Seconds. */
const returnAge = 600

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The answers by path. The peer is a trusted proxy. */
export function createAtApp(options: AtAppOptions): ReadonlyMap<string, Answer> {
  const { publicUrl } = options
  return new Map<string, Answer>([
    [loginPath, (request, response) => beginLogin(options, request, response)],
    [callbackPath, (request, response) => finishLogin(options, request, response)],
    [logoutPath, async (_, response) => send(response, `${publicUrl}/logout`)],
  ])
}

interface Place {
  readonly target: RequestTarget
  readonly found: FoundApp
}

/** The app and target of a path at the origin of this request; `undefined`: it leads to no app. */
async function findPlace(
  { apps }: AtAppOptions,
  { headers }: IncomingMessage,
  uri: string,
): Promise<Place | undefined> {
  const forwarded = readForwarded({ ...headers, 'x-forwarded-uri': uri })
  const target = forwarded && readTarget(forwarded)
  const found = target && (await apps.find(target))
  return found && { target, found }
}

async function beginLogin(
  options: AtAppOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { publicUrl, random, requests } = options
  const { to } = readQuery(request)
  const place = await findPlace(options, request, to)
  if (place === undefined) return sendProblem(options, response, 'invalid_request')
  const { app, address, cookies } = place.found
  // Tabs of one browser share the secret, so that no tab invalidates the code of another.
  const browserSecret = cookies.read(request.headers.cookie, browserCookie) ?? newSecret(random)
  const { cookie, ...plan } = planReturn(findReturn(place))
  const signed = requests.sign({
    appId: app.id,
    origin: address.origin,
    browserHash: sha256(browserSecret),
    ...plan,
  })
  send(response, `${publicUrl}${enterPath}?request=${signed}`, [
    cookies.set(browserCookie, browserSecret),
    ...(cookie === undefined ? [] : [cookies.set(returnCookie, cookie, returnAge)]),
  ])
}

/** Where to continue after the login: where the browser was, or the start of the app if that is not plainly in the app. */
function findReturn({ target, found }: Place): URL {
  const { origin, start } = found.address
  const beginning = `${origin}${start}`
  const asked = `${origin}${target.path}${target.query}`
  const below = beginning.endsWith('/') ? beginning : `${beginning}/`
  return new URL(matchAddress([beginning], asked) ?? matchAddressBelow([below], asked) ?? beginning)
}

async function finishLogin(
  options: AtAppOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { grants } = options
  const { code, long, to } = readQuery(request)
  const place = await findPlace(options, request, to)
  if (place === undefined) return sendProblem(options, response, 'invalid_request')
  const { app, address, cookies } = place.found
  const { cookie } = request.headers
  const browserSecret = cookies.read(cookie, browserCookie)
  // Without its cookie, the browser would be sent to the login again and again.
  if (browserSecret === undefined) return sendProblem(options, response, 'no_cookies', app.id)
  const whole = long === undefined ? undefined : readLong(cookies.read(cookie, returnCookie), long)
  const goOn = whole ?? to
  const redeemed = await grants.redeem(code, address.origin, sha256(browserSecret))
  if (redeemed?.appId === app.id) {
    return send(response, `${address.origin}${goOn}`, [
      cookies.set(app.cookieName, redeemed.token),
      ...(whole === undefined ? [] : [cookies.set(returnCookie, '', 0)]),
    ])
  }
  // The browser went back, or loaded the page again.
  const token = cookies.read(cookie, app.cookieName)
  const isInside = token !== undefined && (await grants.find(token)) !== undefined
  if (!isInside) return sendProblem(options, response, 'code_expired', app.id)
  send(response, `${address.origin}${goOn}`)
}

interface ReturnQuery {
  readonly code: string
  readonly long: string | undefined
  /** Everything after `to=`, unchanged: an address within an address, without a second encoding. */
  readonly to: string
}

function readQuery({ url = '' }: IncomingMessage): ReturnQuery {
  const [, query = ''] = url.split(/\?(.*)/s)
  const [before = '', to = '/'] = query.split(/(?:^|&)to=(.*)/s)
  const names = new URLSearchParams(before)
  return { code: names.get('code') ?? '', long: names.get('long') ?? undefined, to }
}

/** A page at our own origin says what went wrong, because only there our pages have their style. */
function sendProblem(
  { publicUrl }: AtAppOptions,
  response: ServerResponse,
  problem: Problem,
  appId?: string,
): void {
  send(response, `${publicUrl}${writeProblem(problem, appId)}`)
}

function send(response: ServerResponse, location: string, cookies: readonly string[] = []): void {
  sendPage(response, { status: 303, headers: { location }, cookies, body: null })
}
