/** Texts that the commands about backups share. */
import type { ChainState } from '../identity/audit/verify.ts'

/** @param isOfDatabase whether the log is certain to be as the database had it */
export function describeAudit(audit: ChainState, isOfDatabase = true): string {
  if (audit.type === 'intact') return `The audit log in it is intact. Events: ${audit.events}.`
  const text = `The audit log in it is broken at event ${audit.seq}: ${audit.reason}.`
  return isOfDatabase ? `${text} It was so in the database.` : text
}
