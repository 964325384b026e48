/** Sends an alert as a syslog message of severity warning. Each has a connection of its own, because alerts are rare. */
import { type SyslogServer, sendSyslog, writeSyslogMessage } from '../transport/syslog.ts'
import type { Receiver } from './queue.ts'

export interface SyslogOptions extends SyslogServer {
  /** The name of this installation in the messages. */
  readonly hostname: string
}

export function createSyslog(options: SyslogOptions): Receiver {
  const { hostname } = options
  return {
    name: 'syslog',
    async deliver({ type, body, createdAt: at }) {
      const message = writeSyslogMessage({ severity: 'warning', at, hostname, type, body })
      return (await sendSyslog(options, [message]))?.reason
    },
  }
}
