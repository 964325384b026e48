/** Logins with tickets, put together from the configuration. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { createAddressLimit } from '../../../identity/limits/address-limit.ts'
import type { Directory } from '../../../identity/users/directory.ts'
import type { Config } from '../../../platform/config/schema.ts'
import { sharedRanges } from '../../../platform/http/client.ts'
import { createTicketAcceptor, type TicketAcceptor } from '../../../platform/kerberos/acceptor.ts'
import { findService } from '../../../platform/kerberos/service.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { TicketLogin } from '../ticket-login.ts'
import { createTicketCounts } from './counts.ts'
import { createSpentTickets } from './spent.ts'
import { createTickets } from './tickets.ts'

export interface OpenTicketsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly config: Config
  readonly publicUrl: string
  readonly directory: Directory
  readonly audit: Audit
  /** Absent: the system's Kerberos. */
  readonly acceptor?: TicketAcceptor
}

/** `undefined`: the configuration has none. */
export function openTickets(options: OpenTicketsOptions): TicketLogin | undefined {
  const { config, publicUrl, log, audit } = options
  const { kerberos, networks } = config
  if (kerberos === undefined) return undefined
  const isShared = sharedRanges(networks).has
  return createTickets({
    ...options,
    config: kerberos,
    service: findService(kerberos, publicUrl),
    trustedProxies: config.trusted_proxies,
    acceptor: options.acceptor ?? createTicketAcceptor({ keytabFile: kerberos.keytab_file, log }),
    records: {
      audit,
      spent: createSpentTickets(options),
      counts: createTicketCounts(),
      addresses: createAddressLimit({ ...options, isShared }),
    },
  })
}
