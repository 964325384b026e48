/**
 * Remembers values while one request of the library is served, so that it reads and writes no more than necessary. Owns that a
 * grant is stored together with its code, and that a session is written only if it has changed.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider'

export interface NewRecord {
  readonly model: string
  readonly id: string
  readonly payload: AdapterPayload
  /** Seconds. */
  readonly expiresIn: number | undefined
}

export interface RequestMemory {
  /** Stores the grant of this request in the transaction of its code, because a grant is useless without its code. */
  storeWithCode(request: object): void
  /** The grants that wait for the code of the current request. */
  listGrants(): readonly NewRecord[]
  aroundGrants(adapter: Adapter): Adapter
  aroundSessions(adapter: Adapter): Adapter
}

/** @param currentRequest returns the request that is being served */
export function createRequestMemory(currentRequest: () => object | undefined): RequestMemory {
  const grants = new WeakMap<object, NewRecord[]>()
  const findGrants = () => {
    const request = currentRequest()
    return request && grants.get(request)
  }
  return {
    storeWithCode: (request) => void grants.set(request, []),
    listGrants: () => findGrants() ?? [],
    aroundGrants: (adapter) => ({
      ...adapter,
      async upsert(id, payload, expiresIn) {
        const waiting = findGrants()
        if (waiting === undefined) return await adapter.upsert(id, payload, expiresIn)
        waiting.push({ model: 'Grant', id, payload, expiresIn })
      },
    }),
    aroundSessions: (adapter) => rememberSessions(adapter, currentRequest),
  }
}

function rememberSessions(adapter: Adapter, currentRequest: () => object | undefined): Adapter {
  const read = new WeakMap<object, AdapterPayload>()
  return {
    ...adapter,
    async find(id) {
      const found = await adapter.find(id)
      const request = currentRequest()
      if (found && request) read.set(request, found)
      return found
    },
    async upsert(id, payload, expiresIn) {
      // Without a login, a session contains only the token of a logout form, which nobody sees.
      if (payload.accountId === undefined) return await adapter.destroy(id)
      const request = currentRequest()
      const known = request && read.get(request)
      if (known?.jti !== id || !isSameSession(known, payload)) {
        await adapter.upsert(id, payload, expiresIn)
      }
    },
  }
}

/**
 * The library would write the same session at each request. A session that is not written again may expire earlier, but not
 * before its login, which no request extends.
 */
function isSameSession(a: AdapterPayload, b: AdapterPayload): boolean {
  const isContent = ([name]: [string, unknown]) => name !== 'iat' && name !== 'exp'
  const [known, next] = [a, b].map((payload) =>
    Object.entries(withoutSecrets(payload)).filter(isContent),
  )
  const before = new Map(known)
  if (next?.length !== before.size) return false
  return next.every(([name, value]) => JSON.stringify(value) === JSON.stringify(before.get(name)))
}

/**
 * Removes the id, because it would give access to the record. An interaction is bound to its browser by cookies and to a login
 * by its result, so it may outlive the login that it began with. What an app got is stored for each app, not in the shared
 * session, where concurrent requests would overwrite each other.
 */
export function withoutSecrets(payload: AdapterPayload): AdapterPayload {
  const { jti: _, session: __, authorizations: ___, userCode: ____, ...rest } = payload
  return rest
}
