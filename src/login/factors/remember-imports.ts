/**
 * What was imported once never comes back by an import, and the audit log is what knows it. So the fingerprint outlives the
 * event that had it, as long as the user is there.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import type { AuditEvent } from '../../identity/audit/chain.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { factorEvents } from './events.ts'

/** Events that have the fingerprint of something that was imported. */
export const importTypes: readonly string[] = [
  factorEvents.imported.type,
  factorEvents.importRemembered.type,
]

/** For what deletes old events: writes down anew what an import has to know. */
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
