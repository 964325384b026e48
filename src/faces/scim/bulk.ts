/**
 * Many operations in one request (RFC 7644, 3.7). Each succeeds or fails separately, as if it were sent alone. Owns their
 * order, so that one may refer to what another one creates (`bulkId:…`).
 */
import type { Provisioner } from '../../identity/operations/actor.ts'
import { type Answer, unknownResource } from './answer.ts'
import { describeError, readError, refuse, ScimError } from './errors.ts'
import type { ResourceKind, Shown } from './kind.ts'
import type { LeaveOut } from './left-out.ts'
import { findMember, isObject, type Json, type JsonObject } from './resource.ts'

export const mostBulkOperations = 500

const requestSchema = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const responseSchema = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'

/** Returns the seconds to wait if no further operation is allowed now. */
export type AdmitOperation = () => { readonly retryAfter: number } | undefined

interface Served {
  readonly address: string
  readonly kinds: readonly ResourceKind[]
  readonly admitOperation: AdmitOperation
  readonly leaveOut: LeaveOut
}

interface Operation {
  /** In upper case. */
  readonly method: string
  readonly path: string
  readonly bulkId: string | undefined
  readonly version: string | undefined
  readonly data: JsonObject
  readonly mistake?: ScimError
}

/** The ids of created resources, by `bulkId`. */
type Created = Map<string, string>

/** Throws ScimError for an invalid bulk request; then nothing was done. */
export async function answerBulk(
  served: Served,
  actor: Provisioner,
  body: JsonObject,
): Promise<Answer> {
  const operations = readOperations(body)
  const limit = readErrorLimit(body)
  const references = new Map(operations.map((one) => [one, listReferences(one)]))
  const isReady = (one: Operation) => references.get(one)?.every((id) => created.has(id))
  const created: Created = new Map()
  const results = new Map<Operation, object>()
  let errors = 0
  let waiting = operations
  while (waiting.length > 0 && errors < limit) {
    const next = waiting.find(isReady) ?? waiting[0]
    if (next === undefined) break
    waiting = waiting.filter((one) => one !== next)
    const { result, isError } = await settle(served, actor, next, created)
    results.set(next, result)
    if (isError) errors += 1
  }
  const done = operations.flatMap((one) => results.get(one) ?? [])
  return { status: 200, body: { schemas: [responseSchema], Operations: done } }
}

function readErrorLimit(body: JsonObject): number {
  const limit = findMember(body, 'failonerrors') ?? Number.POSITIVE_INFINITY
  if (typeof limit === 'number' && limit >= 1) return limit
  throw refuse('invalidValue', 'failOnErrors has to be a number from 1 on.')
}

function readOperations(body: JsonObject): Operation[] {
  const schemas = findMember(body, 'schemas')
  const sent = findMember(body, 'operations')
  if (!Array.isArray(schemas) || !schemas.includes(requestSchema) || !Array.isArray(sent)) {
    throw refuse('invalidSyntax', `The body has to be a ${requestSchema} with Operations.`)
  }
  if (sent.length > mostBulkOperations) {
    throw new ScimError(413, `There are more than ${mostBulkOperations} operations.`)
  }
  const operations = sent.map(readOperation)
  const ids = new Set<string>()
  return operations.map((one) => {
    if (one.bulkId === undefined || one.mistake !== undefined) return one
    const mistake = ids.has(one.bulkId) && refuse('invalidValue', 'A bulkId is there twice.')
    ids.add(one.bulkId)
    return mistake ? { ...one, mistake } : one
  })
}

/** A mistake in one operation stops no other: another one may disable a user. */
function readOperation(sent: Json): Operation {
  const found = isObject(sent) ? sent : {}
  const find = (name: string) => {
    const value = findMember(found, name)
    return typeof value === 'string' ? value : undefined
  }
  const data = findMember(found, 'data')
  const operation = {
    method: find('method')?.toUpperCase() ?? '',
    path: find('path') ?? '',
    bulkId: find('bulkid'),
    version: find('version'),
    data: isObject(data) ? data : {},
  }
  const mistake = findMistake(operation)
  return mistake === undefined ? operation : { ...operation, mistake }
}

