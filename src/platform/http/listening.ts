/** Explains why a server cannot listen at an address, and which key of the configuration to change. */
import type { Config } from '../config/schema.ts'
import { Fault } from '../kernel/fault.ts'

/** `undefined`: the error is another one. */
export function explainListening(listen: Config['listen'], cause: unknown): Fault | undefined {
  if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) return undefined
  // A file may be refused as well, and the name of another server may be unknown.
  const isOwnName = 'hostname' in cause && cause.hostname === listen.host
  if (cause.syscall !== 'listen' && !isOwnName) return undefined
  const text = describeFailure(listen, cause.code)
  return text === undefined ? undefined : new Fault('unavailable', text, { cause })
}

function describeFailure({ host, port }: Config['listen'], code: unknown): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use by another program. End that one, or name another port in listen.port.`
    case 'EACCES':
      return `Only root may open port ${port}. Name one from 1024 on in listen.port, and put a reverse proxy in front of it.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}. Name one of its own in listen.host, such as 127.0.0.1 for a reverse proxy on the same machine.`
    default:
      return undefined
  }
}
