/** A server of a test: what stands behind a proxy. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { TestCertificate } from './certificate.ts'

/** Listens on 127.0.0.1 until the test ends, with TLS where there is a certificate. Returns the port. */
export async function listen(
  t: Scope,
  answer: RequestListener,
  certificate?: TestCertificate,
): Promise<number> {
  const server =
    certificate === undefined ? createServer(answer) : createTlsServer(certificate, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
