/**
 * A server in the process of a test, behind TLS, and a browser that believes the authority of the tests and nothing else. The
 * login is `localhost`; apps are loopback addresses, which are sites of their own for the browser.
 */
import type { Browser } from 'playwright-core'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { Clock } from '../../src/platform/kernel/clock.ts'
import { launchChromium } from './browser.ts'
import { createAuthority, type TestCertificate } from './certificate.ts'
import { startInProcess } from './in-process.ts'
import { startTlsFront } from './tls-front.ts'

export interface TlsStage {
  readonly server: Awaited<ReturnType<typeof startInProcess>>
  readonly browser: Browser
  /** For the login and for apps. */
  readonly certificate: TestCertificate
  /** What is at a path of the server, asked without a browser. */
  readText(path: string): Promise<string>
}

/** Where apps are. */
export const appHost = '127.0.0.2'

export async function setTlsStage(t: Scope, clock?: Clock): Promise<TlsStage> {
  const authority = createAuthority()
  const certificate = authority.issue(['localhost', '127.0.0.1', appHost])
  const outerPort = await findPort()
  let innerPort = 0
  const server = await startInProcess(t, {}, clock, async (port) => {
    innerPort = port
    const at = { host: '127.0.0.1', port: outerPort, findTarget: () => port }
    await startTlsFront(t, certificate, at)
    return `https://localhost:${outerPort}`
  })
  const browser = await launchChromium([
    `--ignore-certificate-errors-spki-list=${authority.keyHash}`,
  ])
  t.after(() => browser.close())
  return {
    server,
    browser,
    certificate,
    readText: async (path) => (await fetch(`http://127.0.0.1:${innerPort}${path}`)).text(),
  }
}
