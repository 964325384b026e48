/**
 * What is known while one request of the library is served, so that it reads and writes no more than it has to. Owns that a
 * grant is stored together with its code, and that a session is written only where it has changed.
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
  /** A grant is worth nothing without its code: that of this request is stored in the transaction of its code. */
  storeWithCode(request: object): void
  /** Those that wait for the code of the request that is being served. */
  listGrants(): readonly NewRecord[]
  aroundGrants(adapter: Adapter): Adapter
  aroundSessions(adapter: Adapter): Adapter
}

/** @param currentRequest the one that is being served */
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
      // Without a login it only carries the token of a logout form, and nobody is shown one.
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
 * The library would write the same session at each request. What is stored may expire earlier then, but not before its login,
 * which no request makes longer.
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
 * The id stays out, for it would open the record. An interaction is bound to its browser by cookies and to a login by
 * its result, so it may outlive the login it began under. What an app got is kept per app, not in the shared session,
 * where two requests at once would overwrite each other.
 */
export function withoutSecrets(payload: AdapterPayload): AdapterPayload {
  const { jti: _, session: __, authorizations: ___, userCode: ____, ...rest } = payload
  return rest
}