function findMistake({ method, path, bulkId }: Operation): ScimError | undefined {
  if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) {
    return refuse('invalidSyntax', 'method has to be POST, PUT, PATCH or DELETE.')
  }
  if (path === '') return refuse('invalidSyntax', 'An operation needs a path.')
  const isUnnamed = method === 'POST' && bulkId === undefined
  return isUnnamed ? refuse('invalidSyntax', 'POST needs a bulkId.') : undefined
}

const prefix = 'bulkId:'

/** The `bulkId`s that an operation names. */
function listReferences({ path, data }: Operation): string[] {
  const inPath = path.split('/').filter((one) => one.startsWith(prefix))
  return [...inPath, ...listTexts(data)].map((one) => one.slice(prefix.length))
}

function listTexts(value: Json): string[] {
  if (typeof value === 'string') return value.startsWith(prefix) ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listTexts) : []
}

/** Throws ScimError for a `bulkId` that was not created. */
function findCreated(created: Created, text: string): string {
  if (!text.startsWith(prefix)) return text
  const id = created.get(text.slice(prefix.length))
  if (id === undefined) throw new ScimError(409, `${text} was not created.`, 'invalidValue')
  return id
}

function resolve(created: Created, value: Json): Json {
  if (typeof value === 'string') return findCreated(created, value)
  if (Array.isArray(value)) return value.map((one) => resolve(created, one))
  return isObject(value) ? resolveObject(created, value) : value
}

function resolveObject(created: Created, value: JsonObject): JsonObject {
  const entries = Object.entries(value).map(([name, one]) => [name, resolve(created, one)])
  return Object.fromEntries(entries)
}

async function settle(
  served: Served,
  actor: Provisioner,
  operation: Operation,
  created: Created,
): Promise<{ readonly result: object; readonly isError: boolean }> {
  const { method, bulkId } = operation
  const named = { method, ...(bulkId !== undefined && { bulkId }) }
  try {
    if (operation.mistake !== undefined) throw operation.mistake
    const wait = served.admitOperation()
    if (wait !== undefined) throw new ScimError(429, 'Too many requests. Try again later.')
    const { id, endpoint, version } = await carryOut(served, actor, operation, created)
    if (bulkId !== undefined && method === 'POST') created.set(bulkId, id)
    const location = `${served.address}${endpoint}/${id}`
    const status = method === 'POST' ? '201' : method === 'DELETE' ? '204' : '200'
    return {
      result: { ...named, location, ...(version !== undefined && { version }), status },
      isError: false,
    }
  } catch (error) {
    const known = readError(error)
    if (known === undefined) throw error
    const result = { ...named, status: `${known.status}`, response: describeError(known) }
    return { result, isError: true }
  }
}

interface CarriedOut extends Pick<Shown, 'id' | 'version'> {
  readonly endpoint: string
}

/** A bulk tells nobody what is in a resource. */
const projection = { attributes: ['id'] }

async function carryOut(
  { kinds, leaveOut }: Served,
  actor: Provisioner,
  { method, path, version, data }: Operation,
  created: Created,
): Promise<CarriedOut> {
  const [, first = '', named, ...more] = path.split('/')
  const kind = kinds.find(({ type }) => type.endpoint === `/${first}`)
  const isCreation = method === 'POST'
  if (kind === undefined || more.length > 0 || isCreation === (named !== undefined)) {
    throw unknownResource()
  }
  const { endpoint } = kind.type
  const body = resolveObject(created, data)
  if (isCreation) return { ...(await kind.create(actor, { body, projection, leaveOut })), endpoint }
  const id = findCreated(created, named ?? '')
  if (!/^[\w-]{1,100}$/.test(id)) throw unknownResource()
  const change = { id, body, conditions: { ifMatch: version }, projection, leaveOut }
  if (method === 'DELETE') {
    await kind.remove(actor, change)
    return { id, endpoint }
  }
  const apply = method === 'PUT' ? kind.replace : kind.patch
  return { ...(await apply(actor, change)), endpoint }
}
