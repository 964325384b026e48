/**
 * The apps of a plan at Einlass, added by its own commands, and the configuration of the plan at the suite. Owns that both say
 * the same. An app of an earlier run is replaced, as its secret is not shown again.
 */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { Clients } from './plans.ts'

export interface SetupOptions {
  /** Runs a command of `einlass` with this standard input, and gives its output. Throws when it fails. */
  einlass(args: readonly string[], stdin?: string): Promise<string>
  /** Where people reach Einlass. */
  readonly publicUrl: string
  /** The suite's origin. */
  readonly suite: string
  /** Part of the suite's addresses, and of the ids of the apps. */
  readonly alias: string
  /** Makes a certificate for mutual TLS, in PEM. */
  createCertificate(name: string): { readonly cert: string; readonly key: string }
  /** The user whose phone is asked. */
  readonly username: string
}

type Json = Readonly<Record<string, unknown>>

/** Adds the apps and gives the configuration of the plan. */
export async function setUpPlan(options: SetupOptions, clients: Clients): Promise<Json> {
  const { publicUrl, alias } = options
  const common = {
    alias,
    description: 'Einlass',
    server: { discoveryUrl: `${publicUrl}/oidc/.well-known/openid-configuration` },
  }
  switch (clients.type) {
    case 'none':
      return common
    case 'register':
      return { ...common, ...(await issueToken(options)) }
    case 'secret':
      return { ...common, ...(await addSecretApps(options)) }
    default:
      return { ...common, ...(await addKeyApps(options, clients)) }
  }
}

const tokenSchema = z.object({ token: z.string() })

async function issueToken({ einlass, alias }: SetupOptions): Promise<Json> {
  const issue = ['registration-token', 'issue', '--name', alias, '--uses', '500', '--for', '7d']
  // In these plans the suite sends no PKCE, and names the token endpoint in its assertions.
  const rule = ['--second-factor', 'none', '--pkce', 'optional', '--assertion-audience', 'endpoint']
  const output = await einlass([...issue, ...rule, '--json'])
  const { token } = tokenSchema.parse(JSON.parse(output))
  const client = { client_name: 'Conformance', initial_access_token: token }
  return { client, client2: { ...client, client_name: 'Conformance 2' } }
}

function listAddresses({ suite, alias }: SetupOptions) {
  const base = `${suite}/test/a/${alias}`
  return {
    redirect_uris: [`${base}/callback`, `${base}/callback?dummy1=lorem&dummy2=ipsum`],
    post_logout_redirect_uris: [`${base}/post_logout_redirect`],
    backchannel_logout_uri: `${base}/backchannel_logout`,
  }
}

const appliedSchema = z.object({
  apps: z.array(z.object({ id: z.string(), clientSecret: z.string().optional() }).loose()),
})

/** @param settings of each app, by the end of its id. Gives the secrets. */
async function replaceApps(
  { einlass, alias }: SetupOptions,
  settings: Readonly<Record<string, Json>>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const named = Object.entries(settings).map(([end, one]) => [`${alias}-${end}`, one] as const)
  for (const [id] of named) {
    // Only an earlier run has added it.
    await einlass(['app', 'remove', id, '--yes']).catch(() => {})
  }
  const apps = Object.fromEntries(
    named.map(([id, one]) => [id, { name: id, settings: one, policy: { second_factor: 'none' } }]),
  )
  // JSON is YAML.
  const output = await einlass(['app', 'apply', '-', '--json'], JSON.stringify({ apps }))
  const applied = appliedSchema.parse(JSON.parse(output))
  return new Map(applied.apps.map(({ id, clientSecret }) => [id, clientSecret]))
}

async function addSecretApps(options: SetupOptions): Promise<Json> {
  const { alias } = options
  const settings = { ...listAddresses(options), pkce: 'optional' }
  const post = { ...settings, token_endpoint_auth_method: 'client_secret_post' }
  const secrets = await replaceApps(options, { basic: settings, second: settings, post })
  const describe = (end: string) => ({
    client_id: `${alias}-${end}`,
    client_secret: secrets.get(`${alias}-${end}`),
  })
  return {
    client: describe('basic'),
    client2: describe('second'),
    client_secret_post: describe('post'),
  }
}

/** A key that signs, with its private part for the suite. */
function makeKey(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const facts = { kid, alg: 'ES256', use: 'sig' }
  return {
    jwks: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), ...facts }] }),
    own: { keys: [{ ...privateKey.export({ format: 'jwk' }), ...facts }] },
  }
}

type KeyClients = Extract<Clients, { type: 'fapi2' | 'ciba' }>

/** The plan of CIBA is older than FAPI 2.0: its assertions name other audiences, and its tokens are bound to certificates. */
function describeKeyApp(clients: KeyClients, jwks: string, certificate: string): Json {
  const isByCertificate = clients.authentication === 'mtls'
  const proof = isByCertificate ? { certificate_thumbprint: certificate } : {}
  if (clients.type === 'ciba') {
    return {
      ...{ jwks, ...proof, ciba: true, signed_requests: true, request_algorithm: 'ES256' },
      ...{ signing_algorithm: 'ES256', certificate_bound_tokens: true },
      assertion_audience: 'endpoint',
    }
  }
  return {
    ...{ profile: 'fapi2', ...proof },
    ...((!isByCertificate || clients.isSigned) && { jwks }),
    ...(clients.binding === 'mtls' && { certificate_bound_tokens: true }),
    ...(clients.isSigned && { signed_requests: true }),
  }
}

async function addKeyApps(options: SetupOptions, clients: KeyClients): Promise<Json> {
  const { alias, publicUrl, username } = options
  const isCiba = clients.type === 'ciba'
  const isBound = isCiba || clients.binding === 'mtls'
  const made = ['1', '2'].map((end) => {
    const id = `${alias}-${end}`
    const certificate = options.createCertificate(id)
    const key = makeKey(id)
    const { fingerprint256 } = new X509Certificate(certificate.cert)
    const client = {
      ...{ client_id: id, scope: 'openid profile', jwks: key.own },
      ...(!isBound && { dpop_signing_alg: 'ES256' }),
      ...(isCiba && { hint_type: 'login_hint', hint_value: username }),
    }
    const own = describeKeyApp(clients, key.jwks, fingerprint256)
    return { end, settings: { ...listAddresses(options), ...own }, client, certificate }
  })
  await replaceApps(options, Object.fromEntries(made.map(({ end, settings }) => [end, settings])))
  const [first, second] = made
  const usesTls = clients.authentication === 'mtls' || isBound
  return {
    client: first?.client,
    client2: second?.client,
    ...(usesTls && { mtls: first?.certificate, mtls2: second?.certificate }),
    resource: { resourceUrl: `${publicUrl}/oidc/me` },
  }
}

/** An alias that no other user of a shared suite has by chance. */
export const createAlias = (publicUrl: string): string =>
  `einlass-${createHash('sha256').update(publicUrl).digest('hex').slice(0, 12)}`
