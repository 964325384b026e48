/**
 * An authenticator that was imported once never comes back by an import, and only the audit log knows that it was imported. So
 * the fingerprint outlives its event, as long as the user exists.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { AuditEvent } from '../../identity/audit/chain.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { factorEvents } from './events.ts'

/** Events with the fingerprint of an imported authenticator. */
export const importTypes: readonly string[] = [
  factorEvents.imported.type,
  factorEvents.importRemembered.type,
]

/** For the deletion of old events: stores again what an import has to know. */
export function createRememberImports(audit: Audit) {
  return async (tx: Transaction, events: readonly AuditEvent[]): Promise<void> => {
    const imports = events.filter(({ type }) => importTypes.includes(type))
    if (imports.length === 0) return
    const ids = imports.map(({ data }) => `${data.userId}`)
    const rows = await tx.selectFrom('users').select('id').where('id', 'in', ids).execute()
    const present = new Set(rows.map(({ id }) => id))
    for (const { data } of imports) {
      const [userId, fingerprint] = [`${data.userId}`, `${data.fingerprint}`]
      if (present.has(userId))
        await audit.record(tx, factorEvents.importRemembered, { userId, fingerprint })
    }
  }
}
