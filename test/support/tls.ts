/**
 * TLS in front of what speaks plain HTTP, for scenarios in which several hosts meet in one browser: a certificate for each
 * host, and a browser that finds these hosts on this machine and believes these certificates and no others.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { Browser } from 'playwright-core'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { launchChromium } from './browser.ts'
import { createCertificate, type TestCertificate } from './certificate.ts'
import { findPort } from './installation.ts'

/** Hosts end in `.test`. */
export interface TlsHost {
  readonly host: string
  readonly certificate: TestCertificate
}

export function createTlsHost(host: string): TlsHost {
  return { host, certificate: createCertificate(host) }
}

/** A browser for these hosts. */
export async function launchForHosts(t: Scope, hosts: readonly TlsHost[]): Promise<Browser> {
  const keys = hosts.map(({ certificate }) => {
    const key = new X509Certificate(certificate.cert).publicKey
    return createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('base64')
  })
  const browser = await launchChromium([
    '--host-resolver-rules=MAP *.test 127.0.0.1',
    `--ignore-certificate-errors-spki-list=${keys.join(',')}`,
  ])
  t.after(() => browser.close())
  return browser
}

/** Takes TLS for a host and hands requests on to a port. Gives the origin for browsers. */
export async function startTlsFront(
  t: Scope,
  { host, certificate }: TlsHost,
  port: number,
): Promise<string> {
  const own = await findPort()
  const server = createServer(certificate, (incoming, outgoing) => {
    const headers = {
      ...incoming.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': incoming.socket.remoteAddress ?? '',
    }
    const { method, url: path } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `https://${host}:${own}`
}
