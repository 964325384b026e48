/**
 * Codes of RFC 6238: computes them, compares them, and writes the address that a code app reads. Owns how a typed code is read
 * and how long it is valid. store.ts owns which codes were used before.
 */
import { HOTP, Secret, TOTP } from 'otpauth'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'

export type TotpAlgorithm = 'SHA1' | 'SHA256' | 'SHA512'

export interface TotpParameters {
  readonly algorithm: TotpAlgorithm
  readonly digits: 6 | 8
  /** Seconds. */
  readonly period: number
}

/** What every code app can do; several read no other parameters. */
export const defaultParameters: TotpParameters = { algorithm: 'SHA1', digits: 6, period: 30 }

/** Bytes of a new secret: 160 bits, as RFC 4226 section 4 recommends. */
export const secretLength = 20

/** Time steps that a code may be late, as typing and sending take time (RFC 6238 section 5.2 recommends one). None is taken early. */
const tolerance = 1

/** The time step of a moment in milliseconds since the epoch. */
export function stepAt(now: number, { period }: TotpParameters): number {
  return Math.floor(now / 1000 / period)
}

export function codeAt(secret: Uint8Array, step: number, parameters: TotpParameters): string {
  const { algorithm, digits } = parameters
  return HOTP.generate({ secret: toSecret(secret), algorithm, digits, counter: step })
}

/** Apps show codes in groups, so people type blanks. `undefined`: that is no code. */
export function readCode(typed: string, { digits }: TotpParameters): string | undefined {
  const code = typed.normalize('NFKC').replaceAll(/[\s-]/g, '')
  return /^\d+$/.test(code) && code.length === digits ? code : undefined
}

/**
 * The time step of the code, the latest if it is of several; `undefined` when it is not valid at `now`. Computes and compares
 * every step that could match, whichever matches. The caller must still spend the step.
 */
export function matchingStep(
  secret: Uint8Array,
  code: string,
  parameters: TotpParameters,
  now: number,
): number | undefined {
  const current = stepAt(now, parameters)
  let found: number | undefined
  for (let step = current - tolerance; step <= current; step++) {
    if (equalInConstantTime(codeAt(secret, Math.max(step, 0), parameters), code)) found = step
  }
  return found
}

/** Base32, as people type it into an app that cannot scan, in groups of four. */
export function secretAsText(secret: Uint8Array): string {
  return secretAsBase32(secret).replaceAll(/(.{4})(?=.)/g, '$1 ')
}

/** Base32 without blanks or padding. */
export function secretAsBase32(secret: Uint8Array): string {
  return toSecret(secret).base32
}

/** The address behind the QR code. */
export function otpauthUri(
  secret: Uint8Array,
  { algorithm, digits, period }: TotpParameters,
  { issuer, account }: { readonly issuer: string; readonly account: string },
): string {
  const totp = new TOTP({
    secret: toSecret(secret),
    algorithm,
    digits,
    period,
    // A colon parts the issuer from the account.
    issuer: issuer.replaceAll(':', ' '),
    label: account.replaceAll(':', ' '),
  })
  return totp.toString()
}

function toSecret(bytes: Uint8Array): Secret {
  return new Secret({ buffer: new Uint8Array(bytes).buffer })
}
