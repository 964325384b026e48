/**
 * Apps that register themselves (RFC 7591, OpenID Connect Dynamic Client Registration 1.0), and read or remove their
 * registration (RFC 7592 without changes: an app that needs changes registers again). Owns who may do so, and the answers;
 * registration-metadata.ts owns what may be requested. Off by default; always requires a token.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App, Apps } from '../../../identity/apps/apps.ts'
import type { RegistrationTokens } from '../../../identity/apps/registration-tokens.ts'
import type {
  RegisteredApp,
  RegistrationOperations,
  RegistrationRequest,
} from '../../../identity/operations/registrations.ts'
import { readText } from '../../../platform/http/body.ts'
import type { GuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { equalInConstantTime, sha256 } from '../../../platform/kernel/crypto.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { findAddress, type NodeHandler, readPageRequest } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { TryLimit } from '../request-rate-limit.ts'
import { oidcPath, registrationPath } from './paths.ts'
import {
  describeRegistration,
  type RegistrationProblem,
  readRegistration,
  registrationTermsSchema,
} from './registration-metadata.ts'
import { findSectorProblem } from './sector.ts'
import { readSettings } from './settings.ts'

export interface RegistrationOptions {
  readonly publicUrl: string
  readonly db: Queries
  readonly log: Log
  readonly apps: Apps
  readonly tokens: RegistrationTokens
  readonly operations: RegistrationOperations
  readonly noteRefusal: ProtocolHost['noteRefusal']
  readonly outside: {
    /** Limits requests with an invalid token or invalid metadata. */
    readonly tries: TryLimit
    /** For sector documents: only public addresses, or also `app_networks` if the token's administrator allows it. */
    readonly fetchPublic: GuardedFetch
    readonly fetchInNetworks: GuardedFetch
    /** Describes the objection to such an app: to its name, or to something that the library cannot do. */
    findProblem(request: RegistrationRequest): Promise<string | undefined>
  }
}

/** The answer. The body is JSON; absent: none. */
interface Answer {
  readonly status: number
  readonly body?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** Whether a path is the endpoint, or an app below it. */
export function isRegistrationPath(path: string): boolean {
  return path === registrationPath || path.startsWith(`${registrationPath}/`)
}

export function createRegistration(options: RegistrationOptions): NodeHandler {
  const { publicUrl, outside, log, noteRefusal } = options
  return async (req, res) => {
    const limited = outside.tries.admit(req)
    if (limited !== undefined) {
      const headers = { 'retry-after': `${limited.retryAfter}` }
      return send(res, { status: 429, body: { error: 'temporarily_unavailable' }, headers })
    }
    const answer = await findAnswer(options, req, findAddress(req, publicUrl).pathname)
    const error = answer.body?.error
    if (error === undefined) outside.tries.takeBack(req)
    else {
      const reason = error === 'invalid_token' ? 'invalid_registration_token' : String(error)
      noteRefusal({ protocol: 'oidc', reason })
      log.info(
        { error, description: answer.body?.error_description },
        'A registration was refused.',
      )
    }
    send(res, answer)
  }
}

function send(res: ServerResponse, { status, body, headers = {} }: Answer): void {
  res.writeHead(status, {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    'cache-control': 'no-store',
    ...headers,
  })
  res.end(body && JSON.stringify(body))
}

async function findAnswer(
  options: RegistrationOptions,
  req: IncomingMessage,
  path: string,
): Promise<Answer> {
  const { method = '' } = req
  const id = path === registrationPath ? undefined : path.slice(registrationPath.length + 1)
  const allowed = id === undefined ? ['POST'] : ['GET', 'DELETE']
  if (!allowed.includes(method)) {
    const headers = { allow: allowed.join(', ') }
    return { ...refuse(405, 'invalid_request', `only ${headers.allow}`), headers }
  }
  const bearer = readBearer(req)
  if (bearer === undefined) return unauthorized('a token is needed as Bearer')
  if (id === undefined) return await register(options, req, bearer)
  return await manage(options, { id, bearer, isRemoval: method === 'DELETE' })
}

/** Only from the header, because addresses are logged. */
function readBearer({ headers }: IncomingMessage): string | undefined {
  return /^Bearer ([\w~+/.=-]{1,200})$/i.exec(headers.authorization ?? '')?.[1]
}

function refuse(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } }
}

