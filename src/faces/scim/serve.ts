/**
 * Answers systems that create, change and remove users (SCIM 2.0, RFC 7643 and 7644). Owns who may use it, and the meaning of
 * each address. Off until an administrator creates a token: without a valid token every address gives the same answer, whatever
 * exists. operations/provisioning.ts owns what may be done.
 */

import { createAddressLimit } from '../../identity/limits/address-limit.ts'
import { createBuckets } from '../../identity/limits/buckets.ts'
import type { Provisioner } from '../../identity/operations/actor.ts'
import type { GroupProvisioning } from '../../identity/operations/provisioned-groups.ts'
import type { Provisioning } from '../../identity/operations/provisioning.ts'
import type { ProvisionedGroups } from '../../identity/provisioning/groups.ts'
import type { ProvisioningToken, ProvisioningTokens } from '../../identity/provisioning/tokens.ts'
import type { Config } from '../../platform/config/schema.ts'
import { mediaType, readText } from '../../platform/http/body.ts'
import { clientAddress, createRanges, sharedRanges } from '../../platform/http/client.ts'
import { commonHeaders } from '../../platform/http/headers.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import { type Clock, seconds } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'
import {
  type Answer,
  answerList,
  answerResource,
  listSchema,
  readOne,
  unknownResource,
} from './answer.ts'
import { type AdmitOperation, answerBulk, mostBulkOperations } from './bulk.ts'
import type { Conditions } from './conditions.ts'
import { describeSchemas, describeServer, describeTypes, refuseFilter } from './discovery.ts'
import { describeError, readError, ScimError } from './errors.ts'
import { createGroupKind } from './groups.ts'
import type { ResourceKind } from './kind.ts'
import { createLeftOut, type LeaveOut } from './left-out.ts'
import { scimPath } from './path.ts'
import { type JsonObject, parseJson } from './resource.ts'
import { readQuery, readQueryProjection, readSearchBody } from './search.ts'
import { createUserKind } from './users.ts'

/** Requests with one token in a minute. The first run of Entra ID makes 25 in a second. */
const requestsPerMinute = 3000

/** Requests without a valid token that an address may make in a minute. */
const mistakesPerMinute = 60

const longestBody = 1024 * 1024

/** For all operations of one bulk request together: others wait meanwhile, and a proxy would not wait much longer. */
const longestBulk = seconds(10)

export interface ScimServerOptions {
  readonly config: Pick<Config, 'trusted_proxies' | 'networks'>
  readonly publicUrl: string
  readonly db: Queries
  readonly clock: Clock
  readonly log: Log
  readonly tokens: ProvisioningTokens
  readonly provisioning: {
    readonly users: Provisioning
    readonly groups: GroupProvisioning
    readonly groupStore: ProvisionedGroups
  }
}

export interface ScimFace {
  answer(request: PageRequest): Promise<Reply>
}

export function createScimServer(options: ScimServerOptions): ScimFace {
  const { publicUrl, clock, log } = options
  const address = `${publicUrl}${scimPath}`
  const kinds = createKinds(options, address)
  const admit = createAdmission(options)
  const budget = createBuckets({ clock, limit: requestsPerMinute })
  const write = createWriter(publicUrl)
  const leaveOutOf = createLeftOut(log)

  async function findAnswer(request: PageRequest): Promise<Answer> {
    const token = await admit(request)
    if ('status' in token) return token
    const wait = budget.admit(token.id)
    if (wait !== undefined) return refuseForNow(wait.retryAfter)
    const { source, takesOver } = token
    const actor: Provisioner = { type: 'provisioner', source, takesOver }
    const end = clock.now() + longestBulk
    const admitOperation = () => (clock.now() < end ? budget.admit(token.id) : { retryAfter: 1 })
    try {
      const leaveOut = leaveOutOf(source)
      return await serve({ address, kinds, admitOperation, leaveOut }, actor, request)
    } catch (error) {
      const known = readError(error)
      if (known === undefined) throw error
      const { status, scimType, message } = known
      log.info({ source, status, scimType, detail: message }, 'A SCIM request was refused.')
      return answerKnown(known, error)
    }
  }

  return {
    async answer(request) {
      try {
        return write(await findAnswer(request))
      } catch (error) {
        const known = readError(error)
        if (known !== undefined) return write(answerKnown(known, error))
        log.error({ error }, 'A SCIM request failed.')
        return write(answerError(new ScimError(500, 'Something failed here. The log has it.')))
      }
    },
  }
}

