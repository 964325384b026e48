/** What a server does with the audit log beside writing it: its heads go out of the database, and old events leave it. */
import type { Audit } from './identity/audit/audit.ts'
import { createHeadExport } from './identity/audit/export-heads.ts'
import { createRetention } from './identity/audit/retention.ts'
import { openReceivers } from './identity/notify/alerts/alerts.ts'
import { createRememberImports } from './login/factors/remember-imports.ts'
import type { Config } from './platform/config/schema.ts'
import type { Clock } from './platform/kernel/clock.ts'
import type { Keyring } from './platform/kernel/keyring.ts'
import type { Log } from './platform/kernel/log.ts'
import type { ClockWatch } from './platform/storage/clock-watch.ts'
import type { Database } from './platform/storage/database.ts'

export interface AuditWorkerOptions {
  readonly config: Config
  readonly publicUrl: string
  readonly platform: {
    readonly db: Database
    readonly clock: Clock
    readonly keyring: Keyring
    readonly log: Log
    readonly fetch: typeof fetch
  }
  readonly audit: Audit
  readonly clockWatch: Pick<ClockWatch, 'isRight'>
}

export function openAuditWorkers(options: AuditWorkerOptions) {
  return { headExport: openHeadExport(options), retention: openRetention(options) }
}

/** `undefined`: heads of the audit log go nowhere. */
function openHeadExport(options: AuditWorkerOptions) {
  const { file, receivers: names, every } = options.config.audit.heads
  if (file === undefined && names.length === 0) return undefined
  const receivers = openReceivers({ ...options.platform, ...options }).filter(({ name }) =>
    names.includes(name),
  )
  return createHeadExport({ ...options.platform, file, every, receivers })
}

/** `undefined`: events stay for ever. */
function openRetention(options: AuditWorkerOptions) {
  const { config, platform, clockWatch, audit } = options
  const maxAge = config.retention.audit
  if (maxAge === undefined) return undefined
  return createRetention({
    ...platform,
    maxAge,
    isClockRight: clockWatch.isRight,
    beforeDeletion: createRememberImports(audit),
  })
}
