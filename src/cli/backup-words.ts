/** Texts that the commands about backups share. */
import type { ChainState } from '../identity/audit/verify.ts'

export function describeAudit(audit: ChainState): string {
  return audit.type === 'intact'
    ? `The audit log in it is intact. Events: ${audit.events}.`
    : `The audit log in it is broken at event ${audit.seq}: ${audit.reason}. It was so in the database.`
}
