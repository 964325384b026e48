/** Clients are apps. The library may only look them up. */
import type { Adapter } from 'oidc-provider'

export function createClientAdapter(find: Adapter['find']): Adapter {
  const refuse = () => Promise.reject(new Error('clients are changed through apps'))
  return {
    find,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  }
}