function unauthorized(description: string): Answer {
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
  return { ...refuse(401, 'invalid_token', description), headers }
}

const invalidToken = unauthorized('the token is unknown, used up, expired or revoked')

const refuseMetadata = ({ error, description }: RegistrationProblem) =>
  refuse(400, error, description)

async function register(
  options: RegistrationOptions,
  req: IncomingMessage,
  bearer: string,
): Promise<Answer> {
  const { publicUrl, db, tokens, operations, outside } = options
  const token = await tokens.find(db, bearer)
  if (token === undefined) return invalidToken
  const body = await readJson(req, publicUrl)
  if ('status' in body) return body
  const read = readRegistration({ publicUrl, issuer: `${publicUrl}${oidcPath}` }, body.json, token)
  if ('problem' in read) return refuseMetadata(read.problem)
  const { request } = read
  // Otherwise every later request of the app would fail.
  const unusable = await outside.findProblem(request)
  if (unusable !== undefined) return refuse(400, 'invalid_client_metadata', unusable)
  const { sectorInAppNetworks } = registrationTermsSchema.parse(token.terms)
  const fetch = sectorInAppNetworks ? outside.fetchInNetworks : outside.fetchPublic
  const problem = await findSectorProblem(fetch, readSettings(request))
  if (problem !== undefined) return refuseMetadata(problem)
  // Of two concurrent requests with the last use of a token, one comes too late.
  const registered = await operations.register(token, request)
  return registered === undefined ? invalidToken : describeRegistered(publicUrl, registered)
}

async function readJson(
  req: IncomingMessage,
  publicUrl: string,
): Promise<Answer | { readonly json: unknown }> {
  const mediaType = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') {
    return refuse(400, 'invalid_client_metadata', 'the body has to be application/json')
  }
  try {
    const text = await readText({ ...readPageRequest(req, publicUrl), method: 'POST', body: req })
    const json: unknown = JSON.parse(text)
    if (Object(json) === json && !Array.isArray(json)) return { json }
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof Fault)) throw error
  }
  return refuse(400, 'invalid_client_metadata', 'the body has to be a JSON object, at most 64 KiB')
}

function describeRegistered(
  publicUrl: string,
  { app, clientSecret, accessToken }: RegisteredApp,
): Answer {
  const body = {
    ...describeRegistration(app),
    ...(clientSecret !== undefined && { client_secret: clientSecret, client_secret_expires_at: 0 }),
    ...describeAccess(publicUrl, app, accessToken),
  }
  return { status: 201, body }
}

function describeAccess(publicUrl: string, { id }: App, accessToken: string) {
  return {
    registration_client_uri: `${publicUrl}${registrationPath}/${id}`,
    registration_access_token: accessToken,
  }
}

interface Management {
  readonly id: string
  readonly bearer: string
  readonly isRemoval: boolean
}

/** An unknown app, an app of an administrator and another app's id get the same answer: nobody learns which apps exist. */
async function manage(
  { publicUrl, db, apps, operations }: RegistrationOptions,
  { id, bearer, isRemoval }: Management,
): Promise<Answer> {
  const app = await apps.find(db, id)
  const hash = app?.registration?.accessHash ?? ''
  if (app === undefined || !equalInConstantTime(hash, sha256(bearer))) return invalidToken
  if (!isRemoval) {
    const body = { ...describeRegistration(app), ...describeAccess(publicUrl, app, bearer) }
    return { status: 200, body }
  }
  const isRemoved = await operations.unregister({ type: 'registrant', id })
  return isRemoved ? { status: 204 } : invalidToken
}
