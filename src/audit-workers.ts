/** What a server does with the audit log beside writing it: it goes out of the database, and old events leave it. */
import type { Audit } from './identity/audit/audit.ts'
import { createRetention } from './identity/audit/retention.ts'
import { findFirstUnsent } from './identity/audit/stream/positions.ts'
import { type AuditExportOptions, openAuditExports } from './identity/notify/stream/open.ts'
import { createRememberImports } from './login/factors/remember-imports.ts'
import type { Config } from './platform/config/schema.ts'
import type { ClockWatch } from './platform/storage/clock-watch.ts'

export interface AuditWorkerOptions extends AuditExportOptions {
  readonly config: Config
  readonly audit: Audit
  readonly clockWatch: Pick<ClockWatch, 'isRight'>
}

export function openAuditWorkers(options: AuditWorkerOptions) {
  const exports = openAuditExports(options)
  const retention = openRetention(options)
  return { ...exports, workers: [...exports.workers, retention] }
}

/** `undefined`: events stay for ever. */
function openRetention(options: AuditWorkerOptions) {
  const { config, platform, clockWatch, audit } = options
  const maxAge = config.retention.audit
  if (maxAge === undefined) return undefined
  const names = config.audit.receivers.map(({ name }) => name)
  return createRetention({
    ...platform,
    maxAge,
    isClockRight: clockWatch.isRight,
    findFirstUnsent: () => findFirstUnsent(platform.db, names),
    beforeDeletion: createRememberImports(audit),
  })
}
