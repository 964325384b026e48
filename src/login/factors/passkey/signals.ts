/** What a browser may tell a password manager about a person's passkeys: see browser/signals.ts, which reads it. */
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { RelyingParty } from '../webauthn/site.ts'
import type { PasskeyStore } from './store.ts'

/** JSON. `undefined`: the person never had a passkey here. */
export type Signals = (queries: Queries, session: LiveSession) => Promise<string | undefined>

export function createSignals(options: {
  readonly site: RelyingParty | undefined
  readonly store: PasskeyStore
}): Signals {
  const { site, store } = options
  return async (queries, { userId, username, displayName }) => {
    const handle = await store.findHandle(queries, userId)
    if (site === undefined || handle === undefined) return undefined
    const ids = (await store.list(queries, userId)).map(({ credentialId }) => credentialId)
    const { rpId } = site
    return JSON.stringify({ rpId, userId: handle, name: username, displayName, ids })
  }
}
