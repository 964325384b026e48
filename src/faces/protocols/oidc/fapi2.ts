/**
 * The profile of an app for FAPI 2.0 (Security Profile, final): what it requires of the other settings, which of them it sets,
 * and which algorithms it leaves. Its settings are checked at each change, so that no other option weakens the app.
 * fapi2-rules.ts has what is checked at requests.
 */
import { z } from 'zod'
import type { HintConfig, SettingField } from '../protocol.ts'

export const profileShape = {
  /** Rules that hold for the other settings and at every request. */
  profile: z.enum(['fapi2']).optional(),
} as const

export const profileFields: { readonly [Name in keyof typeof profileShape]-?: SettingField } = {
  profile: {
    kind: 'text',
    option: 'profile',
    value: 'NAME',
    help: 'fapi2, for an app by the FAPI 2.0 Security Profile: pushed requests, bound tokens, ES256 and PS256 only',
    allowed: 'fapi2',
  },
}

/** A member of the app's metadata in the library. */
export const profileMember = 'einlass_profile'

/** Algorithms with which such an app signs (section 5.4.1). */
export const fapiAlgorithms: readonly unknown[] = ['ES256', 'PS256']

/** The settings that the profile looks at, before it has set any. */
export interface ProfiledSettings {
  readonly profile?: 'fapi2' | undefined
  readonly tokenEndpointAuthMethod: string
  readonly applicationType: string
  readonly signingAlgorithm?: string | undefined
  readonly signedUserinfo?: string | undefined
  readonly requestAlgorithm?: string | undefined
  readonly assertionAudience?: string | undefined
  readonly errorsWithoutIssuer?: true | undefined
  readonly pkce: string
  readonly grants?: readonly string[] | undefined
  readonly ciba?: true | undefined
  readonly jwks?: string | undefined
  readonly jwksUri?: string | undefined
  readonly certificateSubject?: string | undefined
  readonly certificateHost?: string | undefined
  readonly certificateThumbprint?: string | undefined
}

type Conflict = readonly [keyof ProfiledSettings, string]

const only = (what: string) => `${what} with --profile fapi2`

/** Settings that the profile forbids, each with what it allows. */
export function* listProfileConflicts(settings: ProfiledSettings): Generator<Conflict> {
  if (settings.profile === undefined) return
  const { jwks, jwksUri, certificateSubject, certificateHost, certificateThumbprint } = settings
  const hasKeys = jwks !== undefined || jwksUri !== undefined
  if (!hasKeys && !(certificateSubject ?? certificateHost ?? certificateThumbprint)) {
    yield ['profile', 'fapi2 for an app with --jwks, --jwks-uri or a certificate, not a secret']
  }
  if (jwks !== undefined && !hasUsableKey(jwks)) {
    yield ['jwks', only('a key of the curve P-256, or an RSA key,')]
  }
  if (settings.ciba && !hasKeys) {
    yield ['ciba', only('for an app with --jwks or --jwks-uri: it signs its requests at phones')]
  }
  for (const [name, allowed, phrase] of allowedValues) {
    const value = settings[name]
    if (value !== undefined && !allowed.includes(value)) yield [name, only(phrase)]
  }
  if (settings.errorsWithoutIssuer) yield ['errorsWithoutIssuer', only('not')]
  if (settings.grants?.includes('device_code')) yield ['grants', only('no device_code')]
}

const allowedValues: readonly [keyof ProfiledSettings, readonly unknown[], string][] = [
  ['signingAlgorithm', ['ES256'], 'ES256'],
  ['signedUserinfo', ['ES256'], 'ES256'],
  ['requestAlgorithm', fapiAlgorithms, 'ES256 or PS256'],
  ['assertionAudience', ['issuer'], 'issuer'],
  ['pkce', ['required'], 'required'],
  ['applicationType', ['web'], 'web'],
]

function hasUsableKey(jwks: string): boolean {
  const { keys }: { keys: readonly { kty?: unknown; crv?: unknown }[] } = JSON.parse(jwks)
  return keys.some(({ kty, crv }) => kty === 'RSA' || crv === 'P-256')
}

interface Strengthened {
  readonly profile?: 'fapi2' | undefined
  readonly signingAlgorithm?: 'RS256' | 'ES256' | undefined
  readonly requirePar?: true | undefined
  readonly requireDpop?: true | undefined
  readonly certificateBoundTokens?: true | undefined
  readonly signedRequests?: true | undefined
  readonly ciba?: true | undefined
}

/** Sets what the profile requires and the operator need not type. Tokens are bound by DPoP unless they are bound to a certificate. */
export function applyProfile<Settings extends Strengthened>(settings: Settings) {
  const { profile, signingAlgorithm, certificateBoundTokens, requireDpop } = settings
  if (profile === undefined) return { ...settings, signingAlgorithm: signingAlgorithm ?? 'RS256' }
  const isBoundByKey = requireDpop === true || certificateBoundTokens !== true
  return {
    ...settings,
    signingAlgorithm: signingAlgorithm ?? 'ES256',
    requirePar: true as const,
    ...(isBoundByKey && { requireDpop: true as const }),
    // FAPI CIBA section 5.2.2.
    ...(settings.ciba && { signedRequests: true as const }),
  }
}

/** The settings that `applyProfile` may set again at a change, each with the option that does it. */
export function listHeldByProfile({ profile }: Strengthened): Readonly<Record<string, string>> {
  if (profile === undefined) return {}
  const names = ['signingAlgorithm', 'requirePar', 'requireDpop', 'signedRequests'] as const
  return Object.fromEntries(names.map((name) => [name, 'profile']))
}

interface Hinted extends Strengthened {
  readonly certificateSubject?: string | undefined
  readonly certificateHost?: string | undefined
  readonly certificateThumbprint?: string | undefined
}

/** For an operator: what an app with the profile must do, and what the server needs for that. */
export function hintProfile(
  { settings }: { readonly settings: Hinted },
  { oidc }: Pick<HintConfig, 'oidc'>,
): readonly string[] {
  if (settings.profile === undefined) return []
  const { certificateSubject, certificateHost, certificateThumbprint } = settings
  const certificate = certificateSubject ?? certificateHost ?? certificateThumbprint
  const isByCertificate = certificate !== undefined || settings.certificateBoundTokens === true
  const binding = settings.requireDpop ? 'to a key of its own (DPoP)' : 'to its certificate'
  const how = `It pushes its requests, its tokens are bound ${binding}, and it signs with ES256 or PS256 only.`
  const header =
    'The server reads no certificates of apps: oidc.client_certificate_header in the configuration names the header of your proxy.'
  const isMissing = isByCertificate && oidc.client_certificate_header === undefined
  return [how, ...(isMissing ? [header] : [])]
}
