import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { openTerminal } from '../../src/dev/test-support/cli.ts'
import { makeCertificate } from '../../src/dev/test-support/make-certificate.ts'
import { createAlias, setUpPlan } from './apps.ts'
import { plans } from './plans.ts'

/** The fields of the configuration that the suite asks for, by what a plan uses. */
interface SuiteConfig {
  readonly alias: string
  readonly client?: { readonly client_id?: string; readonly client_secret?: string }
  readonly client2?: { readonly client_id?: string }
  readonly mtls?: { readonly cert: string; readonly key: string }
}

test('every plan has apps that the server takes, and a configuration with what it shares with them', async (t) => {
  const terminal = await openTerminal(t)
  const einlass = async (args: readonly string[], stdin = '') => {
    const { code, stdout, stderr } = await terminal.einlass(args, { stdin })
    if (code !== 0) throw new Error(stderr)
    return stdout
  }
  const { certificate } = makeCertificate()
  const publicUrl = 'https://login.example.org'
  const alias = createAlias(publicUrl)
  const options = {
    ...{ einlass, publicUrl, alias, suite: 'https://suite.example', username: 'erika' },
    createCertificate: () => ({ cert: certificate.toString(), key: 'a key' }),
  }
  for (const [name, { clients, variant }] of Object.entries(plans)) {
    const config = (await setUpPlan(options, clients)) as unknown as SuiteConfig
    assert.match(config.alias, /^[a-zA-Z0-9_-]+$/)
    if (clients.type === 'none' || clients.type === 'register') continue
    assert.match(config.client?.client_id ?? '', new RegExp(`^${alias}-`), name)
    assert.notEqual(config.client?.client_id, config.client2?.client_id)
    assert.equal(config.client?.client_secret !== undefined, clients.type === 'secret', name)
    const usesTls = Object.values(variant).includes('mtls') || clients.type === 'ciba'
    assert.equal(config.mtls !== undefined, usesTls, name)
    if (config.mtls) assert.ok(new X509Certificate(config.mtls.cert))
  }
  const { stdout } = await terminal.einlass(['app', 'export', `${alias}-1`])
  assert.match(stdout, /callback\?dummy1=lorem&dummy2=ipsum/)
})
