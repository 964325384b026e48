/** TLS in front of what speaks plain HTTP, as the simplest proxy of all does it. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { TestCertificate } from './certificate.ts'

interface TlsFrontOptions {
  readonly host?: string
  /** Absent: any free one. */
  readonly port?: number
  findTarget(): number
}

/** Listens at once, and hands on to the port that `findTarget` says at that time. Gives its own port. */
export async function startTlsFront(
  t: Scope,
  certificate: TestCertificate,
  { host = '127.0.0.1', port = 0, findTarget }: TlsFrontOptions,
): Promise<number> {
  const server = createServer(certificate, (outer) => {
    const inner = connect(findTarget(), '127.0.0.1')
    outer.pipe(inner).pipe(outer)
    for (const socket of [outer, inner]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        outer.destroy()
        inner.destroy()
      })
    }
  })
  server.listen(port, host)
  await once(server, 'listening')
  t.after(async () => void server.close())
  return (server.address() as AddressInfo).port
}