function createKinds(
  { db, log, provisioning }: ScimServerOptions,
  address: string,
): ResourceKind[] {
  return [
    createUserKind({ db, log, address, operations: provisioning.users }),
    createGroupKind({
      ...{ db, log, address, groups: provisioning.groupStore },
      operations: provisioning.groups,
    }),
  ]
}

const retryAfterHeader = (seconds: number) => ({ 'retry-after': `${seconds}` })

function createWriter(publicUrl: string) {
  const common = commonHeaders({ secure: publicUrl.startsWith('https:') })
  return ({ status, body, headers }: Answer): Reply => ({
    status,
    headers: {
      ...common,
      ...(body !== undefined && { 'content-type': 'application/scim+json; charset=utf-8' }),
      ...headers,
    },
    cookies: [],
    body: body === undefined ? null : body instanceof Uint8Array ? body : JSON.stringify(body),
  })
}

function answerError(error: ScimError): Answer {
  return { status: error.status, body: describeError(error) }
}

/** @param error the original error, which may say when to try again */
function answerKnown(known: ScimError, error: unknown): Answer {
  const wait = error instanceof Fault ? error.retryAfter : undefined
  return { ...answerError(known), ...(wait !== undefined && { headers: retryAfterHeader(wait) }) }
}

function refuseForNow(retryAfter: number): Answer {
  return {
    ...answerError(new ScimError(429, 'Too many requests. Try again later.')),
    headers: retryAfterHeader(retryAfter),
  }
}

const unauthorized: Answer = {
  ...answerError(new ScimError(401, 'A valid token is needed as Bearer.')),
  headers: { 'www-authenticate': 'Bearer realm="SCIM"' },
}

/** Finds the token of a request, or returns the answer to a request without one. */
function createAdmission({ config, clock, db, log, tokens }: ScimServerOptions) {
  const trusted = createRanges(config.trusted_proxies)
  const mistakes = createAddressLimit({
    clock,
    isShared: sharedRanges(config.networks).has,
    limit: mistakesPerMinute,
  })
  return async (request: PageRequest): Promise<ProvisioningToken | Answer> => {
    const { headers, peer = '' } = request
    const from = clientAddress(peer, headers.get('x-forwarded-for') ?? undefined, trusted)
    const wait = mistakes.admit(from)
    if (wait !== undefined) return refuseForNow(wait.retryAfter)
    const secret = readBearer(headers.get('authorization'))
    const token = secret === undefined ? undefined : await tokens.find(db, secret)
    if (token === undefined) return unauthorized
    if (token.networks.length > 0 && !createRanges(token.networks).has(from)) {
      log.warn({ source: token.source, address: from }, 'A SCIM token came from another network.')
      return unauthorized
    }
    mistakes.takeBack(from)
    await tokens.noteUse(db, token)
    return token
  }
}

/** Only from the header, because addresses are logged. */
function readBearer(header: string | null): string | undefined {
  return /^Bearer +([\w~+/.=-]{1,200})$/i.exec(header?.trim() ?? '')?.[1]
}

interface Served {
  readonly address: string
  readonly kinds: readonly ResourceKind[]
  /** Each operation of a bulk is counted like a request. */
  readonly admitOperation: AdmitOperation
  readonly leaveOut: LeaveOut
}

async function serve(served: Served, actor: Provisioner, request: PageRequest): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url)
  const [first = '', ...rest] = pathname
    .slice(scimPath.length)
    .split('/')
    .filter((one) => one !== '')
  const kind = served.kinds.find(({ type }) => type.endpoint === `/${first}`)
  if (kind !== undefined && rest.length <= 1) {
    const { leaveOut } = served
    const one = { kind, leaveOut, address: `${served.address}${kind.type.endpoint}` }
    return rest[0] === undefined || rest[0] === '.search'
      ? await serveAll(one, actor, request, rest[0] === '.search')
      : await serveOne(one, actor, request, rest[0])
  }
  if (first === 'Bulk' && rest.length === 0) {
    if (request.method !== 'POST') return refuseMethod('POST')
    return await answerBulk(served, actor, await readBody(request))
  }
  if (first === 'Me') throw new ScimError(501, 'A token is no user, so there is no /Me.')
  return describe(served, request, { first, name: rest.join('/'), query: searchParams })
}

