/** TLS in front of what speaks plain HTTP, as the simplest proxy of all does it. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createServer } from 'node:tls'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { TestCertificate } from './certificate.ts'

/** Listens at once, and hands on to the port that `findTarget` says at that time. */
export async function startTlsFront(
  t: Scope,
  certificate: TestCertificate,
  at: { readonly host: string; readonly port: number; findTarget(): number },
): Promise<void> {
  const server = createServer(certificate, (outer) => {
    const inner = connect(at.findTarget(), '127.0.0.1')
    outer.pipe(inner).pipe(outer)
    for (const socket of [outer, inner]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        outer.destroy()
        inner.destroy()
      })
    }
  })
  server.listen(at.port, at.host)
  await once(server, 'listening')
  t.after(() => void server.close())
}
