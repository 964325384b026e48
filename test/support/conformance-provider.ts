/** A server behind TLS for the conformance plans, with a person of whom everything is known, and the run of one module. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createFindings, createSuite, Skipped, type SuiteOptions } from '../conformance/suite.ts'
import { createCertificate } from './certificate.ts'
import { createInstallation, type InstallationOptions } from './installation.ts'
import { startTlsFront } from './tls-front.ts'

export const user = { username: 'erika', password: 'Regenschirm im Mai' }
export const appOrigin = 'https://app.example.org'

/** What an OpenID provider can say of a person, so that no module has to warn of a claim that is not there. */
const attributes = [
  ...['givenName=Erika', 'middleName=Maria', 'familyName=Beispiel', 'nickname=Eri'],
  ...['profile=https://example.org/erika', 'picture=https://example.org/erika.png'],
  ...['website=https://erika.example.org', 'gender=female', 'birthdate=1980-02-29'],
  ...['zoneinfo=Europe/Berlin', 'locale=de-DE', 'phone=+49 30 123456'],
  ...['street=Beispielweg 1', 'postalCode=10115', 'locality=Berlin', 'country=DE'],
]

/** The server believes the certificate, which is that of `localhost`, also when it loads something there. */
export async function startProvider(
  scope: Scope,
  { config = {} }: Pick<InstallationOptions, 'config'> = {},
) {
  const port = await findPort()
  const certificate = createCertificate('localhost')
  const publicUrl = `https://localhost:${port}`
  const folder = await mkdtemp(join(tmpdir(), 'einlass-provider-'))
  scope.after(() => rm(folder, { recursive: true, force: true }))
  const authorities = join(folder, 'authorities.pem')
  await writeFile(authorities, certificate.cert)
  const env = { NODE_EXTRA_CA_CERTS: authorities }
  const installation = await createInstallation(scope, { publicUrl, config, env })
  const { url } = await installation.serve()
  const target = Number(new URL(url).port)
  await startTlsFront(scope, certificate, { host: '127.0.0.1', port, findTarget: () => target })
  await installation.addUser({ ...user, displayName: 'Erika Beispiel', email: 'erika@example.org' })
  const named = attributes.flatMap((one) => ['--attribute', one])
  await installation.command(['user', 'change', user.username, ...named])
  const common = { issuer: `${publicUrl}/oidc`, ca: certificate.cert, user, appOrigin }
  return { installation, certificate, common }
}

/** What of a module is not as the suite wants it, and has its reason in docs/conformance.md. */
export interface Accepted {
  readonly warnings?: readonly string[]
  readonly failures?: readonly string[]
}

export async function runModule<More extends object>(
  t: TestContext,
  module: { run(suite: Awaited<ReturnType<typeof createSuite>> & More): Promise<void> },
  options: SuiteOptions & { readonly more: More },
  { warnings = [], failures = [] }: Accepted = {},
): Promise<void> {
  const findings = createFindings()
  const suite = await createSuite(options, findings)
  try {
    await module.run({ ...suite, ...options.more })
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    // The suite ends such a module as skipped, which a certification accepts.
    t.diagnostic(`as the suite skips it: ${error.message}`)
  } finally {
    for (const end of findings.ends) await end()
  }
  assert.deepEqual(findings.warnings, warnings)
  assert.deepEqual(findings.failures, failures)
}