/** RFC 9110, 15.5.6. */
function refuseMethod(...allowed: string[]): Answer {
  const text = `Only ${allowed.join(', ')} is possible here.`
  return { ...answerError(new ScimError(405, text)), headers: { allow: allowed.join(', ') } }
}

interface ServedKind {
  readonly kind: ResourceKind
  /** Where its resources are. */
  readonly address: string
  readonly leaveOut: LeaveOut
}

async function serveAll(
  { kind, address, leaveOut }: ServedKind,
  actor: Provisioner,
  request: PageRequest,
  isSearch: boolean,
): Promise<Answer> {
  const { method, url } = request
  const query = new URL(url).searchParams
  if (isSearch) {
    if (method !== 'POST') return refuseMethod('POST')
    const search = readSearchBody(kind.type, await readBody(request))
    return answerList(await kind.list(actor, search), search)
  }
  switch (method) {
    case 'GET': {
      const search = readQuery(kind.type, query)
      return answerList(await kind.list(actor, search), search)
    }
    case 'POST': {
      const projection = readQueryProjection(query)
      const body = await readBody(request, kind.longestBody)
      const made = await kind.create(actor, { body, projection, leaveOut })
      return answerResource(address, 201, made)
    }
    default:
      return refuseMethod('GET', 'POST')
  }
}

async function serveOne(
  { kind, address, leaveOut }: ServedKind,
  actor: Provisioner,
  request: PageRequest,
  id: string,
): Promise<Answer> {
  // No id has other characters, and PostgreSQL accepts no NUL.
  if (!/^[\w-]{1,100}$/.test(id)) throw unknownResource()
  const projection = readQueryProjection(new URL(request.url).searchParams)
  const asked = { id, conditions: readConditions(request), projection }
  switch (request.method) {
    case 'GET':
      return await readOne({ kind, address }, actor, asked)
    case 'PUT':
    case 'PATCH': {
      const body = await readBody(request, kind.longestBody)
      const apply = request.method === 'PUT' ? kind.replace : kind.patch
      return answerResource(address, 200, await apply(actor, { ...asked, leaveOut, body }))
    }
    case 'DELETE':
      await kind.remove(actor, asked)
      return { status: 204 }
    default:
      return refuseMethod('GET', 'PUT', 'PATCH', 'DELETE')
  }
}

function readConditions({ headers }: PageRequest): Conditions {
  return {
    ifMatch: headers.get('if-match') ?? undefined,
    ifNoneMatch: headers.get('if-none-match') ?? undefined,
  }
}

async function readBody(request: PageRequest, limit = longestBody): Promise<JsonObject> {
  if (!['application/scim+json', 'application/json'].includes(mediaType(request))) {
    throw new ScimError(415, 'The body has to be application/scim+json.')
  }
  return parseJson(await readText(request, limit))
}

interface Described {
  readonly first: string
  /** The name of one of them; empty: all. */
  readonly name: string
  readonly query: URLSearchParams
}

function describe(
  { address, kinds }: Served,
  { method }: PageRequest,
  { first, name, query }: Described,
): Answer {
  const types = kinds.map(({ type }) => type)
  const lists: Record<string, () => readonly { readonly id: string }[]> = {
    ResourceTypes: () => describeTypes(address, types),
    Schemas: () => describeSchemas(address, types),
  }
  const list = Object.hasOwn(lists, first) ? lists[first] : undefined
  const isServer = first === 'ServiceProviderConfig' && name === ''
  if (list === undefined && !isServer) throw new ScimError(404, 'There is no such address.')
  if (method !== 'GET') return refuseMethod('GET')
  refuseFilter(query)
  if (list === undefined)
    return {
      status: 200,
      body: describeServer(address, { operations: mostBulkOperations, body: longestBody }),
    }
  const all = list()
  if (name === '') {
    const body = { schemas: [listSchema], totalResults: all.length, startIndex: 1 }
    return { status: 200, body: { ...body, itemsPerPage: all.length, Resources: all } }
  }
  const one = all.find(({ id }) => id === name.replaceAll(/%3a/gi, ':'))
  if (one === undefined) throw unknownResource()
  return { status: 200, body: one }
}
